"""A contract's duties and notices: due from its start, done, due again; told at once; changed after notice (CE 3, 7; CP 7.3)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.referrals.errors import StepNotPossible
from services.referrals.handlers import calendar, contract_duties, contract_notices
from services.referrals.handlers.calendar import EventHeld, NewCalendarEvent
from services.referrals.handlers.cases import seen_case
from services.referrals.handlers.casework import Noted
from services.referrals.handlers.contract_duties import DutyDone, NewDuties
from services.referrals.handlers.contract_notices import ChangeEffective, NewContractNotice
from services.referrals.model.contract_duties import ContractDuties
from services.referrals.model.contract_notices import ContractNotice
from shared.context import Caller
from shared.dates import london_day
from shared.errors import Invalid, NotFound, PolicyIncomplete
from shared.events.calendar import CalendarEventHeld
from shared.messaging.aggregates import Stored
from shared.messaging.cause import of_event, of_schedule
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, a_command, an_adviser

STARTED = date(2026, 1, 1)
"""Two months before the tests' Monday morning, 2 March 2026."""


@pytest.fixture
def desk() -> ReferralsDesk:
    return ReferralsDesk()


def by(council_id: str = CE) -> Any:
    return a_command(an_adviser(roles=("dpss_manager",), councils=(council_id,)))


def begun(desk: ReferralsDesk, council_id: str = CE, **changes: Any) -> Stored[ContractDuties]:
    given = NewDuties(**{"council_id": council_id, "starts_on": STARTED} | changes)
    return contract_duties.begin_contract_duties(given, desk=desk.cases, cause=by(council_id))


def done(desk: ReferralsDesk, duties: Stored[ContractDuties], duty: str, on: date, **more: Any) -> ContractDuties:
    given = DutyDone(id=duties.id, duty=duty, done_on=on, **more)
    return contract_duties.do_contract_duty(given, desk=desk.cases, cause=by(duties.council_id)).state


def due(duties: ContractDuties) -> dict[str, tuple[int, date]]:
    return {clock.rule: (clock.occurrence, london_day(clock.due_at)) for clock in duties.clocks if clock.is_open}


def test_a_contract_that_starts_has_its_returns_and_meetings_due(desk: ReferralsDesk) -> None:
    duties = begun(desk)

    quarter, year, two_months = date(2026, 4, 1), date(2027, 1, 1), date(2026, 5, 1)
    assert due(duties.state) == {
        "C21a": (1, quarter),
        "C21b": (1, quarter),
        "C21c": (1, quarter),
        "C22a": (1, year),
        "C22b": (1, year),
        "C22d": (1, year),
        "C26a": (2, two_months),
        "C26b": (1, quarter),
    }


def test_a_providers_agreement_has_duties_of_its_own_that_it_sees(desk: ReferralsDesk) -> None:
    duties = begun(desk, CP, provider_id="prov-7")
    provider = Caller(actor_id="p-1", roles=("isf_provider",), councils=(CP,), organisation_id="prov-7")
    other = Caller(actor_id="p-2", roles=("isf_provider",), councils=(CP,), organisation_id="prov-8")

    assert set(due(duties.state)) == {"C21d", "C22c"}
    assert seen_case(duties.id, records=desk.cases.duties, caller=provider).id == duties.id
    with pytest.raises(NotFound):
        seen_case(duties.id, records=desk.cases.duties, caller=other)


def test_what_was_due_before_somebody_began_to_count_is_not_asked_for(desk: ReferralsDesk) -> None:
    duties = begun(desk, starts_on=date(2019, 4, 1), duties=("outcomes_return",))

    assert due(duties.state) == {"C21a": (28, date(2026, 4, 1))}


def test_a_duty_that_is_done_is_due_again_by_its_own_count(desk: ReferralsDesk) -> None:
    duties = begun(desk, duties=("outcomes_return",))
    desk.clock.advance(timedelta(days=40))

    after = done(desk, duties, "outcomes_return", date(2026, 4, 10), reference="RETURN-1")
    again = done(desk, duties, "outcomes_return", date(2026, 4, 10), reference="RETURN-1")

    assert due(after) == {"C21a": (2, date(2026, 7, 1))}
    assert after.clocks[0].state == "stopped_late"
    assert [one.occurrence for one in again.done] == [1]


def test_what_was_done_in_the_time_before_does_not_count_for_the_next(desk: ReferralsDesk) -> None:
    duties = begun(desk, duties=("peer_meeting",))

    done(desk, duties, "peer_meeting", date(2026, 2, 1))
    second = done(desk, duties, "peer_meeting", date(2026, 3, 1))

    assert [one.occurrence for one in second.done] == [1, None]
    assert due(second) == {"C26b": (2, date(2026, 7, 1))}


