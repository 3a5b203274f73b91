"""The write protocol: one command or event changes one document in one conditional write.

The document also holds the events to publish (`outbox`), what it has already seen of each incoming stream (`seen`) and
the commands it has already carried out (`commands`), so that a repeat of either finds itself done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.clock import Clock
from shared.context import Caller
from shared.errors import Conflict, KeyReused, NotFound, Stale, Unavailable
from shared.events.language import Event
from shared.faults import FAULTS
from shared.messaging.cause import Cause
from shared.messaging.publishing.outbox import OUTBOX_FIELDS, OUTBOX_ORDER, About, due_after, record
from shared.messaging.publishing.pressure import take_all
from shared.store.documents import (
    Collection,
    Condition,
    Document,
    Documents,
    Field,
    IdTaken,
    Order,
    Unique,
    VersionChanged,
)

S = TypeVar("S")
CAS_ATTEMPTS = 30
PENDING_LIMIT = 50
"""Events waiting in one document; past it the platform takes no further command for it until the relay has caught up."""
ANSWERS_KEPT = 20
"""How many commands keep their full first answer; older ones are still recognised and answered with the present state."""


@dataclass(frozen=True, kw_only=True)
class Decision(Generic[S]):
    """What a rule decided: the aggregate's next state and what to tell."""

    state: S
    events: Sequence[Event | About] = ()


@dataclass(frozen=True, kw_only=True)
class Stored(Generic[S]):
    """An aggregate as stored. `version` counts changes of its state (the document's own version also moves when its
    outbox is emptied)."""

    id: str
    version: int
    council_id: str
    state: S


@dataclass(frozen=True, kw_only=True)
class Found(Generic[S]):
    """A page of aggregates and the cursor for the following ones."""

    items: list[Stored[S]]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[S]):
    """One kind of aggregate: its name in words, how its state becomes JSON values and back.

    `audience` says of a state whom alone live streams may tell of its events; nothing where everyone of its council may know.
    `told_as` is how an event that several services have in common is told in this kind's own stream.
    """

    name: str
    dump: Callable[[S], dict[str, Any]]
    load: Callable[[dict[str, Any]], S]
    audience: Callable[[S], str] = lambda _: ""
    told_as: Callable[[Event | About], Event | About] = lambda told: told


def collection_of(
    name: str, *, fields: Sequence[Field] = (), unique: Sequence[Unique] = (), orders: Sequence[Order] = ()
) -> Collection:
    """An aggregate's collection: its own declared fields (under `state.`) plus those the protocol needs."""
    return Collection(name=name, fields=(*OUTBOX_FIELDS, *fields), unique=tuple(unique), orders=(OUTBOX_ORDER, *orders))


