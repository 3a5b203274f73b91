"""What a consumer does with each message: check it, keep its stream's order, apply it once, or set it aside.

No broker and no framework here: `receive` returns when the message may be acknowledged and raises `StoreAway` when it must
stay unacknowledged.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from marshmallow import ValidationError

from shared.clock import Clock
from shared.errors import Forbidden, Invalid, KeyReused, PolicyIncomplete, StewardError
from shared.events.catalogue import streams
from shared.events.envelope import CONTENT_TYPE, Envelope, read_headers
from shared.events.language import Event
from shared.faults import FAULTS
from shared.ids import SHARDS
from shared.messaging.consuming.deliveries import Delivery
from shared.messaging.consuming.floods import Asides
from shared.messaging.consuming.held import HeldMessages, Marks, Reason, envelope_of, is_discarded, is_held
from shared.problems import field_errors
from shared.store.documents import Document, StoreAway

PERMANENT = (Invalid, KeyReused, Forbidden, PolicyIncomplete, ValidationError)
LONGEST_STRETCH = 500
"""Most events asked for again at once; the next stretch is asked for when these are there."""
STRETCHES_REMEMBERED = 10_000
Outcome = Literal["applied", "later", "parked"]


@dataclass(frozen=True, kw_only=True)
class ReplayRequest:
    """Asks a stream's publisher to send a stretch of one aggregate's events again."""

    owner: str
    stream: str
    subject: str
    first: int
    last: int


@dataclass(frozen=True, kw_only=True)
class ConsumerLimits:
    """What a consumer accepts and how long it waits."""

    body_bytes: int
    retry_after_seconds: tuple[float, ...]
    gap_check_seconds: float


class Consumer:
    """One service's consumer over all the streams it handles.

    `apply` runs the handlers of an event (none for a type the service has no use for) and returns when they are done.
    What `receive` has taken may be acknowledged after the next `settle`, which stores the marks of many at once.
    """

    def __init__(
        self,
        *,
        marks: Marks,
        held: HeldMessages,
        asides: Asides,
        apply: Callable[[Event, Envelope], None],
        request_replay: Callable[[ReplayRequest], None],
        clock: Clock,
        limits: ConsumerLimits,
    ) -> None:
        self._marks = marks
        self._held = held
        self._asides = asides
        self._apply = apply
        self._request_replay = request_replay
        self._clock = clock
        self._limits = limits
        self._turns = [threading.RLock() for _ in range(SHARDS)]
        self._asked: dict[str, tuple[int, datetime]] = {}
        self._counting = threading.Lock()
        self._holds = 0
        self.duplicates = 0
        self._may_hold = True

    def receive(self, delivery: Delivery) -> None:
        """Takes one message; afterwards it is applied, known already, or held. Raises `StoreAway`."""
        try:
            envelope = self._read(delivery)
        except Invalid as error:
            self._asides.take(delivery, detail=error.detail)
            return
        if delivery.redelivered:
            FAULTS.reach("came-again", envelope.id)
        with self._turns[envelope.shard]:
            is_parked = self._take(envelope)
        if is_parked:
            self._asides.keep_pace()

    def settle(self) -> None:
        """Returns once it is stored how far each stream has come. Raises `StoreAway`."""
        if self._marks.flush():
            FAULTS.reach("after-mark")

    def may_hold_any(self) -> bool:
        """Whether anything may be held now; looks. Raises `StoreAway`."""
        self._look_whether_any_is_held()
        return self._may_hold

    def retry(self, held_id: str) -> None:
        """Tries a held message whose time has come; one that is no longer held is left alone."""
        held = self._held.if_held(held_id)
        if held is not None:
            self.replay(held)

    def replay(self, held: Document) -> None:
        """Tries a held message now, and what waits behind it; one that waits itself goes on waiting."""
        envelope = envelope_of(held)
        with self._turns[envelope.shard]:
            self._take_held(envelope)
        self.settle()

    def skip(self, held: Document) -> None:
        """After a discard: moves the stream on past the message and applies what waited behind it."""
        if held.get("stream_key") is None:
            return
        envelope = envelope_of(held)
        with self._turns[envelope.shard]:
            if self._marks.look_again(envelope.partitionkey) == envelope.sequence - 1:
                self._pass_over(envelope.partitionkey, envelope.sequence, held)
                self._take_followers(envelope.partitionkey, envelope.sequence)
        self.settle()

    def _read(self, delivery: Delivery) -> Envelope:
        if len(delivery.body) > self._limits.body_bytes:
            raise Invalid(f"the body is larger than {self._limits.body_bytes} bytes")
        if delivery.content_type != CONTENT_TYPE:
            raise Invalid(f"the content type is not {CONTENT_TYPE}")
        if "compression" in delivery.headers:
            raise Invalid("compressed bodies are not taken")
        envelope = read_headers(delivery.headers, delivery.body)
        if not envelope.partitionkey.endswith(f":{envelope.subject}"):
            raise Invalid("partitionkey does not name the subject")
        return envelope

    def _take(self, envelope: Envelope) -> bool:
        """Whether it had to be parked now."""
        key, sequence = envelope.partitionkey, envelope.sequence
        mark = self._marks.get(key)
        if sequence > mark + 1:
            mark = self._marks.look_again(key)
        if sequence <= mark:
            FAULTS.reach("known-already", envelope.id)
            self.duplicates += 1
            return False
        known = self._known_at(key, sequence)
        if sequence > mark + 1:
            self._hold_behind(envelope, mark, known)
        elif known is not None and is_discarded(known):
            self._pass_over(key, sequence, known)
            self._take_followers(key, sequence)
        elif not is_held(known):
            return self._take_next(envelope)
        return False

    def _take_next(self, envelope: Envelope) -> bool:
        """Whether it had to be parked; what waits behind one that was not is applied too."""
        outcome = self._try(envelope, attempts=0)
        if outcome == "applied":
            self._take_followers(envelope.partitionkey, envelope.sequence)
        return outcome == "parked"

    def _take_held(self, envelope: Envelope) -> None:
        """Looks at the held message as it stands now: it may have been applied, discarded or edited since it was found."""
        key, sequence = envelope.partitionkey, envelope.sequence
        held = self._held.at(key, sequence)
        if held is None:
            return
        envelope = envelope_of(held)
        mark = self._marks.look_again(key)
        if sequence <= mark:
            self._held.settle(held)
        elif sequence > mark + 1:
            self._hold_behind(envelope, mark, held)
        elif self._try(envelope, attempts=held["attempts"]) == "applied":
            self._let_go(held)
            self._take_followers(key, sequence)

    def _take_followers(self, key: str, sequence: int) -> None:
        """Applies what was held only because it came after `sequence`, and passes over what was discarded."""
        following = sequence + 1
        while (known := self._known_at(key, following)) is not None and self._follows(known, key, following):
            following += 1

    def _follows(self, known: Document, key: str, sequence: int) -> bool:
        if is_discarded(known):
            self._pass_over(key, sequence, known)
            return True
        if not is_held(known) or known["reason"] != "gap":
            return False
        if self._try(envelope_of(known), attempts=0) != "applied":
            return False
        self._let_go(known)
        return True

    def _let_go(self, held: Document) -> None:
        """Only what is stored as settled may be forgotten."""
        self._marks.flush()
        self._held.settle(held)

    def _pass_over(self, key: str, sequence: int, discarded: Document) -> None:
        self._marks.advance(key, sequence)
        self._marks.flush()
        self._held.pass_over(discarded)

    def _known_at(self, key: str, sequence: int) -> Document | None:
        return self._held.known_at(key, sequence) if self._may_hold else None

    def _look_whether_any_is_held(self) -> None:
        """As long as nothing is held or discarded, nothing need be looked up for each event."""
        with self._counting:
            holds = self._holds
        any_open = self._held.any_open()
        with self._counting:
            self._may_hold = any_open or holds != self._holds

    def _hold(self, envelope: Envelope, reason: Reason, **why: Any) -> None:
        try:
            self._held.hold(envelope, reason, **why)
        finally:
            with self._counting:
                self._holds += 1
                self._may_hold = True

    def _hold_behind(self, envelope: Envelope, mark: int, known: Document | None) -> None:
        """Holds a message whose predecessor isn't settled, and asks for the stretch that nobody here has."""
        if not is_discarded(known):
            due_at = self._after(self._limits.gap_check_seconds)
            self._hold(envelope, "gap", detail=f"waits for {mark + 1}", due_at=due_at)
        if self._held.at(envelope.partitionkey, mark + 1) is None:
            self._ask_for_stretch(envelope, first=mark + 1, last=min(envelope.sequence - 1, mark + LONGEST_STRETCH))

    def _ask_for_stretch(self, envelope: Envelope, *, first: int, last: int) -> None:
        """Asks the publisher, unless it was asked for `first` and cannot have answered yet."""
        stream = streams().get(envelope.stream)
        if stream is None or self._is_under_way(envelope.partitionkey, first):
            return
        if len(self._asked) >= STRETCHES_REMEMBERED:
            self._asked.clear()
        self._asked[envelope.partitionkey] = (last, self._clock.now())
        self._request_replay(
            ReplayRequest(owner=stream.owner, stream=stream.name, subject=envelope.subject, first=first, last=last)
        )

    def _is_under_way(self, key: str, first: int) -> bool:
        if key not in self._asked:
            return False
        last, asked_at = self._asked[key]
        waited = (self._clock.now() - asked_at).total_seconds()
        return first <= last and 0 <= waited < self._limits.gap_check_seconds

    def _try(self, envelope: Envelope, *, attempts: int) -> Outcome:
        """Applies the message and advances the mark; or holds it. Raises `StoreAway`."""
        FAULTS.reach("before-effect", envelope.id)
        try:
            self._apply(envelope.event(), envelope)
        except StoreAway:
            raise
        except PERMANENT as error:
            return self._park(envelope, error, attempts + 1)
        except Exception as error:  # a handler may fail in any way; the message must not be lost for it
            return self._retry_later(envelope, error, attempts + 1)
        FAULTS.reach("after-effect", envelope.id)
        self._marks.advance(envelope.partitionkey, envelope.sequence)
        return "applied"

    def _retry_later(self, envelope: Envelope, error: Exception, attempts: int) -> Outcome:
        waits = self._limits.retry_after_seconds
        if attempts > len(waits):
            return self._park(envelope, error, attempts)
        wait = waits[attempts - 1] * random.uniform(0.8, 1.2)  # noqa: S311  (jitter, not a secret)
        self._asides.tell_retry(event_id=envelope.id, attempts=attempts, exc_info=error)
        self._hold(envelope, "retry", detail=_what(error), due_at=self._after(wait), attempts=attempts)
        return "later"

    def _park(self, envelope: Envelope, error: Exception, attempts: int) -> Outcome:
        self._asides.tell_parked(event_id=envelope.id, attempts=attempts, exc_info=error)
        self._hold(envelope, "parked", detail=_what(error), due_at=None, attempts=attempts)
        return "parked"

    def _after(self, seconds: float) -> datetime:
        return self._clock.now() + timedelta(seconds=seconds)


def _what(error: Exception) -> str:
    """Why, in words that hold no personal data: our own refusals say so themselves; of others only the class."""
    if isinstance(error, StewardError):
        return f"{error.code}: {error.detail}"
    if isinstance(error, ValidationError):
        faults = sorted(f"{fault.field} ({fault.rule})" for fault in field_errors(error))
        return f"the data do not fit the schema of their type: {', '.join(faults)}"
    return f"failed: {type(error).__name__}"
