"""What operators do with held messages: look through them, let many be tried again, edit one as a copy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from marshmallow import ValidationError

from shared.clock import Clock
from shared.errors import Conflict, invalid
from shared.events.envelope import Envelope
from shared.messaging.calls.refusals import invalid_from
from shared.messaging.consuming.held import HeldMessages, envelope_of, originals_of
from shared.store.documents import (
    Between,
    Condition,
    Document,
    Documents,
    Equal,
    Page,
    VersionChanged,
)

PAGE = 200


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which messages are meant. What is not given doesn't matter; `held_until` leaves out those held since."""

    state: str = "held"
    reason: str | None = None
    type: str | None = None
    stream_key: str | None = None
    held_until: datetime | None = None

    def conditions(self) -> list[Condition]:
        """As a question to the store."""
        named = {"state": self.state, "reason": self.reason, "type": self.type, "stream_key": self.stream_key}
        where: list[Condition] = [Equal(path=path, value=value) for path, value in named.items() if value is not None]
        if self.held_until is not None:
            where.append(Between(path="held_at", high=self.held_until, including_high=True))
        return where


EVERY_HELD = Wanted()


class Tending:
    """One consumer's held messages, as operators see them."""

    def __init__(self, *, held: HeldMessages, documents: Documents, clock: Clock) -> None:
        self._held = held
        self._documents = documents
        self._clock = clock

    def page(self, wanted: Wanted = EVERY_HELD, *, after: str | None = None, limit: int) -> Page:
        """Such messages, oldest first."""
        return self._documents.find(wanted.conditions(), order="oldest", after=after, limit=limit)

    def counts(self) -> dict[str, int]:
        """How many are held, by reason."""
        return self._held.counts()

    def oldest_seconds(self) -> float | None:
        """How long the oldest has been held; `None` when nothing is."""
        oldest = self.page(limit=1).items
        return (self._clock.now() - oldest[0]["held_at"]).total_seconds() if oldest else None

    def make_all_due(self, wanted: Wanted) -> int:
        """Lets the next sweep try all of these again, each stream in order; says how many. What can't be read stays."""
        where, at = replace(wanted, state="held").conditions(), self._clock.now()
        count, after = 0, None
        while True:
            page = self._documents.find(where, after=after, limit=PAGE)
            count += sum(self._make_due(held, at) for held in page.items)
            if (after := page.next) is None:
                return count

    def edit(self, id: str, data: dict[str, Any], *, reason: str, actor_id: str) -> Document:
        """Puts a copy with other data in the message's place, and keeps the original beside it with who, when and why.

        Nothing but the data can be other: which event it is, of which record, and its place in the stream stay, also
        where the data name the record. Raises `NotFound`, `Conflict` (no longer held, never readable, changed meanwhile),
        `Invalid` (the data name another record, or the type's schema refuses them).
        """
        held = self._held.open(id)
        before = envelope_of(held)
        _check_identity(before, data)
        copy = replace(before, data=data)
        try:
            copy.event()
        except ValidationError as error:
            raise invalid_from(error) from error
        original = {
            "envelope": held["envelope"],
            "replaced_at": self._clock.now(),
            "replaced_by": actor_id,
            "why": reason,
        }
        edited = held | {"envelope": json.dumps(copy.as_json()), "originals": [*originals_of(held), original]}
        if not self._replaced(held, edited):
            raise Conflict("the message has just been changed or tried; look again")
        return edited

    def _make_due(self, held: Document, at: datetime) -> bool:
        """Not for one that can't be read, nor for one that is being tried or given up just now."""
        return held["stream_key"] is not None and self._replaced(held, held | {"due_at": at})

    def _replaced(self, held: Document, changed: Document) -> bool:
        try:
            self._documents.replace(changed | {"version": held["version"] + 1}, version=held["version"])
        except VersionChanged:
            return False
        return True


def _check_identity(before: Envelope, data: Mapping[str, Any]) -> None:
    """The data must not lead the event to another record than the one whose stream it is in. Raises `Invalid`."""
    names = {f"{before.stream}_id", *(name for name, value in before.data.items() if value == before.subject)}
    for name in sorted(names & before.data.keys() | names & data.keys()):
        if data.get(name) != before.subject:
            raise invalid(name, "identity", f"{name} names the record, {before.subject}, and can't be edited")


def counted(counts: Mapping[str, int]) -> str:
    """How many are held for which reason, such as `2 parked, 1 retry`."""
    return ", ".join(f"{count} {reason}" for reason, count in sorted(counts.items()))


def held_too_long(counts: Mapping[str, int], oldest_seconds: float, limit_seconds: float) -> dict[str, str]:
    """The alarm for operators: a code for machines, a sentence for people."""
    detail = (
        f"{counted(counts)}; the oldest has been held for {oldest_seconds:.0f} seconds, more than {limit_seconds:g} "
        "(STEWARD_HELD_ALARM)"
    )
    return {"alarm": "held-too-long", "detail": detail}


def held_line(held: Document) -> dict[str, Any]:
    """A held message without its content, as JSON values."""
    names = ("reason", "state", "detail", "type", "stream_key", "sequence", "council_id", "correlation_id", "attempts")
    line = {name: held.get(name) for name in names}
    instants = {name: held[name].isoformat() if held.get(name) else None for name in ("held_at", "due_at", "ended_at")}
    return line | instants | {"id": held["_id"], "edits": len(originals_of(held)), "ended_by": held.get("ended_by")}


def content_of(held: Document) -> dict[str, Any]:
    """What a held message holds, for someone to look at: the event, what stood there before it was edited, or what could
    not be read.
    """
    originals = [
        {
            "envelope": json.loads(original["envelope"]),
            "state": "replaced",
            "replaced_at": original["replaced_at"].isoformat(),
            "replaced_by": original["replaced_by"],
            "why": original["why"],
        }
        for original in originals_of(held)
    ]
    envelope = json.loads(held["envelope"]) if "envelope" in held else None
    return {"envelope": envelope, "raw": held.get("raw"), "originals": originals}
