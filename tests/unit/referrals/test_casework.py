"""Messages, visits, onward referrals and problems with resources: what each must have, and what is told of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.referrals.errors import PathwayMissing, StepNotPossible
from services.referrals.handlers import casework
from services.referrals.handlers.casework import (
    NewMessage,
    NewOnward,
    NewPathway,
    NewProblem,
    NewVisit,
    Noted,
    OnwardOutcome,
)
from services.referrals.model.messages import Message
from services.referrals.model.visits import STEPS, Visit
from services.referrals.store import RETURNS_OVERDUE
from services.referrals.store.casework import MESSAGE
from shared.errors import Invalid, NotFound, PolicyIncomplete
from shared.messaging.aggregates import Stored
from shared.messaging.cause import of_schedule
from shared.messaging.scheduling import DueWork
from tests.support.clocks import A_MONDAY_MORNING
from tests.support.scheduling import a_scheduler
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, a_command, an_adviser, an_event

A_FRIDAY_EVENING = datetime.fromisoformat("2026-03-06T18:00:00+00:00")
PRIVATE = "12 Sample Street, key under the pot"


@pytest.fixture
def desk() -> ReferralsDesk:
    return ReferralsDesk()


def by(council_id: str = CE) -> Any:
    return a_command(an_adviser(councils=(council_id,)))


def left(desk: ReferralsDesk, **changes: Any) -> Stored[Message]:
    plain = {"channel": "phone", "text": PRIVATE, "council_id": CE}
    given = NewMessage(**plain | changes)
    return casework.record_message(given, desk=desk.cases, cause=by(changes.get("council_id", CE)))


def planned(desk: ReferralsDesk, **changes: Any) -> Stored[Visit]:
    starts_at = desk.clock.now() + timedelta(hours=1)
    plain = {"kind": "home-visit", "off_premises": True, "worker_id": "w-1", "council_id": CE, "place": PRIVATE}
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}
    return casework.plan_visit(NewVisit(**plain | times | changes), desk=desk.cases, cause=by())


def agreed(desk: ReferralsDesk, visit: Stored[Visit]) -> Stored[Visit]:
    pathway = NewPathway(id=visit.id, safeguarding="no concerns", lone_working="rings after", contact_id="w-2")
    return casework.record_pathway(pathway, desk=desk.cases, cause=by())


def confirmed(desk: ReferralsDesk, **changes: Any) -> Stored[Visit]:
    visit = agreed(desk, planned(desk, **changes))
    return casework.confirm_visit(Noted(id=visit.id), desk=desk.cases, cause=by())


def look_for_workers(desk: ReferralsDesk) -> int:
    def do(visit_id: str) -> None:
        casework.raise_alarm(visit_id, desk=desk.cases, cause=of_schedule("visits", visit_id))

    documents = desk.case_kinds["visits"].documents
    return a_scheduler(desk.clock).sweep(DueWork(due=RETURNS_OVERDUE, documents=documents, do=do))


def test_a_message_is_due_24_hours_after_it_was_left_without_the_weekend(desk: ReferralsDesk) -> None:
    desk.clock.at = A_FRIDAY_EVENING

    [clock] = left(desk).state.clocks

    assert clock.rule == "C2"
    assert clock.due_at == datetime.fromisoformat("2026-03-09T18:00:00+00:00")


def test_an_attempt_lets_the_clock_run_and_the_answer_stops_it_once(desk: ReferralsDesk) -> None:
    message = left(desk)
    note = Noted(id=message.id, note="no reply")

    tried = casework.attempt_message(note, desk=desk.cases, cause=by())
    answered = casework.answer_message(note, desk=desk.cases, cause=by())

    assert tried.state.clocks[0].state == "running"
    assert answered.state.clocks[0].state == "stopped"
    assert [act.step for act in answered.state.acts] == ["attempt", "answer"]
    with pytest.raises(StepNotPossible):
        casework.answer_message(note, desk=desk.cases, cause=by())


def test_a_council_whose_contract_has_no_such_time_has_the_message_without_a_clock(desk: ReferralsDesk) -> None:
    assert left(desk, council_id=CP).state.clocks == ()


def test_a_message_that_is_still_to_be_left_or_says_nothing_is_refused(desk: ReferralsDesk) -> None:
    with pytest.raises(Invalid):
        left(desk, left_at=desk.clock.now() + timedelta(minutes=1))
    with pytest.raises(Invalid):
        left(desk, text=" ")


def test_a_visit_off_premises_is_not_confirmed_without_its_pathway(desk: ReferralsDesk) -> None:
    visit = planned(desk)

    with pytest.raises(PathwayMissing, match=r"CE 3\.3, 7\.7"):
        casework.confirm_visit(Noted(id=visit.id), desk=desk.cases, cause=by())
    agreed(desk, visit)

    assert casework.confirm_visit(Noted(id=visit.id), desk=desk.cases, cause=by()).state.status == "confirmed"


def test_a_meeting_on_the_premises_needs_no_pathway_and_raises_no_alarm(desk: ReferralsDesk) -> None:
    visit = planned(desk, kind="provider-premises", off_premises=False)

    held = casework.confirm_visit(Noted(id=visit.id), desk=desk.cases, cause=by())

    assert held.state.alarm_at is None


def test_a_worker_who_is_not_back_is_looked_for_once_when_the_councils_minutes_are_over(desk: ReferralsDesk) -> None:
    visit = confirmed(desk)
    desk.clock.at = visit.state.ends_at + timedelta(minutes=29)
    before = look_for_workers(desk)
    desk.clock.at = visit.state.ends_at + timedelta(minutes=30)

    taken = [look_for_workers(desk), look_for_workers(desk)]

    assert (before, taken) == (0, [1, 0])
    alarms = [told for told in desk.case_kinds["visits"].told() if told.type == "visit.return.overdue"]
    assert [(alarm.data["worker_id"], alarm.data["contact_id"]) for alarm in alarms] == [("w-1", "w-2")]
    assert casework.return_from_visit(Noted(id=visit.id), desk=desk.cases, cause=by()).state.status == "returned"


def test_whoever_is_back_in_time_is_not_looked_for(desk: ReferralsDesk) -> None:
    visit = confirmed(desk)
    casework.return_from_visit(Noted(id=visit.id), desk=desk.cases, cause=by())
    desk.clock.at = visit.state.ends_at + timedelta(hours=3)

    assert look_for_workers(desk) == 0
    with pytest.raises(StepNotPossible, match="possible now: none"):
        casework.cancel_visit(Noted(id=visit.id), desk=desk.cases, cause=by())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"off_premises": False}, "off_premises"),
        ({"kind": "joint-visit"}, "joint_with_id"),
        ({"kind": "holiday"}, "kind"),
        ({"ends_at": A_MONDAY_MORNING}, "ends_at"),
    ],
)
def test_what_is_wrong_with_a_visit_is_named(desk: ReferralsDesk, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        planned(desk, **changes)

    assert [error.field for error in refusal.value.errors] == [field]


def test_every_status_of_a_visit_is_in_the_table() -> None:
    assert {reached for steps in STEPS.values() for reached in steps.values()} | {"planned"} == set(STEPS)


def test_a_person_is_referred_on_with_consent_or_with_why_not(desk: ReferralsDesk) -> None:
    referral = desk.taken_in(an_event(council_id=CP), CP)
    plain = {"referral_id": referral.id, "kind": "carers-service", "to": "Carers", "reason": PRIVATE}

    with pytest.raises(Invalid) as refusal:
        casework.refer_onward(NewOnward(**plain, consented=False), desk=desk.cases, cause=by(CP))
    with pytest.raises(Invalid, match="not in the council's policy"):
        casework.refer_onward(NewOnward(**plain | {"kind": "x"}, consented=True), desk=desk.cases, cause=by(CP))
    made = casework.refer_onward(NewOnward(**plain, consented=True), desk=desk.cases, cause=by(CP))
    ended = casework.record_onward_outcome(OnwardOutcome(id=made.id, outcome="taken-up"), desk=desk.cases, cause=by(CP))

    assert [error.field for error in refusal.value.errors] == ["without_consent_because"]
    assert made.state.person_id == referral.state.person_id
    assert ended.state.outcome == "taken-up"
    with pytest.raises(StepNotPossible):
        casework.record_onward_outcome(OnwardOutcome(id=made.id, outcome="declined"), desk=desk.cases, cause=by(CP))


def test_a_problem_with_a_resource_is_logged_with_day_time_and_names_and_shared(desk: ReferralsDesk) -> None:
    plain = {"council_id": CP, "kind": "equipment", "happened_at": desk.clock.now(), "text": "no hoist"}

    with pytest.raises(Invalid) as refusal:
        casework.log_resource_problem(NewProblem(**plain, names=(" ",)), desk=desk.cases, cause=by(CP))
    logged = casework.log_resource_problem(NewProblem(**plain, names=(PRIVATE,)), desk=desk.cases, cause=by(CP))
    shared = casework.share_resource_problem(Noted(id=logged.id), desk=desk.cases, cause=by(CP))
    resolved = casework.resolve_resource_problem(Noted(id=logged.id), desk=desk.cases, cause=by(CP))

    assert [error.field for error in refusal.value.errors] == ["names"]
    assert (shared.state.status, resolved.state.status) == ("shared", "resolved")
    assert "resource.problem.shared" in desk.case_kinds["resource_problems"].types_told()


def test_where_the_contract_has_no_log_of_resources_it_says_so(desk: ReferralsDesk) -> None:
    given = NewProblem(council_id=CE, kind="equipment", happened_at=desk.clock.now(), text="no hoist", names=("A",))

    with pytest.raises(PolicyIncomplete):
        casework.log_resource_problem(given, desk=desk.cases, cause=by())


def test_words_places_and_names_are_in_no_event(desk: ReferralsDesk) -> None:
    message, visit = left(desk, left_by=PRIVATE), confirmed(desk)
    casework.answer_message(Noted(id=message.id, note=PRIVATE), desk=desk.cases, cause=by())
    casework.cancel_visit(Noted(id=visit.id, note=PRIVATE), desk=desk.cases, cause=by())

    told = [*desk.case_kinds["messages"].told(), *desk.case_kinds["visits"].told()]
    assert len(told) >= 6
    assert PRIVATE not in json.dumps([dict(envelope.data) for envelope in told])
    assert "Sample Street" not in json.dumps([dict(envelope.data) for envelope in told])


def test_another_councils_record_is_not_found(desk: ReferralsDesk) -> None:
    message = left(desk)

    with pytest.raises(NotFound):
        casework.answer_message(Noted(id=message.id), desk=desk.cases, cause=by(CP))


def test_of_a_self_funders_case_work_the_councils_readers_are_told_nothing(desk: ReferralsDesk) -> None:
    stored = left(desk)

    audiences = [MESSAGE.audience(replace(stored.state, outside_contract=outside)) for outside in (False, True)]

    assert audiences == ["", "support-service"]
