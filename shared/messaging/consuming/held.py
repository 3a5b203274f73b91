"""Messages set aside in the consumer's own store, and the mark of each stream.

A held message has a reason: `retry` (its handler failed, it is tried again when due), `gap` (an earlier one of its stream
has not been settled yet) or `parked` (it can't be applied as it is; someone must look).
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from shared.clock import Clock
from shared.errors import Conflict, NotFound
from shared.events.envelope import Envelope, read_structured
from shared.messaging.consuming.deliveries import Delivery
from shared.messaging.scheduling import Due
from shared.store.documents import (
    Collection,
    Document,
    Documents,
    Equal,
    Field,
    IdTaken,
    Order,
    VersionChanged,
)

Reason = Literal["retry", "gap", "parked"]
HELD = Collection(
    name="held_messages",
    fields=(
        Field(path="state"),
        Field(path="open", kind="flag"),
        Field(path="reason"),
        Field(path="type"),
        Field(path="stream_key"),
        Field(path="correlation_id"),
        Field(path="due_at", kind="instant"),
        Field(path="held_at", kind="instant"),
    ),
    orders=(
        Order(name="due", by=(("due_at", "ascending"),)),
        Order(name="oldest", by=(("held_at", "ascending"),)),
    ),
)
HELD_DUE = Due(name="held", collection=HELD, path="due_at", where=(Equal(path="state", value="held"),))
"""Held messages whose time has come. Of one stream they are found in order: ids break ties."""
MARKS = Collection(name="stream_marks")
MARKS_REMEMBERED = 20_000
BODY_BYTES_KEPT = 1_048_576
"""How much is kept of a body that can't be read; of a larger one, its length and the hash in its id."""


