"""The list of a service's clocks, by due instant: one small document for each clock, kept beside the records it runs with.

The records are what counts. The list only says in which order to look at them: it follows the events by which clocks change,
before they are published, so that it is at most a moment behind and is whole again after any crash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from typing import Any

from shared.errors import Unavailable, invalid
from shared.messaging.aggregates import Stored
from shared.policy.running import STATES, State
from shared.store.documents import AnyOf, Between, Collection, Condition, Document, Documents, Equal, Field, Order

CLOCKS = Collection(
    name="clocks",
    fields=(Field(path="state_in"), Field(path="rule_in"), Field(path="record_id"), Field(path="place")),
    orders=tuple(
        Order(name=name, by=((path, "ascending"), ("place", "ascending")))
        for name, path in (("state", "state_in"), ("rule", "rule_in"), ("record", "record_id"))
    ),
)
"""`place` is the due instant and the clock's id; `state_in` is council and state, `rule_in` council, rule and state."""
OPEN_STATES: tuple[State, ...] = ("running", "warned", "breached", "paused")
ATTEMPTS = 20
AT_ONCE = 500
_PLACE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\|[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which clocks of these councils to list; without a state, those that are open."""

    councils: Sequence[str]
    rule: str | None = None
    state: State | None = None
    overdue: bool | None = None
    record_id: str | None = None

    @property
    def states(self) -> tuple[State, ...]:
        """The states that fit."""
        chosen = STATES if self.record_id else OPEN_STATES
        chosen = (self.state,) if self.state else chosen
        return tuple(s for s in chosen if self.overdue in (None, s == "breached"))


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One line of the list: where it stands, and of which record it is."""

    clock_id: str
    record_id: str
    place: str


@dataclass(frozen=True, kw_only=True)
class ListedPage:
    """Some lines by due instant; `next` is the place after which to go on."""

    lines: list[Listed]
    next: str | None


class ClockList:
    """One service's list."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def follow(self, records: Iterable[Document]) -> None:
        """Takes over the clocks of these records, as their documents have them, where an event tells of a change.

        Raises `StoreAway`.
        """
        self.enter(
            line
            for record in records
            if any("clock" in entry["type"].split(".") for entry in record["outbox"])
            for line in lines_of(record)
        )

    def enter(self, lines: Iterable[Document]) -> None:
        """Enters these lines where the list has none, or older ones. Raises `StoreAway`."""
        left = {line["_id"]: line for line in lines}
        for _ in range(ATTEMPTS):
            left = self._not_entered(left)
            if not left:
                return
        raise Unavailable("the list of clocks is being changed too often; try again")

    def page(self, wanted: Wanted, *, after: str | None, limit: int) -> ListedPage:
        """What fits, the first due first. Raises `Invalid` for a cursor that is none, `StoreAway`."""
        if after is not None and not _PLACE.fullmatch(after):
            raise invalid("after", "cursor", "after is the `next` of the page before")
        streams = [
            self._documents.find(where, order=order, limit=limit).items for where, order in questions(wanted, after)
        ]
        lines = [_listed(found) for found in islice(merge(*streams, key=lambda found: found["place"]), limit)]
        is_last = len(lines) < limit
        return ListedPage(lines=lines, next=None if is_last else lines[-1].place)

    def _not_entered(self, lines: Mapping[str, Document]) -> dict[str, Document]:
        """Writes what is newer; gives back those that another process wrote at the same time."""
        known = self._known(list(lines))
        new = [line for line in lines.values() if line["_id"] not in known]
        changed = [
            (line | {"version": known[line["_id"]]["version"] + 1}, known[line["_id"]]["version"])
            for line in lines.values()
            if line["_id"] in known and _is_newer(line, known[line["_id"]])
        ]
        inserted = self._documents.insert_many(new, lazily=True) if new else []
        replaced = self._documents.replace_many(changed, lazily=True) if changed else []
        tried = [*zip(new, inserted, strict=True), *zip((line for line, _ in changed), replaced, strict=True)]
        return {line["_id"]: lines[line["_id"]] for line, refusal in tried if refusal is not None}

    def _known(self, ids: Sequence[str]) -> dict[str, Document]:
        found: dict[str, Document] = {}
        for first in range(0, len(ids), AT_ONCE):
            some = ids[first : first + AT_ONCE]
            page = self._documents.find([AnyOf(path="_id", values=some)], limit=len(some))
            found |= {line["_id"]: line for line in page.items}
        return found


def lines_of(record: Document) -> list[Document]:
    """The lines of a record's clocks, as its document has them."""
    return [_line(record, clock) for clock in record["state"]["clocks"]]


def lines_of_stored(stored: Stored[Any]) -> list[Document]:
    """The lines of a record's clocks, as it was read. Where the list has them from the same write, it keeps them."""
    record = {"_id": stored.id, "revision": stored.version, "council_id": stored.council_id}
    return [_line(record, vars(clock)) for clock in stored.state.clocks]


def place_of(due_at: datetime, clock_id: str) -> str:
    """Where a clock stands in the list."""
    return f"{due_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{due_at.microsecond // 1000:03}Z|{clock_id}"


def _line(record: Document, clock: Mapping[str, Any]) -> Document:
    council_id, rule, state = record["council_id"], clock["rule"], clock["state"]
    return {
        "_id": clock["clock_id"],
        "version": 1,
        "revision": record["revision"],
        "record_id": record["_id"],
        "place": place_of(clock["due_at"], clock["clock_id"]),
        "state_in": f"{council_id}|{state}",
        "rule_in": f"{council_id}|{rule}|{state}",
    }


def _is_newer(line: Document, known: Document) -> bool:
    kept = ("revision", "version")
    differs = any(known[name] != value for name, value in line.items() if name not in kept)
    return differs and line["revision"] > known["revision"]


def questions(wanted: Wanted, after: str | None = None) -> list[tuple[list[Condition], str]]:
    """Conditions and order of each stretch of an index that has some of what is wanted, in the order of its places."""
    following = [] if after is None else [Between(path="place", low=f"{after}!")]  # no id goes on with this mark
    return [([Equal(path=path, value=value), *following], order) for path, value, order in _stretches(wanted)]


def _stretches(wanted: Wanted) -> list[tuple[str, str, str]]:
    if wanted.record_id is not None:
        return [("record_id", wanted.record_id, "record")]
    pairs = [(council_id, state) for council_id in wanted.councils for state in wanted.states]
    if wanted.rule is not None:
        return [("rule_in", f"{council_id}|{wanted.rule}|{state}", "rule") for council_id, state in pairs]
    return [("state_in", f"{council_id}|{state}", "state") for council_id, state in pairs]


def _listed(found: Document) -> Listed:
    return Listed(clock_id=found["_id"], record_id=found["record_id"], place=found["place"])
