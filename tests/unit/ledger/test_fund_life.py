"""A fund's life in the seven steps of CP 3.2, and what stands around its money."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ledger.errors import (
    FundClosed,
    NoSuchDraft,
    NotYetPossible,
    OutcomesAgreedAlready,
    PlanHasProhibitedSpend,
    PlanNeedsAnotherAgreer,
    PlanNotAgreed,
    SignOffsMissing,
)
from services.ledger.handlers import life
from services.ledger.model.arrangements import Arranged, Arrangement, Deployment, HighLevelOutcome
from services.ledger.model.fund_steps import LIFE, next_step, steps_of
from services.ledger.model.path import PathNote, PathStep, missing_steps
from services.ledger.model.rates import RateAsked, budget_line
from services.ledger.model.sign_offs import Capacity, SignOff, sign_off_status
from services.ledger.model.tracing import money_by_outcome, spent_in_all
from services.ledger.schemas.life import life_out
from services.ledger.store import ARRANGEMENTS
from shared.errors import Invalid, NotFound, PolicyIncomplete
from shared.ids import derived_id
from shared.messaging.aggregates import Stored
from shared.money import Pence, total
from tests.support.ledger_builders import COUNCIL, MONDAY, TODAY, a_caller, a_plan_line, pounds
from tests.support.life_builders import FIT, PROVIDER_STAFF, SOCIAL_WORKER, LifeLedger

HOME_CARE = RateAsked(
    service_model="home-care",
    basis="declared",
    unit="hour",
    hundredths=500,
    declared_rate=pounds("20.00"),
    declared_in="Sample rate card 3",
)


@pytest.fixture
def ledger() -> LifeLedger:
    return LifeLedger()


def arrange(
    ledger: LifeLedger, fund_id: str, *, rates: list[RateAsked] | None = None, **given: Any
) -> Stored[Arrangement]:
    return life.arrange_fund(
        fund_id, Arranged(**given), rates=rates, desk=ledger.life, cause=ledger.by(SOCIAL_WORKER, "arrange")
    )


def draft(ledger: LifeLedger, fund_id: str, *lines: Any) -> Stored[Arrangement]:
    return life.draft_plan(
        fund_id, lines or (a_plan_line(),), desk=ledger.life, cause=ledger.by(PROVIDER_STAFF, "draft")
    )


def agree(ledger: LifeLedger, fund_id: str, version: int = 1, **caller: Any) -> None:
    cause = ledger.by(replace(SOCIAL_WORKER, **caller), "agree_draft")
    life.agree_draft(fund_id, version, desk=ledger.life, cause=cause)


def start(ledger: LifeLedger, fund_id: str, on: date = TODAY) -> Stored[Arrangement]:
    return life.start_plan(fund_id, started_on=on, desk=ledger.life, cause=ledger.by(PROVIDER_STAFF, "start"))


def stands(ledger: LifeLedger, fund_id: str) -> life.FundLife:
    return life.get_life(fund_id, caller=a_caller(), desk=ledger.life)


def next_code(ledger: LifeLedger, fund_id: str) -> str | None:
    found = stands(ledger, fund_id)
    following = next_step(found.fund.state, found.arrangement)
    return following.code if following else None


def a_signature(item: str = "6.6.1", capacity: Capacity = "person", **changes: Any) -> SignOff:
    signature = SignOff(
        item=item,
        version=1,
        format="easy-read",
        signed_by="person-0007",
        capacity=capacity,
        signed_on=TODAY,
        reference="Sample file 7",
        recorded_by="provider-staff-0001",
        recorded_at=MONDAY,
    )
    return replace(signature, **changes)


def sign(ledger: LifeLedger, fund_id: str, *signed: SignOff, no_circle_reason: str = "") -> Stored[Arrangement]:
    return life.sign_off(
        fund_id,
        signed,
        no_circle_reason=no_circle_reason,
        desk=ledger.life,
        cause=ledger.by(PROVIDER_STAFF, "sign", signed),
    )


def test_the_seven_steps_are_one_table_with_their_clauses() -> None:
    assert [(step.number, step.clause) for step in LIFE] == [(n, f"CP 3.2.{n}") for n in range(1, 8)]


def test_a_fund_goes_through_the_seven_steps_in_order(ledger: LifeLedger) -> None:
    fund_id = ledger.open(referral_id="ref-0007").id
    passed = [next_code(ledger, fund_id)]
    arrange(ledger, fund_id, outcomes=(FIT,))
    passed.append(next_code(ledger, fund_id))
    draft(ledger, fund_id)
    passed.append(next_code(ledger, fund_id))
    agree(ledger, fund_id)
    passed.append(next_code(ledger, fund_id))
    start(ledger, fund_id)
    passed.append(next_code(ledger, fund_id))
    for number, held_on in enumerate((TODAY + timedelta(weeks=6), TODAY + timedelta(weeks=52))):
        review(ledger, f"rvw-{number}", held_on)
        passed.append(next_code(ledger, fund_id))

    assert passed == [
        "budget-set",
        "plan-drawn-up",
        "plan-agreed",
        "plan-started",
        "first-review",
        "later-reviews",
        None,
    ]
    assert ledger.types_told(ARRANGEMENTS) == ["fund.arranged", "fund.plan.drafted", "fund.started"]


def review(ledger: LifeLedger, review_id: str, held_on: date, referral_id: str = "ref-0007") -> None:
    life.note_review(
        referral_id,
        review_id=review_id,
        held_on=held_on,
        council_id=COUNCIL,
        desk=ledger.life,
        cause=ledger.by(SOCIAL_WORKER, "review", review_id),
    )


def test_a_review_told_twice_counts_once_and_one_without_a_fund_is_nobodys(ledger: LifeLedger) -> None:
    ledger.open(referral_id="ref-0007")
    review(ledger, "rvw-1", TODAY)
    review(ledger, "rvw-1", TODAY)
    review(ledger, "rvw-2", TODAY, referral_id="ref-0099")

    found = stands(ledger, derived_id("fund", COUNCIL, "ref-0007"))

    assert [each.review_id for each in found.arrangement.reviews] == ["rvw-1"]


def test_support_does_not_start_before_the_social_worker_has_agreed_cp_3_2_4(ledger: LifeLedger) -> None:
    fund_id = ledger.open().id
    draft(ledger, fund_id)

    with pytest.raises(PlanNotAgreed):
        start(ledger, fund_id)

    agree(ledger, fund_id)
    with pytest.raises(PlanNotAgreed, match="agreed on 2026-03-02"):
        start(ledger, fund_id, TODAY - timedelta(days=1))
    with pytest.raises(Invalid):
        start(ledger, fund_id, TODAY + timedelta(days=1))
    assert start(ledger, fund_id).state.started_on == TODAY
    with pytest.raises(NotYetPossible):
        start(ledger, fund_id)


def test_whoever_drafted_the_plan_cannot_agree_it_and_only_the_latest_draft_is_agreed(ledger: LifeLedger) -> None:
    fund_id = ledger.open().id
    draft(ledger, fund_id)
    draft(ledger, fund_id, a_plan_line(weekly_cost=pounds("40.00")))

    with pytest.raises(PlanNeedsAnotherAgreer):
        agree(ledger, fund_id, 2, actor_id=PROVIDER_STAFF.actor_id)
    with pytest.raises(NotYetPossible):
        agree(ledger, fund_id, 1)
    with pytest.raises(NoSuchDraft):
        agree(ledger, fund_id, 3)
    agree(ledger, fund_id, 2)

    found = stands(ledger, fund_id)
    assert found.fund.state.plan is not None
    assert found.fund.state.plan.weekly_cost == pounds("40.00")
    assert [each.agreed for each in found.arrangement.drafts] == [False, True]


def test_nothing_prohibited_goes_into_a_draft(ledger: LifeLedger) -> None:
    fund_id = ledger.open().id

    with pytest.raises(PlanHasProhibitedSpend):
        draft(ledger, fund_id, a_plan_line(category="lottery"))


def test_a_plan_serves_the_outcomes_that_the_council_set(ledger: LifeLedger) -> None:
    fund_id = ledger.open().id
    arrange(ledger, fund_id, outcomes=(FIT,))

    with pytest.raises(Invalid) as refusal:
        draft(ledger, fund_id, a_plan_line(), a_plan_line(line_id="line-2", outcome_id="outcome-music"))

    assert [(error.field, error.rule) for error in refusal.value.errors] == [("lines.1.outcome_id", "known-outcome")]
    assert "CP 6.17(g)" in refusal.value.errors[0].message


def test_outcomes_that_a_plan_was_agreed_on_are_not_set_anew(ledger: LifeLedger) -> None:
    fund_id = ledger.open().id
    arrange(ledger, fund_id, outcomes=(FIT,))
    draft(ledger, fund_id)
    agree(ledger, fund_id)

    with pytest.raises(OutcomesAgreedAlready):
        arrange(ledger, fund_id, outcomes=(HighLevelOutcome(outcome_id="outcome-music", words="Plays music"),))
    same = arrange(ledger, fund_id, outcomes=(replace(FIT, words="Keeps fit and well"),))
    assert same.state.outcomes[0].words == "Keeps fit and well"


@pytest.mark.parametrize(("isf", "is_right"), [("99.99", False), ("100.00", True), ("100.01", False)])
def test_the_funds_part_of_a_mixed_budget_is_the_funds_weekly_budget(
    ledger: LifeLedger, isf: str, is_right: bool
) -> None:
    fund_id = ledger.open().id
    mix = (Deployment(way="isf", weekly=pounds(isf)), Deployment(way="direct-payment", weekly=pounds("55.00")))

    if is_right:
        assert arrange(ledger, fund_id, deployment=mix, lot="lot-2", entitlement="section-117").state.lot == "lot-2"
        return
    with pytest.raises(Invalid) as refusal:
        arrange(ledger, fund_id, deployment=mix)
    assert [(error.field, error.rule) for error in refusal.value.errors] == [("deployment", "adds-up")]


def test_a_budget_is_reckoned_by_declared_rates_and_adds_up(ledger: LifeLedger) -> None:
    fund_id = ledger.open().id

    lines = arrange(ledger, fund_id, rates=[HOME_CARE]).state.budget_lines

    assert [(line.weekly, line.declared_in) for line in lines] == [(pounds("100.00"), "Sample rate card 3")]
    with pytest.raises(Invalid, match=r"£104\.00"):
        arrange(ledger, fund_id, rates=[replace(HOME_CARE, hundredths=520)])
    with pytest.raises(Invalid):
        arrange(ledger, fund_id, rates=[replace(HOME_CARE, declared_rate=None)])
    with pytest.raises(Invalid):
        arrange(ledger, fund_id, rates=[replace(HOME_CARE, service_model="cruises")])


def test_an_average_rate_that_the_source_does_not_give_is_not_guessed(ledger: LifeLedger) -> None:
    fund_id = ledger.open().id

    with pytest.raises(PolicyIncomplete, match=r"policy incomplete: CP 3\.4 average rates"):
        arrange(ledger, fund_id, rates=[replace(HOME_CARE, basis="average", declared_rate=None)])


@settings(max_examples=40, deadline=None)
@given(rate=st.integers(1, 10_000), hundredths=st.integers(1, 10_000))
def test_a_weekly_cost_is_never_more_than_half_a_penny_off(rate: int, hundredths: int) -> None:
    line = budget_line(replace(HOME_CARE, hundredths=hundredths), rate=Pence(rate), policy_version="pack/1")

    assert abs(200 * line.weekly.amount - 2 * rate * hundredths) <= 100


def test_each_of_the_fifteen_items_is_signed_off_by_the_person_and_their_circle_cp_6_6(ledger: LifeLedger) -> None:
    fund_id = ledger.open().id
    rows = ledger.rules.rows(COUNCIL, "sign_off_items", TODAY)
    sign(ledger, fund_id, a_signature())
    by_person = sign_off_status(stands(ledger, fund_id).arrangement.sign_offs, rows, no_circle=False)[0]
    sign(ledger, fund_id, a_signature(capacity="circle", signed_by="circle-0002", format="video"))
    by_both = sign_off_status(stands(ledger, fund_id).arrangement.sign_offs, rows, no_circle=False)

    assert (by_person.by_person, by_person.by_circle, by_person.done) == (True, False, False)
    assert (len(by_both), [each.item for each in by_both if each.done]) == (15, ["6.6.1"])
    assert [each.clause for each in by_both] == [f"CP 6.6.{n}" for n in range(1, 16)]


def test_support_may_start_before_all_is_signed_off_and_is_told_what_is_missing(ledger: LifeLedger) -> None:
    fund_id = ledger.open_with_plan()
    start(ledger, fund_id)

    found = stands(ledger, fund_id)
    shown = life_out(
        found,
        items=ledger.rules.rows(COUNCIL, "sign_off_items", TODAY),
        path_steps=ledger.rules.rows(COUNCIL, "plan_steps", TODAY),
    )

    assert found.arrangement.started_on == TODAY
    assert (len(shown["sign_offs"]["missing"]), shown["sign_offs"]["missing"][0]) == (15, "6.6.1")


def test_a_council_may_want_all_signed_off_before_support_starts(
    ledger: LifeLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    fund_id = ledger.open_with_plan()
    monkeypatch.setattr(ledger.rules, "is_so", lambda *_: True)
    sign(ledger, fund_id, a_signature(), a_signature(capacity="circle", signed_by="circle-0002"))

    with pytest.raises(SignOffsMissing, match="14 items") as refusal:
        start(ledger, fund_id)

    assert stands(ledger, fund_id).arrangement.started_on is None
    assert "sign_offs.6.6.1" not in {error.field for error in refusal.value.errors}
    assert refusal.value.errors[0].field == "sign_offs.6.6.2"


def test_information_that_changed_is_signed_anew(ledger: LifeLedger) -> None:
    fund_id = ledger.open().id
    rows = ledger.rules.rows(COUNCIL, "sign_off_items", TODAY)
    sign(ledger, fund_id, a_signature(), no_circle_reason="Sample reason")
    first = stands(ledger, fund_id).arrangement
    sign(ledger, fund_id, a_signature(version=2, capacity="circle", signed_by="circle-0002"))
    second = stands(ledger, fund_id).arrangement

    assert sign_off_status(first.sign_offs, rows, no_circle=bool(first.no_circle_reason))[0].done
    assert not sign_off_status(second.sign_offs, rows, no_circle=True)[0].done


@pytest.mark.parametrize(
    ("wrong", "field", "rule"),
    [
        ({"item": "6.6.16"}, "items.0.item", "known-item"),
        ({"version": 2}, "items.0.version", None),
        ({"version": 3}, "items.0.version", "next-version"),
        ({"signed_on": TODAY + timedelta(days=1)}, "items.0.signed_on", "not-in-future"),
    ],
)
def test_what_is_wrong_with_a_signature_is_named(
    ledger: LifeLedger, wrong: dict[str, Any], field: str, rule: str | None
) -> None:
    fund_id = ledger.open().id
    sign(ledger, fund_id, a_signature())

    if rule is None:
        assert len(sign(ledger, fund_id, a_signature(**wrong)).state.sign_offs) == 2
        return
    with pytest.raises(Invalid) as refusal:
        sign(ledger, fund_id, a_signature(**wrong))
    assert (field, rule) in [(error.field, error.rule) for error in refusal.value.errors]


def path(ledger: LifeLedger, fund_id: str, *steps: PathStep, drawn_on: date = TODAY) -> Stored[Arrangement]:
    return life.record_path(
        fund_id, drawn_on=drawn_on, steps=steps, desk=ledger.life, cause=ledger.by(PROVIDER_STAFF, "path", steps)
    )


def a_step(number: int, by_on: date | None = None) -> PathStep:
    return PathStep(number=number, notes=(PathNote(words="Sample words", by_on=by_on),))


def test_a_path_has_eight_steps_in_order_and_may_be_drawn_further_later_cp_6_14(ledger: LifeLedger) -> None:
    fund_id = ledger.open().id
    rows = ledger.rules.rows(COUNCIL, "plan_steps", TODAY)
    begun = path(ledger, fund_id, a_step(1), a_step(2)).state
    whole = path(ledger, fund_id, *(a_step(number) for number in range(1, 9))).state

    assert missing_steps(begun.paths[-1], rows) == [3, 4, 5, 6, 7, 8]
    assert missing_steps(whole.paths[-1], rows) == []
    assert [each.version for each in whole.paths] == [1, 2]


@pytest.mark.parametrize("numbers", [(2,), (1, 3), (2, 1), (1, 1), tuple(range(1, 10))])
def test_a_path_out_of_order_is_refused(ledger: LifeLedger, numbers: tuple[int, ...]) -> None:
    fund_id = ledger.open().id

    with pytest.raises(Invalid) as refusal:
        path(ledger, fund_id, *(a_step(number) for number in numbers))

    assert "steps" in [error.field for error in refusal.value.errors]


@pytest.mark.parametrize(
    ("by_on", "is_within"),
    [
        (date(2027, 3, 1), False),
        (date(2027, 3, 2), True),
        (date(2028, 3, 2), True),
        (date(2028, 3, 3), False),
    ],
)
def test_what_could_be_achieved_lies_one_to_two_years_ahead(ledger: LifeLedger, by_on: date, is_within: bool) -> None:
    fund_id = ledger.open().id

    if is_within:
        assert path(ledger, fund_id, a_step(1), a_step(2, by_on)).state.paths[0].steps[1].notes[0].by_on == by_on
        return
    with pytest.raises(Invalid) as refusal:
        path(ledger, fund_id, a_step(1), a_step(2, by_on))
    assert [error.field for error in refusal.value.errors] == ["steps.1.notes.0.by_on"]


def test_a_working_agreement_names_statements_of_the_policy_only(ledger: LifeLedger) -> None:
    fund_id = ledger.open().id

    def agreed(*statements: str) -> Stored[Arrangement]:
        return life.record_working_agreement(
            fund_id,
            agreed_on=TODAY,
            agreed_with=("person-0007",),
            reference="Sample agreement 4",
            statements=statements,
            desk=ledger.life,
            cause=ledger.by(PROVIDER_STAFF, "working", statements),
        )

    with pytest.raises(Invalid):
        agreed("listens", "works-for-nothing")
    assert agreed("listens", "equal-partner").state.working_agreements[0].version == 1


def test_each_pound_is_traced_to_an_outcome(ledger: LifeLedger) -> None:
    fund_id = ledger.open_and_funded()
    ledger.spend(fund_id)
    undone = ledger.spend(fund_id, amount=pounds("3.00")).posted
    assert undone is not None
    ledger.reverse(fund_id, undone.entry.entry_id)

    found, money = life.get_outcomes(fund_id, caller=a_caller(), desk=ledger.life)

    assert [(part.outcome_id, part.weekly_planned, part.spent) for part in money] == [
        ("outcome-fit", pounds("30.00"), pounds("12.50"))
    ]
    assert spent_in_all(money) == total(part.spent for part in money) == pounds("12.50")
    assert found.fund.id == fund_id


def test_a_fund_without_a_plan_has_no_money_to_trace() -> None:
    assert money_by_outcome(None, []) == ()


def test_each_persons_fund_has_its_voucher_code_and_whom_it_is_shared_with_sees_it_cp_5_5(ledger: LifeLedger) -> None:
    fund_id = ledger.open(shared_with=("relative-0001",)).id
    other_id = ledger.open(person_id="person-0008").id
    for each, code in ((fund_id, "VC-0007"), (other_id, "VC-0008")):
        arrange(ledger, each, voucher_code=code)
    viewers = (
        a_caller(actor_id="person-0007", roles=("person",), councils=(COUNCIL,)),
        a_caller(actor_id="relative-0001", roles=("nominee",), councils=(COUNCIL,)),
        PROVIDER_STAFF,
        SOCIAL_WORKER,
    )

    codes = [life.get_life(fund_id, caller=viewer, desk=ledger.life).arrangement.voucher_code for viewer in viewers]

    assert codes == ["VC-0007"] * 4
    with pytest.raises(NotFound):
        life.get_life(other_id, caller=viewers[0], desk=ledger.life)


def test_a_voucher_code_stands_until_another_is_given(ledger: LifeLedger) -> None:
    fund_id = ledger.open().id
    arrange(ledger, fund_id, voucher_code="VC-0007")

    arrange(ledger, fund_id, outcomes=(FIT,))
    kept = stands(ledger, fund_id).arrangement.voucher_code
    arrange(ledger, fund_id, voucher_code="VC-0011")

    assert (kept, stands(ledger, fund_id).arrangement.voucher_code) == ("VC-0007", "VC-0011")


def test_a_strangers_fund_has_no_life_for_them(ledger: LifeLedger) -> None:
    fund_id = ledger.open().id

    with pytest.raises(NotFound):
        life.get_life(fund_id, caller=a_caller(organisation_id="provider-0099"), desk=ledger.life)


def test_a_closed_fund_is_not_arranged_any_more_and_has_no_next_step(ledger: LifeLedger) -> None:
    fund_id = ledger.open().id
    ledger.close(fund_id)

    with pytest.raises(FundClosed):
        arrange(ledger, fund_id, outcomes=(FIT,))
    assert next_code(ledger, fund_id) is None
    assert len(steps_of(stands(ledger, fund_id).fund.state, stands(ledger, fund_id).arrangement)) == 7
