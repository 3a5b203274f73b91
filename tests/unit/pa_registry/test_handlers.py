from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.pa_registry import store
from services.pa_registry.errors import ListingSuspended
from services.pa_registry.handlers import entries, finding, indexing, restrictions
from services.pa_registry.handlers.entries import EntryDesk
from services.pa_registry.handlers.finding import SummaryDesk
from services.pa_registry.model import entries as model
from services.pa_registry.model.checks import AskedCheck
from services.pa_registry.model.entries import PersonalAssistant, SectorPlace
from services.pa_registry.model.restrictions import Restriction
from services.pa_registry.search.engine import (
    EngineCheck,
    IndexDocument,
    Indexed,
    RebuildUnderWay,
    Rebuilt,
    SearchResult,
)
from services.pa_registry.search.query import SearchQuery
from services.pa_registry.store import RegisterStore, StoredSnapshots
from shared.errors import Unavailable
from shared.events.envelope import Envelope
from shared.events.language import Event
from shared.events.pa_registry import PersonalAssistantRegistered
from shared.events.safeguarding import RestrictionImposed, RestrictionLifted
from shared.geography import Point
from shared.messaging.aggregates import Decision
from shared.messaging.cause import Cause
from tests.support.aggregate_stores import InMemoryAggregates
from tests.support.clocks import FixedClock
from tests.support.documents import InMemoryDocuments
from tests.support.envelopes import envelope_of
from tests.support.register_builders import an_entry

COUNCIL = "cheshire-east"
CAUSE = Cause(actor_id="adviser-1", correlation_id="cor-1", causation_id="cau-1")


class Nowhere:
    """Places that these tests don't ask for."""

    def home(self, postcode: str) -> tuple[str, SectorPlace]:
        raise NotImplementedError

    def point(self, postcode: str) -> Point:
        raise NotImplementedError


class AnyRules:
    """A policy that asks for nothing."""

    def version(self, council_id: str, at: Any) -> str:
        return f"{council_id}/2020-01-01"

    def checks_before_publishing(self, council_id: str, at: Any) -> tuple[AskedCheck, ...]:
        return ()


class RecordingEngine:
    """Keeps what it is given; its state can be set."""

    def __init__(self, *, documents: int = 0, failure: Exception | None = None) -> None:
        self.documents = documents
        self.failure = failure
        self.indexed: list[IndexDocument] = []
        self.rebuilt: list[IndexDocument] | None = None

    def index(self, documents: Iterable[IndexDocument]) -> Indexed:
        self.indexed += documents
        return Indexed(written=1)

    def search(self, query: SearchQuery) -> SearchResult:
        raise NotImplementedError

    def rebuild(self, source: Iterable[IndexDocument], *, take_over: bool = False) -> Rebuilt:
        if self.failure is not None:
            raise self.failure
        self.rebuilt = list(source)
        return Rebuilt(documents=len(self.rebuilt), checksum="")

    def check(self) -> EngineCheck:
        return EngineCheck(engine="recording", documents=self.documents, needs_rebuild=False)

    def close(self) -> None:
        return None