class Marks:
    """Per stream key, the last sequence settled by this consumer.

    What was read or written last is remembered, and what has moved is written by `flush`, many in one step. Another
    process may have moved a mark on since, never back: so a remembered one proves a duplicate, and whoever sees a gap
    behind it looks again.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._remembered: dict[str, Document] = {}
        self._moved: dict[str, int] = {}
        self._moving = threading.Lock()
        self._flushing = threading.Lock()

    def get(self, key: str) -> int:
        """The mark, at least as it was last seen; 0 for a stream never seen."""
        moved = self._moved.get(key)
        if moved is not None:
            return moved
        known = self._remembered.get(key)
        return known["sequence"] if known else self.look_again(key)

    def look_again(self, key: str) -> int:
        """The mark as it is now."""
        stored = self._documents.get(key)
        if stored is None:
            self._remembered.pop(key, None)
            return self._moved.get(key, 0)
        return max(self._remember(stored), self._moved.get(key, 0))

    def advance(self, key: str, sequence: int) -> None:
        """Moves the mark on, never back; stored by the next `flush`."""
        known = self._remembered.get(key)
        with self._moving:
            self._moved[key] = max(sequence, self._moved.get(key, 0), known["sequence"] if known else 0)

    def flush(self) -> bool:
        """Returns once every mark that had moved is stored, whether any had; never moves one back. Raises `StoreAway`."""
        had_moved = bool(self._moved)
        with self._flushing:
            while moved := dict(self._moved):
                self._store(moved)
                with self._moving:
                    self._moved = {key: at for key, at in self._moved.items() if at != moved.get(key)}
        return had_moved

    def _store(self, moved: Mapping[str, int]) -> None:
        left = dict(moved)
        while left:
            refused = self._put([_moved_on(key, at, self._remembered.get(key)) for key, at in left.items()])
            left = {key: left[key] for key in refused if self._stored(key) < left[key]}

    def _put(self, marks: Sequence[Document]) -> list[str]:
        """Writes them; says whose mark another has moved meanwhile. The last write settles the effects before it, too."""
        fresh = [mark for mark in marks if mark["version"] == 1]
        known = [mark for mark in marks if mark["version"] > 1]
        refusals = self._documents.insert_many(fresh, lazily=bool(known))
        refusals += self._documents.replace_many([(mark, mark["version"] - 1) for mark in known])
        written = zip([*fresh, *known], refusals, strict=True)
        return [mark["_id"] for mark, refusal in written if refusal or not self._remember(mark)]

    def _stored(self, key: str) -> int:
        stored = self._documents.get(key)
        return self._remember(stored) if stored else 0

    def _remember(self, mark: Document) -> int:
        if len(self._remembered) >= MARKS_REMEMBERED:
            self._remembered.clear()
        self._remembered[mark["_id"]] = mark
        sequence: int = mark["sequence"]
        return sequence


class HeldMessages:
    """One consumer's held messages. Ids are `<stream key>:<sequence>`, or a hash of what couldn't be read."""

    def __init__(self, *, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    def at(self, key: str, sequence: int) -> Document | None:
        """The held message at this place, if it is still held."""
        return self.if_held(_held_id(key, sequence))

    def if_held(self, id: str) -> Document | None:
        """The message of this id, if it is still held."""
        document = self._documents.get(id)
        return document if is_held(document) else None

    def known_at(self, key: str, sequence: int) -> Document | None:
        """What became of the message that was ever held at this place of its stream."""
        return self._documents.get(_held_id(key, sequence))

    def hold(
        self, envelope: Envelope, reason: Reason, *, detail: str, due_at: datetime | None, attempts: int = 0
    ) -> None:
        """Sets a message aside, or updates why it is held."""
        at = self._clock.now()
        changes: dict[str, Any] = {
            "state": "held",
            "open": True,
            "reason": reason,
            "detail": detail,
            "due_at": due_at,
            "attempts": attempts,
        }
        fresh = {
            "_id": _held_id(envelope.partitionkey, envelope.sequence),
            "version": 1,
            "stream_key": envelope.partitionkey,
            "sequence": envelope.sequence,
            "type": envelope.type,
            "council_id": envelope.councilid,
            "correlation_id": envelope.correlationid,
            "held_at": at,
            "envelope": json.dumps(envelope.as_json()),  # as text: stores refuse some of the values that JSON allows
        }
        self._put(fresh | changes, changes)

    def park_unreadable(self, delivery: Delivery, *, detail: str) -> str:
        """Sets aside what could not even be read as an event; says its id. The same again changes nothing."""
        headers = sorted([_shown(name)[:200], _shown(value)[:500]] for name, value in delivery.headers.items())
        digest = hashlib.sha256(delivery.body + json.dumps(headers).encode()).hexdigest()
        fresh = {
            "_id": f"unreadable:{digest}",
            "version": 1,
            "state": "held",
            "open": False,
            "reason": "parked",
            "detail": detail,
            "due_at": None,
            "attempts": 0,
            "stream_key": None,
            "sequence": None,
            "type": None,
            "held_at": self._clock.now(),
            "raw": {
                "body": base64.b64encode(delivery.body[:BODY_BYTES_KEPT]).decode(),
                "bytes": len(delivery.body),
                "exchange": _shown(delivery.exchange),
                "routing_key": _shown(delivery.routing_key),
                "content_type": _shown(delivery.content_type),
                "headers": headers,
            },
        }
        with contextlib.suppress(IdTaken):
            self._documents.insert(fresh)
        return f"unreadable:{digest}"

    def any_open(self) -> bool:
        """Whether any stream has something held in its way, or discarded and not yet passed over."""
        return bool(self._documents.find([Equal(path="open", value=True)], limit=1).items)

    def settle(self, held: Document) -> None:
        """The message has been applied, as it stood in this document."""
        self._end(held["_id"], state="settled", detail="applied", open=False, applied_edition=len(originals_of(held)))

    def pass_over(self, discarded: Document) -> None:
        """The stream has gone on past a discarded message."""
        self._update(discarded["_id"], {"open": False})

    def discard(self, id: str, *, reason: str, actor_id: str) -> Document:
        """Gives a message up, with who, when and why on record. Raises `NotFound`, `Conflict`."""
        held = self.open(id)
        is_in_the_way = held["stream_key"] is not None
        detail = f"discarded by {actor_id}: {reason}"
        who_and_why = {"ended_by": actor_id, "ended_why": reason}
        return self._end(id, state="discarded", detail=detail, open=is_in_the_way, **who_and_why)

    def make_due(self, id: str) -> Document:
        """Lets the next sweep try a held message again. Raises `NotFound`, `Conflict`."""
        self.open(id)
        return self._update(id, {"due_at": self._clock.now()})

    def look(self, id: str) -> Document:
        """What is known of a message that was ever set aside. Raises `NotFound`."""
        document = self._documents.get(id)
        if document is None:
            raise NotFound(f"no message is held as {id}")
        return document

    def open(self, id: str) -> Document:
        """The held message. Raises `NotFound`, or `Conflict` when it is no longer held."""
        document = self.look(id)
        if document["state"] != "held":
            raise Conflict(f"the message was {document['state']} already")
        return document

    def counts(self) -> dict[str, int]:
        """How many are held, by reason."""
        return dict(self._documents.group_count("reason", [Equal(path="state", value="held")]))

    def _put(self, fresh: Document, changes: dict[str, Any]) -> None:
        try:
            self._documents.insert(fresh)
        except IdTaken:
            self._update(fresh["_id"], changes)

    def _update(self, id: str, changes: dict[str, Any]) -> Document:
        while True:
            stored = self._documents.get(id)
            if stored is None:
                raise NotFound(f"no message is held as {id}")
            changed = stored | changes | {"version": stored["version"] + 1}
            try:
                self._documents.replace(changed, version=stored["version"])
            except VersionChanged:
                continue
            return changed

    def _end(self, id: str, **ending: Any) -> Document:
        return self._update(id, {**ending, "due_at": None, "ended_at": self._clock.now()})


def _moved_on(key: str, sequence: int, known: Document | None) -> Document:
    return {"_id": key, "version": known["version"] + 1 if known else 1, "sequence": sequence}


def is_held(known: Document | None) -> bool:
    """Whether a message once held still is."""
    return known is not None and known["state"] == "held"


def is_discarded(known: Document | None) -> bool:
    """Whether someone has given the message up."""
    return known is not None and known["state"] == "discarded"


def envelope_of(held: Document) -> Envelope:
    """The event in a held message. Raises `Conflict` for one that could not be read."""
    if "envelope" not in held:
        raise Conflict("this message could not be read as an event; it can only be discarded")
    return read_structured(json.loads(held["envelope"]))


def originals_of(held: Document) -> list[dict[str, Any]]:
    """What stood in this place before it was edited, first to last."""
    before: list[dict[str, Any]] = held.get("originals", [])
    return before


def _shown(value: Any) -> str:
    """Any header's name or value as text that can be stored."""
    return str(value).encode("utf-8", "backslashreplace").decode()


def _held_id(key: str, sequence: int) -> str:
    return f"{key}:{sequence:010d}"
