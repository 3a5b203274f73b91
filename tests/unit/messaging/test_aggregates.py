from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from shared.context import Caller
from shared.errors import Conflict, KeyReused, NotFound, Stale, Unavailable
from shared.events.referrals import ReferralAllocated, ReferralClosed
from shared.events.safeguarding import AlertRaised
from shared.messaging.aggregates import PENDING_LIMIT, Aggregates, Decision, Kind, collection_of
from shared.messaging.cause import Cause, Command
from shared.messaging.publishing.outbox import About
from shared.store.records import dump_record, load_record
from tests.support.clocks import FixedClock
from tests.support.documents import InMemoryDocuments

COLLECTION = collection_of("cases")


@dataclass(frozen=True, kw_only=True)
class Case:
    steps: int = 0


KIND = Kind(name="case", dump=dump_record, load=lambda state: load_record(Case, state))


class Desk:
    def __init__(self) -> None:
        self.documents = InMemoryDocuments(COLLECTION)
        self.nudged: list[str] = []
        self.cases = Aggregates(documents=self.documents, kind=KIND, clock=FixedClock(), nudge=self._nudge)

    def _nudge(self, document) -> None:
        self.nudged.append(document["_id"])

    def document(self, id: str = "case-1"):
        document = self.documents.get(id)
        assert document is not None
        return document


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.cases.create("case-1", Decision(state=Case()), council_id="cheshire-east", cause=a_cause())
    return desk


def a_cause(**given) -> Cause:
    return Cause(**{"actor_id": "adviser-1", "correlation_id": "cor-1", "causation_id": "cause-1", **given})


def a_command(key: str = "key-1", input: str = "input-1", **given) -> Cause:
    return a_cause(command=Command(key=key, input=input), **given)


def a_step(case: Case) -> Decision[Case]:
    told = ReferralAllocated(referral_id="case-1", person_id="per-1", worker_id="w-1")
    return Decision(state=replace(case, steps=case.steps + 1), events=[told])


def test_a_change_writes_state_and_events_in_one_document(desk):
    stored = desk.cases.change("case-1", a_step, cause=a_cause())

    document = desk.document()
    assert stored.state == Case(steps=1)
    assert document["state"] == {"steps": 1}
    assert [event["type"] for event in document["outbox"]] == ["referral.allocated"]
    assert document["outbox_due"] is not None
    assert desk.nudged == ["case-1"]


def test_events_are_numbered_without_holes_from_one_per_stream_and_subject(desk):
    def both(case: Case) -> Decision[Case]:
        alert = AlertRaised(alert_id="alert-1", concern_id="case-1", raised_at=FixedClock().now(), priority="urgent")
        return Decision(state=case, events=[*a_step(case).events, About(subject="alert-1", event=alert)])

    desk.cases.change("case-1", both, cause=a_cause())
    desk.cases.change("case-1", both, cause=a_cause())

    places = [(event["partitionkey"], event["sequence"]) for event in desk.document()["outbox"]]
    assert places == [("referral:case-1", 1), ("alert:alert-1", 1), ("referral:case-1", 2), ("alert:alert-1", 2)]


def test_the_same_command_again_gets_the_first_answer_and_changes_nothing(desk):
    first = desk.cases.change("case-1", a_step, cause=a_command())
    desk.cases.change("case-1", a_step, cause=a_command(key="key-2"))

    again = desk.cases.change("case-1", a_step, cause=a_command())

    assert again == first
    assert desk.document()["state"] == {"steps": 2}


def test_a_key_with_other_content_is_refused(desk):
    desk.cases.change("case-1", a_step, cause=a_command())

    with pytest.raises(KeyReused):
        desk.cases.change("case-1", a_step, cause=a_command(input="input-2"))


def test_the_same_event_again_has_no_second_effect(desk):
    cause = a_cause(incoming=("concern:con-1", 3))

    desk.cases.change("case-1", a_step, cause=cause)
    desk.cases.change("case-1", a_step, cause=cause)

    assert desk.document()["state"] == {"steps": 1}
    assert desk.document()["seen"] == {"concern:con-1": 3}


def test_a_lost_race_decides_again_on_the_newer_state(desk):
    desk.documents.before_next_write(lambda: desk.cases.change("case-1", a_step, cause=a_cause()))

    stored = desk.cases.change("case-1", a_step, cause=a_cause())

    assert stored.state == Case(steps=2)
    assert [event["sequence"] for event in desk.document()["outbox"]] == [1, 2]


def test_an_expected_version_that_has_passed_is_stale(desk):
    desk.cases.change("case-1", a_step, cause=a_cause())

    with pytest.raises(Stale):
        desk.cases.change("case-1", a_step, cause=a_cause(expected_version=1))


def test_emptying_the_outbox_does_not_move_the_version_that_callers_see(desk):
    before = desk.cases.change("case-1", a_step, cause=a_cause())
    document = desk.document()
    desk.documents.replace(
        document | {"outbox": [], "outbox_due": None, "version": document["version"] + 1},
        version=document["version"],
    )

    assert desk.cases.get("case-1").version == before.version


def test_another_councils_record_is_not_found_and_stays_as_it_is(desk):
    stranger = Caller(actor_id="x", councils=("cambridgeshire-peterborough",))

    with pytest.raises(NotFound):
        desk.cases.get("case-1", caller=stranger)
    with pytest.raises(NotFound):
        desk.cases.change("case-1", a_step, cause=a_cause(caller=stranger))

    assert desk.document()["state"] == {"steps": 0}


def test_creating_twice_for_the_same_cause_finds_the_first(desk):
    cause = a_command(key="create")
    first = desk.cases.create("case-2", Decision(state=Case(steps=7)), council_id="cheshire-east", cause=cause)

    again = desk.cases.create("case-2", Decision(state=Case(steps=8)), council_id="cheshire-east", cause=cause)

    assert again == first


def test_creating_over_anothers_record_is_a_conflict(desk):
    with pytest.raises(Conflict):
        desk.cases.create("case-1", Decision(state=Case()), council_id="cheshire-east", cause=a_command())


def test_a_record_whose_events_cannot_be_published_takes_no_more_commands(desk):
    def many(case: Case) -> Decision[Case]:
        closed = ReferralClosed(referral_id="case-1", person_id="per-1")
        return Decision(state=case, events=[closed] * PENDING_LIMIT)

    desk.cases.change("case-1", many, cause=a_cause())

    with pytest.raises(Unavailable):
        desk.cases.change("case-1", a_step, cause=a_cause())