class Register:
    """The register in memory."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.entries: InMemoryAggregates[PersonalAssistant] = InMemoryAggregates(
            collection=store.PERSONAL_ASSISTANTS, kind=store.PERSONAL_ASSISTANT, clock=self.clock
        )
        self.restrictions: InMemoryAggregates[Restriction] = InMemoryAggregates(
            collection=store.RESTRICTIONS, kind=store.RESTRICTION, clock=self.clock
        )
        self.store = RegisterStore(entries=self.entries.records, restrictions=self.restrictions.records)
        self.desk = EntryDesk(
            records=self.entries.records,
            register=self.store,
            rules=AnyRules(),
            places=Nowhere(),
            clock=self.clock,
        )

    def add(self, **changes: Any) -> str:
        entry = an_entry(**changes)
        self.entries.records.create(entry.personal_assistant_id, Decision(state=entry), council_id=COUNCIL, cause=CAUSE)
        return entry.personal_assistant_id

    def state(self, entry_id: str = "pa-0007") -> PersonalAssistant:
        return self.entries.records.get(entry_id).state

    def impose(self, sequence: int = 1, party_id: str = "pa-0007") -> None:
        event = RestrictionImposed(party_id=party_id, kind="personal_assistant", from_at=self.clock.now())
        restrictions.impose_restriction(
            event,
            told(event, party_id, sequence),
            records=self.entries.records,
            restrictions=self.restrictions.records,
        )

    def lift(self, sequence: int = 2, party_id: str = "pa-0007") -> None:
        event = RestrictionLifted(party_id=party_id, kind="personal_assistant", from_at=self.clock.now())
        restrictions.lift_restriction(
            event,
            told(event, party_id, sequence),
            records=self.entries.records,
            restrictions=self.restrictions.records,
        )

    def publish(self) -> PersonalAssistant:
        return entries.publish_personal_assistant("pa-0007", desk=self.desk, cause=CAUSE).state

    def hold_from_its_first_event(self) -> None:
        event = PersonalAssistantRegistered(personal_assistant_id="pa-0007")
        restrictions.hold_if_restricted(
            "pa-0007", told(event, "pa-0007", 1), records=self.entries.records, register=self.store
        )


def told(event: Event, subject: str, sequence: int) -> Envelope:
    return envelope_of(event, subject=subject, sequence=sequence, councilid=COUNCIL, actorid="service:safeguarding")


@pytest.fixture
def register() -> Register:
    return Register()


def test_an_entry_survives_being_stored(register: Register) -> None:
    register.add(owner_id="themselves", withdrawn_because="Sample.")

    assert register.state() == an_entry(owner_id="themselves", withdrawn_because="Sample.")


def test_a_restriction_told_twice_has_one_effect(register: Register) -> None:
    register.add(listing="listed")

    register.impose()
    register.impose()

    assert register.entries.types_told() == ["pa.listing.suspended"]


def test_a_restriction_imposed_again_after_a_lift_holds_again(register: Register) -> None:
    register.add(listing="listed")

    register.impose(sequence=1)
    register.lift(sequence=2)
    register.impose(sequence=3)

    assert register.state().status == "suspended"


def test_a_restriction_that_came_before_the_entry_holds_it_from_its_first_event(register: Register) -> None:
    register.impose()
    register.add()

    register.hold_from_its_first_event()

    assert register.state().restricted


def test_an_early_restriction_refuses_publishing_even_before_the_entrys_first_event_is_handled(
    register: Register,
) -> None:
    register.impose()
    register.add()

    with pytest.raises(ListingSuspended):
        register.publish()


def test_an_entry_of_an_unrestricted_person_is_left_alone(register: Register) -> None:
    register.add()
    before = register.entries.records.get("pa-0007").version

    register.hold_from_its_first_event()

    assert register.entries.records.get("pa-0007").version == before


def test_a_restriction_that_comes_while_an_entry_is_published_is_not_overlooked(register: Register) -> None:
    register.add()
    register.entries.documents.before_next_write(register.impose)

    with pytest.raises(ListingSuspended):
        register.publish()

    assert register.state().status == "registered"


def test_a_lift_that_comes_while_an_early_hold_is_taken_over_is_not_overlooked(register: Register) -> None:
    register.impose()
    register.add()
    register.entries.documents.before_next_write(register.lift)

    register.hold_from_its_first_event()

    assert not register.state().restricted
    assert register.publish().is_published


def test_a_publication_that_overtakes_the_restriction_is_undone_by_it(register: Register) -> None:
    register.add()
    register.publish()

    register.impose()

    assert register.state().status == "suspended"


def test_the_index_is_given_the_entry_as_it_is_now_under_the_registers_version(register: Register) -> None:
    register.add(listing="listed")
    register.entries.records.change("pa-0007", lambda e: model.withdraw(e, reason=None, at=e.updated_at), cause=CAUSE)
    engine = RecordingEngine()

    indexing.index_entry("pa-0007", records=register.entries.records, engine=engine, clock=register.clock)

    [document] = engine.indexed
    assert (document.version, document.published, document.headline) == (2, False, "")


def test_an_event_about_an_entry_that_is_gone_is_settled_without_the_index(register: Register) -> None:
    engine = RecordingEngine()

    indexing.index_entry("pa-0404", records=register.entries.records, engine=engine, clock=register.clock)

    assert engine.indexed == []


def fill(register: Register, engine: RecordingEngine, *, at_once: int = 2) -> list[str] | None:
    indexing.fill_empty_index(register=register.store, engine=engine, clock=register.clock, at_once=at_once)
    return None if engine.rebuilt is None else [document.id for document in engine.rebuilt]


def test_an_empty_index_is_filled_with_the_whole_register_in_chunks(register: Register) -> None:
    ids = [register.add(personal_assistant_id=f"pa-{number}") for number in range(5)]

    assert fill(register, RecordingEngine()) == ids


def test_an_index_that_holds_something_is_left_to_the_events(register: Register) -> None:
    register.add()

    assert fill(register, RecordingEngine(documents=1)) is None


def test_an_empty_register_needs_no_index(register: Register) -> None:
    assert fill(register, RecordingEngine()) is None


@pytest.mark.parametrize("failure", [Unavailable("away"), RebuildUnderWay("under way")])
def test_the_register_starts_though_its_index_cannot_be_filled_now(register: Register, failure: Exception) -> None:
    register.add()

    assert fill(register, RecordingEngine(failure=failure)) is None


@pytest.fixture
def summary(register: Register) -> SummaryDesk:
    return SummaryDesk(
        register=register.store,
        snapshots=StoredSnapshots(InMemoryDocuments(store.SNAPSHOTS)),
        rules=AnyRules(),
        clock=register.clock,
        age=timedelta(minutes=15),
        step=5,
        at_once=3,
    )


def total(desk: SummaryDesk) -> int:
    return finding.summarise_personal_assistants([COUNCIL], facet=None, value=None, desk=desk).total


def test_public_totals_count_published_entries_only_and_stay_for_their_age(
    register: Register, summary: SummaryDesk
) -> None:
    for number in range(5):
        register.add(personal_assistant_id=f"pa-{number}", listing="listed")
    register.add(personal_assistant_id="pa-hidden", listing="listed", restricted=True)
    first = total(summary)
    for number in range(5, 10):
        register.add(personal_assistant_id=f"pa-{number}", listing="listed")

    register.clock.advance(timedelta(minutes=14, seconds=59))
    before = total(summary)
    register.clock.advance(timedelta(seconds=1))

    assert (first, before, total(summary)) == (5, 5, 10)


def test_two_processes_that_take_a_snapshot_at_once_agree_on_one(register: Register, summary: SummaryDesk) -> None:
    for number in range(5):
        register.add(personal_assistant_id=f"pa-{number}", listing="listed")
    documents = InMemoryDocuments(store.SNAPSHOTS)
    earlier = replace(summary, snapshots=StoredSnapshots(documents))
    empty = replace(summary, register=Register().store, snapshots=StoredSnapshots(documents))
    documents.before_next_write(lambda: total(earlier))

    assert total(empty) == 5