class Aggregates(Generic[S]):
    """All aggregates of one kind, in one collection.

    `nudge` is told of a document whose outbox has something to relay; `admit` raises when no command can be taken.
    """

    def __init__(
        self,
        *,
        documents: Documents,
        kind: Kind[S],
        clock: Clock,
        nudge: Callable[[Document], None],
        admit: Callable[[], None] = take_all,
    ) -> None:
        self._documents = documents
        self._kind = kind
        self._clock = clock
        self._nudge = nudge
        self._admit = admit

    def get(self, id: str, *, caller: Caller | None = None) -> Stored[S]:
        """The aggregate. Raises `NotFound`, also when the caller's scope doesn't cover its council."""
        return self._stored(self._document(id, caller))

    def find(
        self, where: Sequence[Condition] = (), *, order: str | None = None, after: str | None = None, limit: int = 50
    ) -> Found[S]:
        """Aggregates that meet the conditions; see `Documents.find`."""
        page = self._documents.find(where, order=order, after=after, limit=limit)
        return Found(items=[self._stored(document) for document in page.items], next=page.next)

    def count(self, where: Sequence[Condition] = ()) -> int:
        """How many meet the conditions."""
        return self._documents.count(where)

    def group_count(self, path: str, where: Sequence[Condition] = ()) -> Mapping[Any, int]:
        """How many have each value of a declared field."""
        return self._documents.group_count(path, where)

    def create(self, id: str, decision: Decision[S], *, council_id: str, cause: Cause) -> Stored[S]:
        """Writes a new aggregate with its first events. A repeat of the same cause finds what it made.

        Raises `Conflict` if another cause made it, `KeyReused` if the key came with other input, `NotFound` if the
        caller's scope doesn't cover the council.
        """
        _check_scope(f"council {council_id}", council_id, cause.caller)
        self._admit_command(cause)
        document = self._write(_empty(id, council_id), decision, cause)
        FAULTS.reach("before-commit", id)
        try:
            self._documents.insert(document, lazily=_is_lazy(document, cause))
        except IdTaken:
            return self._made_before(id, cause)
        FAULTS.reach("after-commit", id)
        self._nudge_if_pending(document)
        return self._stored(document)

    def change(self, id: str, decide: Callable[[S], Decision[S]], *, cause: Cause) -> Stored[S]:
        """Loads, decides and writes in one conditional write; on a lost race it decides again on the newer state.

        Raises what `decide` raises, `NotFound`, `Stale`, `KeyReused`, and `Unavailable` when too much waits in the
        outbox or the race is lost too often.
        """
        for _ in range(CAS_ATTEMPTS):
            document = self._document(id, cause.caller)
            before = self._settled_before(document, cause)
            if before is not None:
                return before
            _check_version(document, cause)
            _check_room(document)
            self._admit_command(cause)
            decision = decide(self._kind.load(document["state"]))
            written = self._write(document, decision, cause)
            FAULTS.reach("before-commit", id)
            try:
                self._documents.replace(written, version=document["version"], lazily=_is_lazy(written, cause))
            except VersionChanged:
                continue
            FAULTS.reach("after-commit", id)
            self._nudge_if_pending(written)
            return self._stored(written)
        raise Unavailable(f"{self._kind.name} {id} is being changed too often; try again")

    def _admit_command(self, cause: Cause) -> None:
        """A caller can try again later; the effect of an event must not wait, or its stream would."""
        if cause.caller is not None:
            self._admit()

    def _document(self, id: str, caller: Caller | None) -> Document:
        document = self._documents.get(id)
        if document is None:
            raise NotFound(f"there is no {self._kind.name} {id}")
        _check_scope(f"{self._kind.name} {id}", document["council_id"], caller)
        return document

    def _stored(self, document: Document) -> Stored[S]:
        return Stored(
            id=document["_id"],
            version=document["revision"],
            council_id=document["council_id"],
            state=self._kind.load(document["state"]),
        )

    def _made_before(self, id: str, cause: Cause) -> Stored[S]:
        document = self._document(id, cause.caller)
        before = self._settled_before(document, cause)
        if before is None:
            raise Conflict(f"{self._kind.name} {id} is there already")
        return before

    def _settled_before(self, document: Document, cause: Cause) -> Stored[S] | None:
        """The first answer, if this cause has had its effect on this document already."""
        if cause.incoming is not None:
            stream, sequence = cause.incoming
            return self._stored(document) if document["seen"].get(stream, 0) >= sequence else None
        if cause.command is None:
            return None
        for done in document["commands"]:
            if done["key"] == cause.command.key:
                return self._first_answer(document, done, cause.command.input)
        return None

    def _first_answer(self, document: Document, done: dict[str, Any], given: str) -> Stored[S]:
        if done["input"] != given:
            raise KeyReused("this idempotency key was used before with other content")
        if done["answer"] is None:
            return self._stored(document)
        return self._stored(document | {"state": done["answer"], "revision": done["revision"]})

    def _write(self, document: Document, decision: Decision[S], cause: Cause) -> Document:
        now = self._clock.now()
        envelopes, sequences = record(
            [self._kind.told_as(told) for told in decision.events],
            subject=document["_id"],
            council_id=document["council_id"],
            sequences=document["sequences"],
            cause=cause,
            at=now,
            audience=self._kind.audience(decision.state),
        )
        state = self._kind.dump(decision.state)
        outbox = [*document["outbox"], *envelopes]
        revision = document["revision"] + 1
        return document | {
            "version": document["version"] + 1,
            "revision": revision,
            "state": state,
            "sequences": sequences,
            "outbox": outbox,
            "outbox_due": due_after(now, outbox),
            "seen": _seen_after(document["seen"], cause),
            "commands": _commands_after(document["commands"], cause, state, revision),
        }

    def _nudge_if_pending(self, document: Document) -> None:
        if document["outbox"]:
            self._nudge(document)


def _is_lazy(document: Document, cause: Cause) -> bool:
    """An event's effect that tells nothing on is settled before the event is acknowledged; a power cut until then repeats it."""
    return cause.comes_again and not document["outbox"]


def _empty(id: str, council_id: str) -> Document:
    return {
        "_id": id,
        "version": 0,
        "revision": 0,
        "council_id": council_id,
        "sequences": {},
        "outbox": [],
        "seen": {},
        "commands": [],
    }


def _check_scope(what: str, council_id: str, caller: Caller | None) -> None:
    if caller is not None and not caller.may_see(council_id):
        raise NotFound(f"there is no {what}")


def _check_version(document: Document, cause: Cause) -> None:
    if cause.expected_version not in (None, document["revision"]):
        raise Stale(f"version {cause.expected_version} was expected, but the record is at {document['revision']}")


def _check_room(document: Document) -> None:
    if len(document["outbox"]) >= PENDING_LIMIT:
        raise Unavailable("this record's events are waiting to be published; try again shortly")


def _seen_after(seen: dict[str, int], cause: Cause) -> dict[str, int]:
    return seen if cause.incoming is None else seen | {cause.incoming[0]: cause.incoming[1]}


def _commands_after(
    commands: list[dict[str, Any]], cause: Cause, state: dict[str, Any], revision: int
) -> list[dict[str, Any]]:
    if cause.command is None:
        return commands
    done = {"key": cause.command.key, "input": cause.command.input, "answer": state, "revision": revision}
    barred = [{"key": c.key, "input": c.input, "answer": None, "revision": revision} for c in cause.command.bars]
    kept = [*commands, *barred, done]
    return [old | {"answer": None} for old in kept[:-ANSWERS_KEPT]] + kept[-ANSWERS_KEPT:]
