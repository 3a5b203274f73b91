"""Variations are asked for in writing and approved before they are made; a crisis is acted in first (CP 4.1 to 4.5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.ledger.errors import (
    NotYetPossible,
    PlanHasProhibitedSpend,
    VariationNeedsAnotherApprover,
    VariationNeedsCommissioner,
)
from services.ledger.handlers import fund_notices, life, variations
from services.ledger.model.arrangements import Arranged, HighLevelOutcome
from services.ledger.model.fund_notices import FundNotice, NoticeKind
from services.ledger.model.variations import Asked, SupportItem, Variation
from services.ledger.store.life import VARIATIONS
from shared.dates import london_day
from shared.errors import Invalid, NotFound
from shared.messaging.aggregates import Stored
from tests.support.ledger_builders import MONDAY, TODAY, a_caller, a_plan_line, pounds
from tests.support.life_builders import FIT, PROVIDER_STAFF, SOCIAL_WORKER, LifeLedger

MORE = Asked(
    weekly_budget=pounds("120.00"),
    breakdown=(SupportItem(activity="Walks", tasks="Company on two walks", weekly_cost=pounds("20.00")),),
    evidence=("Sample assessment 5",),
)
COMMISSIONER = a_caller(actor_id="commissioner-0001", roles=("commissioner",))
FRIDAY_NIGHT = MONDAY + timedelta(days=4, hours=14)


@pytest.fixture
def ledger() -> LifeLedger:
    return LifeLedger()


@pytest.fixture
def fund_id(ledger: LifeLedger) -> str:
    return ledger.open_with_plan()


def ask(ledger: LifeLedger, fund_id: str, asked: Asked = MORE) -> Stored[Variation]:
    return variations.request_variation(fund_id, asked, desk=ledger.life, cause=ledger.by(PROVIDER_STAFF, "ask", asked))


def decide(
    ledger: LifeLedger,
    variation_id: str,
    *,
    approved: bool = True,
    by: Any = SOCIAL_WORKER,
    from_on: date | None = None,
) -> Stored[Variation]:
    cause = ledger.by(by, "decide")
    decided = variations.decide_variation(
        variation_id, approved=approved, reason="Sample reason", from_on=from_on, desk=ledger.life, cause=cause
    )
    if approved:
        variations.take_over(variation_id, desk=ledger.life, cause=ledger.by(a_caller(), "take_over"))
    return decided


def crisis(ledger: LifeLedger, fund_id: str) -> Stored[Variation]:
    return variations.open_crisis(
        fund_id, adjusted_at=ledger.clock.at, what="Sample words", desk=ledger.life, cause=ledger.by(PROVIDER_STAFF)
    )


def test_an_approved_increase_becomes_the_funds_budget_and_not_before(ledger: LifeLedger, fund_id: str) -> None:
    asked = ask(ledger, fund_id)
    before = ledger.funds.get(fund_id).state.weekly_budget
    decided = decide(ledger, asked.id)

    assert (asked.state.state, before) == ("requested", pounds("100.00"))
    assert decided.state.state == "approved"
    assert ledger.funds.get(fund_id).state.weekly_budget == pounds("120.00")
    assert ledger.types_told(VARIATIONS) == ["fund.variation.requested", "fund.variation.approved"]


def test_a_refused_or_withdrawn_variation_changes_nothing(ledger: LifeLedger, fund_id: str) -> None:
    refused = decide(ledger, ask(ledger, fund_id).id, approved=False)
    asked = ask(ledger, fund_id, replace(MORE, other_costs="Sample"))
    cause = ledger.by(PROVIDER_STAFF, "withdraw")
    withdrawn = variations.withdraw_variation(asked.id, desk=ledger.life, cause=cause)

    assert (refused.state.state, withdrawn.state.state) == ("refused", "withdrawn")
    assert ledger.funds.get(fund_id).state.weekly_budget == pounds("100.00")
    with pytest.raises(NotYetPossible):
        decide(ledger, asked.id)


def test_whoever_asked_does_not_decide(ledger: LifeLedger, fund_id: str) -> None:
    asked = ask(ledger, fund_id)

    with pytest.raises(VariationNeedsAnotherApprover):
        decide(ledger, asked.id, by=a_caller(actor_id=PROVIDER_STAFF.actor_id, roles=("social_worker",)))


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"breakdown": ()}, "breakdown", "required"),
        ({"evidence": ()}, "evidence", "required"),
        ({"weekly_budget": pounds("119.99")}, "breakdown", "adds-up"),
        ({"weekly_budget": pounds("120.01")}, "breakdown", "adds-up"),
        ({"weekly_budget": None}, "weekly_budget_pence", "change"),
        ({"lines": (a_plan_line(weekly_cost=pounds("120.01")),)}, "lines", "within-budget"),
        ({"weekly_budget": pounds("29.99"), "breakdown": ()}, "lines", "within-budget"),
    ],
)
def test_what_a_request_lacks_is_named_cp_4_1(
    ledger: LifeLedger, fund_id: str, changes: dict[str, Any], field: str, rule: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        ask(ledger, fund_id, replace(MORE, **changes))

    assert (field, rule) in [(error.field, error.rule) for error in refusal.value.errors]


def test_a_decrease_needs_no_breakdown_and_the_plan_may_stay(ledger: LifeLedger, fund_id: str) -> None:
    decide(ledger, ask(ledger, fund_id, Asked(weekly_budget=pounds("30.00"))).id)

    assert ledger.funds.get(fund_id).state.weekly_budget == pounds("30.00")


def test_approved_lines_become_the_plan_as_the_representative_agreed_it(ledger: LifeLedger, fund_id: str) -> None:
    line = a_plan_line(line_id="line-2", category="gardening", weekly_cost=pounds("55.00"))
    decide(ledger, ask(ledger, fund_id, Asked(lines=(line,))).id)

    plan = ledger.funds.get(fund_id).state.plan
    assert plan is not None
    assert (plan.lines, plan.written_by, plan.agreed_by) == ((line,), PROVIDER_STAFF.actor_id, SOCIAL_WORKER.actor_id)


def test_nothing_prohibited_comes_in_by_a_variation(ledger: LifeLedger, fund_id: str) -> None:
    with pytest.raises(PlanHasProhibitedSpend):
        ask(ledger, fund_id, Asked(lines=(a_plan_line(category="lottery"),)))


def test_other_outcomes_are_agreed_by_the_commissioner_only_cp_6_17_g(ledger: LifeLedger, fund_id: str) -> None:
    cause = ledger.by(SOCIAL_WORKER, "arrange")
    life.arrange_fund(fund_id, Arranged(outcomes=(FIT,)), rates=None, desk=ledger.life, cause=cause)
    music = HighLevelOutcome(outcome_id="outcome-music", words="Plays music")
    asked = ask(ledger, fund_id, Asked(outcomes=(FIT, music)))

    with pytest.raises(VariationNeedsCommissioner):
        decide(ledger, asked.id)
    decide(ledger, asked.id, by=COMMISSIONER)

    found = life.get_life(fund_id, caller=a_caller(), desk=ledger.life)
    assert found.arrangement.outcome_ids == {"outcome-fit", "outcome-music"}


def test_a_change_counts_from_its_approval_on(ledger: LifeLedger, fund_id: str) -> None:
    asked = ask(ledger, fund_id)

    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
        with pytest.raises(Invalid):
            decide(ledger, asked.id, from_on=day)
    ruling = decide(ledger, asked.id, from_on=TODAY).state.ruling
    assert ruling is not None
    assert ruling.from_on == TODAY


def test_a_crisis_runs_24_hours_over_the_weekend_and_ends_with_the_later_approval(
    ledger: LifeLedger, fund_id: str
) -> None:
    ledger.clock.at = FRIDAY_NIGHT
    opened = crisis(ledger, fund_id)
    began_on = london_day(ledger.clock.at)
    [clock] = opened.state.clocks
    contacted = variations.contact_representative(
        opened.id, how="By phone", desk=ledger.life, cause=ledger.by(PROVIDER_STAFF, "contact")
    )
    ledger.clock.at += timedelta(days=3)
    followed = variations.follow_crisis(opened.id, MORE, desk=ledger.life, cause=ledger.by(PROVIDER_STAFF, "follow"))
    decided = decide(ledger, opened.id, from_on=began_on)

    assert clock.rule == "C7"
    assert clock.due_at - clock.started_at == timedelta(hours=24)
    assert [each.state for each in contacted.state.clocks] == ["stopped"]
    assert [each.state.state for each in (opened, contacted, followed, decided)] == [
        "crisis",
        "crisis",
        "requested",
        "approved",
    ]


def test_a_crisis_itself_raises_no_budget_and_a_decision_needs_its_written_request(
    ledger: LifeLedger, fund_id: str
) -> None:
    opened = crisis(ledger, fund_id)

    with pytest.raises(NotYetPossible):
        decide(ledger, opened.id)
    with pytest.raises(NotYetPossible):
        variations.withdraw_variation(opened.id, desk=ledger.life, cause=ledger.by(PROVIDER_STAFF, "withdraw"))
    assert ledger.funds.get(fund_id).state.weekly_budget == pounds("100.00")


def test_an_approval_stops_the_clock_of_a_crisis_that_nobody_was_told_of(ledger: LifeLedger, fund_id: str) -> None:
    opened = crisis(ledger, fund_id)
    variations.follow_crisis(opened.id, MORE, desk=ledger.life, cause=ledger.by(PROVIDER_STAFF, "follow"))

    assert [clock.is_open for clock in decide(ledger, opened.id).state.clocks] == [False]


def test_an_approval_for_a_fund_that_closed_meanwhile_changes_nothing(ledger: LifeLedger) -> None:
    fund_id = ledger.open().id
    asked = ask(ledger, fund_id)
    ledger.close(fund_id)

    decide(ledger, asked.id)

    assert ledger.funds.get(fund_id).state.status == "closed"


def test_a_strangers_variation_is_not_there(ledger: LifeLedger, fund_id: str) -> None:
    asked = ask(ledger, fund_id)

    with pytest.raises(NotFound):
        variations.seen_variation(asked.id, caller=a_caller(organisation_id="provider-0099"), desk=ledger.life)


def noted(ledger: LifeLedger, fund_id: str, kind: NoticeKind) -> Stored[FundNotice]:
    return fund_notices.note_for_council(
        fund_id, kind=kind, noticed_at=None, details="Sample words", desk=ledger.life, cause=ledger.by(PROVIDER_STAFF)
    )


def test_decreased_needs_are_told_within_one_working_day_cp_4_4(ledger: LifeLedger, fund_id: str) -> None:
    ledger.clock.at = FRIDAY_NIGHT
    notice = noted(ledger, fund_id, "needs-decreased")

    [clock] = notice.state.clocks
    assert (clock.rule, clock.clause, london_day(clock.due_at)) == ("C8", "CP 4.4", date(2026, 3, 9))


def test_changed_finances_are_told_at_once_cp_4_5(ledger: LifeLedger, fund_id: str) -> None:
    notice = noted(ledger, fund_id, "finances-changed")
    cause = ledger.by(PROVIDER_STAFF, "give")
    given = fund_notices.give_notice(notice.id, to="Duty desk, by phone", desk=ledger.life, cause=cause)

    assert [clock.rule for clock in notice.state.clocks] == ["C9"]
    assert [clock.state for clock in given.state.clocks] == ["stopped"]
    with pytest.raises(NotYetPossible):
        fund_notices.give_notice(notice.id, to="Duty desk", desk=ledger.life, cause=ledger.by(SOCIAL_WORKER, "give"))
