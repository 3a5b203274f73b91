"""The collections of those who are in referrals."""

from __future__ import annotations

from typing import Any

from services.referrals.model.duplicates import details_key
from services.referrals.model.parties import Person, Provider, Referrer, Worker
from shared.messaging.aggregates import Kind, collection_of
from shared.store.documents import Field
from shared.store.records import dump_record, load_record

PERSONS = collection_of("persons", fields=(Field(path="state.reference"), Field(path="state.details_key")))
REFERRERS = collection_of("referrers")
WORKERS = collection_of("workers")
PROVIDERS = collection_of("providers", fields=(Field(path="state.lot_names", kind="texts"),))


def _dump_person(person: Person) -> dict[str, Any]:
    state: dict[str, Any] = dump_record(person)
    return state | {"details_key": details_key(person)}


def _dump_provider(provider: Provider) -> dict[str, Any]:
    state: dict[str, Any] = dump_record(provider)
    return state | {"lot_names": [str(lot) for lot in provider.lots]}


PERSON = Kind(name="person", dump=_dump_person, load=lambda state: load_record(Person, state))
WORKER = Kind(name="worker", dump=dump_record, load=lambda state: load_record(Worker, state))
REFERRER = Kind(name="referrer", dump=dump_record, load=lambda state: load_record(Referrer, state))
PROVIDER = Kind(name="provider", dump=_dump_provider, load=lambda state: load_record(Provider, state))
