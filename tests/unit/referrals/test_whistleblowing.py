"""Whoever reports under protection stays unknown: in what is written, told and answered, to all but the named person."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from services.referrals.errors import StepNotPossible
from services.referrals.handlers import whistleblowing
from services.referrals.handlers.whistleblowing import NewDisclosure, NewReport, NotedReport, seen_report
from services.referrals.model.whistleblowing import PROTECTED, STEPS, WhistleblowingReport
from shared.context import Caller
from shared.errors import Invalid, NotFound, PolicyIncomplete
from shared.messaging.aggregates import Stored
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, a_command, an_adviser

LEAD = Caller(actor_id="lead-1", roles=("whistleblowing_lead",), councils=(CE, CP))
WHO = an_adviser(
    actor_id="adviser-who-reports", correlation_id="story-of-the-reporter", traceparent="00-trace-of-them-01"
)
NAME = "Sample Reporter 0001"


@pytest.fixture
def desk() -> ReferralsDesk:
    return ReferralsDesk()


def reported(desk: ReferralsDesk, *, council_id: str = CE, name: str | None = NAME) -> Stored[WhistleblowingReport]:
    given = NewReport(council_id=council_id, text="Records were changed afterwards", reporter_name=name)
    return whistleblowing.report_whistleblowing(given, desk=desk.cases, cause=a_command(WHO))


def test_nothing_that_is_written_or_told_of_a_report_says_who_made_it(desk: ReferralsDesk) -> None:
    stored = reported(desk)

    documents = desk.case_kinds["whistleblowing_reports"].documents.find(limit=10).items
    everything = json.dumps(documents, default=str)
    for trace in (WHO.actor_id, WHO.correlation_id, WHO.traceparent or "-", NAME):
        assert trace not in everything
    [told] = desk.case_kinds["whistleblowing_reports"].told()
    assert told.actorid == PROTECTED
    assert dict(told.data) == {"report_id": stored.id}
    assert desk.case_kinds["protected_reporters"].told() == []


def test_a_report_without_a_name_keeps_nothing_of_the_caller(desk: ReferralsDesk) -> None:
    stored = reported(desk, name=None)

    assert not stored.state.has_reporter
    assert desk.case_kinds["protected_reporters"].documents.find(limit=10).items == []


def test_a_repeat_of_the_same_report_is_the_same_report(desk: ReferralsDesk) -> None:
    given, cause = NewReport(council_id=CE, text="Seen twice", reporter_name=NAME), a_command(WHO, key="once")

    first = whistleblowing.report_whistleblowing(given, desk=desk.cases, cause=cause)
    again = whistleblowing.report_whistleblowing(given, desk=desk.cases, cause=cause)

    assert first.id == again.id
    assert len(desk.case_kinds["protected_reporters"].documents.find(limit=10).items) == 1


@pytest.mark.parametrize(
    "caller",
    [
        an_adviser(),
        an_adviser(roles=("dpss_manager", "dpo", "ops", "safeguarding_lead")),
        replace(LEAD, councils=(CP,)),
        replace(LEAD, organisation_id="prov-1"),
    ],
    ids=["the adviser", "every other role", "the lead of another council", "a provider's own lead"],
)
def test_nobody_but_the_councils_named_person_sees_a_report_or_who_made_it(desk: ReferralsDesk, caller: Caller) -> None:
    stored = reported(desk)
    why = NotedReport(id=stored.id, note="curious")

    with pytest.raises(NotFound):
        seen_report(stored.id, desk=desk.cases, caller=caller)
    with pytest.raises(NotFound):
        whistleblowing.read_reporter(why, desk=desk.cases, cause=a_command(caller))
    assert desk.case_lists.reports_seen_by(caller, after=None, limit=10).items == []


def test_the_named_person_reads_who_reported_with_a_reason_that_is_kept(desk: ReferralsDesk) -> None:
    stored = reported(desk)

    with pytest.raises(Invalid):
        whistleblowing.read_reporter(NotedReport(id=stored.id), desk=desk.cases, cause=a_command(LEAD))
    read = whistleblowing.read_reporter(
        NotedReport(id=stored.id, note="to thank them"), desk=desk.cases, cause=a_command(LEAD)
    )

    assert read.state.name == NAME
    assert [(reading.by, reading.note) for reading in read.state.readings] == [("lead-1", "to thank them")]


def test_who_reported_is_disclosed_on_a_ground_of_the_policy_only_and_the_ground_is_kept(desk: ReferralsDesk) -> None:
    stored = reported(desk)

    with pytest.raises(Invalid, match="police-action, court-action"):
        whistleblowing.disclose_reporter(
            NewDisclosure(id=stored.id, ground="the-board-asks", reference="X"), desk=desk.cases, cause=a_command(LEAD)
        )
    given = NewDisclosure(id=stored.id, ground="court-action", reference="CASE-7")
    disclosed = whistleblowing.disclose_reporter(given, desk=desk.cases, cause=a_command(LEAD))

    assert disclosed.state.name == NAME
    [disclosure] = seen_report(stored.id, desk=desk.cases, caller=LEAD).state.disclosures
    assert (disclosure.ground, disclosure.reference, disclosure.by) == ("court-action", "CASE-7", "lead-1")
    assert "whistleblowing.reporter.disclosed" in desk.case_kinds["whistleblowing_reports"].types_told()


def test_where_the_contract_knows_no_ground_nobody_is_disclosed(desk: ReferralsDesk) -> None:
    stored = reported(desk, council_id=CP)
    given = NewDisclosure(id=stored.id, ground="court-action", reference="CASE-7")

    with pytest.raises(PolicyIncomplete):
        whistleblowing.disclose_reporter(given, desk=desk.cases, cause=a_command(LEAD))


def test_a_report_is_looked_into_and_concluded_once(desk: ReferralsDesk) -> None:
    note = NotedReport(id=reported(desk).id, note="spoke to all")

    whistleblowing.look_into_whistleblowing(note, desk=desk.cases, cause=a_command(LEAD))
    concluded = whistleblowing.conclude_whistleblowing(note, desk=desk.cases, cause=a_command(LEAD))

    assert concluded.state.status == "concluded"
    assert set(STEPS) == {"received", "looked-into", "concluded"}
    with pytest.raises(StepNotPossible, match="possible now: none"):
        whistleblowing.conclude_whistleblowing(note, desk=desk.cases, cause=a_command(LEAD))


def test_a_report_to_a_council_that_nobody_knows_or_without_words_is_refused(desk: ReferralsDesk) -> None:
    with pytest.raises(NotFound):
        reported(desk, council_id="nowhere")
    with pytest.raises(Invalid):
        whistleblowing.report_whistleblowing(NewReport(council_id=CE, text=" "), desk=desk.cases, cause=a_command(WHO))
