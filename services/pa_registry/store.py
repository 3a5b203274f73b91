"""The register's collections, their indexes, and the questions asked of them by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.pa_registry.model.entries import PersonalAssistant
from services.pa_registry.model.restrictions import Restriction
from services.pa_registry.model.tables import Table
from services.pa_registry.ports import Snapshot
from shared.context import EVERY_COUNCIL, Caller
from shared.errors import NotFound
from shared.messaging.aggregates import Aggregates, Found, Kind, Stored, collection_of
from shared.store.documents import (
    AnyOf,
    Collection,
    Condition,
    Document,
    Documents,
    Equal,
    Field,
    IdTaken,
    Order,
    VersionChanged,
)
from shared.store.records import dump_record, load_record

PERSONAL_ASSISTANTS = collection_of(
    "personal_assistants",
    fields=(
        Field(path="state.status"),
        Field(path="state.owner_id"),
        Field(path="state.registered_at", kind="instant"),
    ),
    orders=(Order(name="registered", by=(("state.registered_at", "descending"),)),),
)
RESTRICTIONS = collection_of("restrictions")
SNAPSHOTS = Collection(name="public_tables")
COLLECTIONS = (PERSONAL_ASSISTANTS, RESTRICTIONS, SNAPSHOTS)


def _dump_entry(entry: PersonalAssistant) -> dict[str, Any]:
    """The entry's state and, beside it, what its indexes need."""
    state: dict[str, Any] = dump_record(entry)
    return state | {"status": entry.status}


def _load_entry(state: dict[str, Any]) -> PersonalAssistant:
    facets = {name: tuple(values) for name, values in state["facets"].items()}
    return load_record(PersonalAssistant, state | {"facets": facets})


PERSONAL_ASSISTANT = Kind(name="personal assistant", dump=_dump_entry, load=_load_entry)
RESTRICTION = Kind(name="restriction", dump=dump_record, load=lambda state: load_record(Restriction, state))


@dataclass(frozen=True, kw_only=True)
class RegisterStore:
    """The service's records, and its questions by name."""

    entries: Aggregates[PersonalAssistant]
    restrictions: Aggregates[Restriction]

    def entries_seen_by(
        self,
        caller: Caller,
        *,
        council_id: str | None = None,
        status: str | None = None,
        owner_id: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Found[PersonalAssistant]:
        """Entries in the caller's scope, the newest first; with `owner_id`, those of this sign-in."""
        where = scope_of(caller, council_id)
        for path, value in (("state.status", status), ("state.owner_id", owner_id)):
            if value is not None:
                where.append(Equal(path=path, value=value))
        return self.entries.find(where, order="registered", after=after, limit=limit)

    def entries_by_id(self, ids: Sequence[str]) -> Mapping[str, Stored[PersonalAssistant]]:
        """Those of these entries that there are."""
        if not ids:
            return {}
        found = self.entries.find([AnyOf(path="_id", values=list(ids))], limit=len(ids))
        return {stored.id: stored for stored in found.items}

    def every_entry(self, *, at_once: int) -> Iterator[Stored[PersonalAssistant]]:
        """The whole register, read so many at once; entries added meanwhile may or may not be among them."""
        return self._all([], at_once)

    def published_entries(self, council_id: str, *, at_once: int) -> Iterator[Stored[PersonalAssistant]]:
        """A council's published entries, read so many at once."""
        where = [Equal(path="council_id", value=council_id), Equal(path="state.status", value="published")]
        return self._all(where, at_once)

    def count_entries(self) -> int:
        """How many entries there are, published or not."""
        return self.entries.count()

    def is_restricted(self, party_id: str) -> bool:
        """Whether safeguarding restricts this party now, also one that the register doesn't hold yet."""
        try:
            return self.restrictions.get(party_id).state.in_force
        except NotFound:
            return False

    def _all(self, where: Sequence[Condition], at_once: int) -> Iterator[Stored[PersonalAssistant]]:
        after: str | None = None
        while True:
            page = self.entries.find(where, after=after, limit=at_once)
            yield from page.items
            if page.next is None:
                return
            after = page.next


class StoredSnapshots:
    """The councils' public tables, one document each."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def newest(self, council_id: str) -> Snapshot | None:
        """The council's snapshot, however old."""
        document = self._documents.get(council_id)
        return None if document is None else _load_snapshot(document)

    def keep(self, snapshot: Snapshot) -> Snapshot:
        """Puts it in the place of the one before; if another process was first, that one's holds."""
        document = _dump_snapshot(snapshot)
        try:
            if snapshot.version == 1:
                self._documents.insert(document)
            else:
                self._documents.replace(document, version=snapshot.version - 1)
        except (IdTaken, VersionChanged):
            return self.newest(snapshot.council_id) or snapshot
        return snapshot


def scope_of(caller: Caller, council_id: str | None = None) -> list[Condition]:
    """The condition that keeps a caller to the councils of its token, or to one of them."""
    councils = councils_of(caller, council_id)
    return [] if councils is None else [AnyOf(path="council_id", values=list(councils))]


def councils_of(caller: Caller, council_id: str | None = None) -> tuple[str, ...] | None:
    """The councils asked about within the caller's scope; `None` for every council. Raises `NotFound` outside it."""
    if council_id is None:
        return None if EVERY_COUNCIL in caller.councils else caller.councils
    if not caller.may_see(council_id):
        raise NotFound(f"there is no council {council_id}")
    return (council_id,)


def _dump_snapshot(snapshot: Snapshot) -> Document:
    return {
        "_id": snapshot.council_id,
        "version": snapshot.version,
        "taken_at": snapshot.taken_at,
        "tables": {key: {"total": table.total, "facets": table.facets} for key, table in snapshot.tables.items()},
    }


def _load_snapshot(document: Document) -> Snapshot:
    tables = {key: Table(total=table["total"], facets=table["facets"]) for key, table in document["tables"].items()}
    return Snapshot(
        council_id=document["_id"], version=document["version"], taken_at=document["taken_at"], tables=tables
    )