def test_an_event_of_the_calendar_that_was_held_does_its_duty_once(desk: ReferralsDesk) -> None:
    duties = begun(desk, duties=("peer_meeting",))
    new = NewCalendarEvent(council_id=CE, kind="peer-meeting", starts_at=desk.clock.now(), way="web")
    planned = calendar.plan_calendar_event(new, desk=desk.cases, cause=by())
    calendar.hold_calendar_event(EventHeld(id=planned.id, attendance=7), desk=desk.cases, cause=by())

    for _ in range(2):
        for envelope in desk.case_kinds["calendar_events"].told():
            event = envelope.event()
            if isinstance(event, CalendarEventHeld):
                contract_duties.count_event(event, council_id=CE, desk=desk.cases, cause=of_event(envelope))

    after = desk.cases.duties.get(duties.id).state
    assert [(one.duty, one.reference, one.occurrence) for one in after.done] == [("peer_meeting", planned.id, 1)]


def test_a_duty_that_is_missed_is_breached(desk: ReferralsDesk) -> None:
    duties = begun(desk, duties=("newsletter",))
    desk.clock.advance(timedelta(days=60))

    desk.clocks.keep(duties.id, cause=of_schedule("clocks", duties.id))

    assert [clock.state for clock in desk.cases.duties.get(duties.id).state.clocks] == ["breached"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"duties": ("gardening",)}, "duties"), ({"duties": ("feedback_report",)}, "duties")],
)
def test_a_duty_that_is_not_the_contracts_is_refused_by_name(
    desk: ReferralsDesk, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        begun(desk, **changes)

    assert refused.value.errors[0].field == field


def test_nothing_begins_twice_or_is_done_before_it_begins_or_in_days_to_come(desk: ReferralsDesk) -> None:
    duties = begun(desk, duties=("newsletter",))

    with pytest.raises(StepNotPossible, match="newsletter"):
        begun(desk, duties=("newsletter",))
    for duty, on in (("peer_meeting", STARTED), ("newsletter", date(2025, 12, 31)), ("newsletter", date(2026, 3, 3))):
        with pytest.raises(Invalid):
            done(desk, duties, duty, on)
    more = begun(desk, duties=("continuity_plan_review",), starts_on=date(2026, 2, 1))
    assert set(due(more.state)) == {"C21b", "C22e"}


def noticed(desk: ReferralsDesk, kind: Any, council_id: str = CE) -> Stored[ContractNotice]:
    given = NewContractNotice(council_id=council_id, kind=kind, text="Sample: what happened")
    return contract_notices.record_contract_notice(given, desk=desk.cases, cause=by(council_id))


@pytest.mark.parametrize(
    ("kind", "rule"), [("improper-conduct", "C25a"), ("interruption", "C25b"), ("improper-disclosure", "C25c")]
)
def test_what_is_to_be_told_at_once_has_its_clock_until_the_commissioner_is_told(
    desk: ReferralsDesk, kind: str, rule: str
) -> None:
    notice = noticed(desk, kind)
    desk.clock.advance(timedelta(hours=3))

    told = contract_notices.tell_contract_notice(Noted(id=notice.id), desk=desk.cases, cause=by())

    assert [(clock.rule, clock.state) for clock in told.state.clocks] == [(rule, "stopped")]
    assert told.state.status == "told"
    assert "Sample" not in str([envelope.data for envelope in desk.case_kinds["contract_notices"].told()])
    with pytest.raises(StepNotPossible):
        contract_notices.tell_contract_notice(Noted(id=notice.id), desk=desk.cases, cause=by())


def test_a_change_in_monitoring_takes_effect_no_sooner_than_its_notice_has_run(desk: ReferralsDesk) -> None:
    notice = noticed(desk, "monitoring-change")
    assert notice.state.run is not None
    assert (notice.state.run.until_on, notice.state.clocks) == (date(2026, 4, 2), ())

    def effective(on: date) -> ContractNotice:
        given = ChangeEffective(id=notice.id, effective_on=on)
        return contract_notices.take_effect_of_change(given, desk=desk.cases, cause=by()).state

    with pytest.raises(StepNotPossible, match=r"2026-04-02 \(CE 7.3\(h\)\)"):
        effective(date(2026, 3, 2))
    desk.clock.advance(timedelta(days=31))
    after = effective(date(2026, 4, 2))

    assert (after.status, after.effective_on) == ("effective", date(2026, 4, 2))
    with pytest.raises(StepNotPossible):
        contract_notices.tell_contract_notice(Noted(id=notice.id), desk=desk.cases, cause=by())


def test_a_notice_that_the_contract_does_not_know_or_that_says_nothing_is_refused(desk: ReferralsDesk) -> None:
    with pytest.raises(PolicyIncomplete, match="improper_conduct_notice"):
        noticed(desk, "improper-conduct", CP)
    with pytest.raises(Invalid):
        contract_notices.record_contract_notice(
            NewContractNotice(council_id=CE, kind="interruption", text=" "), desk=desk.cases, cause=by()
        )
