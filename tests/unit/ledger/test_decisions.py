"""Asking the rules without posting: one shape for every question."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.ledger.errors import UnknownCategory, UnknownQuestion
from services.ledger.handlers.decisions import decide_about_fund, decide_by_facts
from services.ledger.model.funds import HouseholdMember
from services.ledger.model.holds import PayeeHold
from services.ledger.model.questions import QUESTIONS
from services.ledger.schemas.common import PeriodSchema
from services.ledger.schemas.decisions import AskAboutFund, AskByFacts, decided_out
from services.ledger.schemas.facts import FACTS
from services.ledger.store import PAYEE_HOLDS, StoredHolds
from shared.context import Caller
from shared.errors import Invalid, NotFound, PolicyIncomplete
from shared.messaging.aggregates import Decision
from shared.messaging.cause import of_schedule
from shared.policy.errors import UnknownCouncil
from shared.problems import load
from tests.support.ledger_builders import COUNCIL, MONDAY, TODAY, Ledger, a_caller, a_plan_line

PACK = "cambridgeshire-peterborough/2022-04-01"
PLANNED: dict[str, Any] = {"plan_outcomes": ["outcome-fit"], "plan_categories": ["activity"]}
REST_LINE = a_plan_line(line_id="line-2", outcome_id="outcome-rest", category="short_stay")


def by_facts(question: str, council_id: str = COUNCIL, on: str | None = None, **facts: Any) -> dict[str, Any]:
    ledger = Ledger()
    asking, council = load(AskByFacts(), {"question": question, "facts": facts, "on": on, "council_id": council_id})
    return decided_out(decide_by_facts(asking, council, policies=ledger.policies, clock=ledger.clock))


def about(
    ledger: Ledger, fund_id: str, question: str, *, caller: Caller | None = None, on: str | None = None, **facts: Any
) -> dict[str, Any]:
    asking, fund = load(AskAboutFund(), {"question": question, "facts": facts, "on": on, "id": fund_id})
    decided = decide_about_fund(
        asking,
        fund,
        caller=caller or a_caller(),
        funds=ledger.funds,
        books=ledger.books,
        holds=StoredHolds(documents=ledger.store.documents(PAYEE_HOLDS), clock=ledger.clock),
        policies=ledger.policies,
        clock=ledger.clock,
    )
    return decided_out(decided)


def stay(first: date, days: int) -> dict[str, str]:
    return {"from": first.isoformat(), "to": (first + timedelta(days=days - 1)).isoformat()}


def test_every_question_has_facts_and_says_what_it_asks() -> None:
    assert set(FACTS) == set(QUESTIONS)
    assert all(question.about.endswith("?") for question in QUESTIONS.values())


def test_an_unknown_question_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownQuestion, match="residential-days-left") as refusal:
        by_facts("may-i")

    assert [(error.field, error.rule) for error in refusal.value.errors] == [("question", "known")]


def test_an_answer_names_the_council_and_the_pack_it_was_taken_under() -> None:
    told = by_facts("spend", category="lottery")

    assert (told["fund_id"], told["council_id"], told["policy_version"]) == (None, COUNCIL, PACK)


def test_a_refusal_names_clause_pack_and_that_nothing_would_change_it() -> None:
    told = by_facts("spend", category="Lottery")

    assert (told["answer"], told["clauses"]) == ("refuse", ["CP 6.17(e)", "CP 6.17"])
    assert told["would_change"] == []
    assert [reading["name"] for reading in told["readings"]] == ["prohibited_spend"]


def test_what_is_thought_of_is_allowed_by_the_plans_outcomes_that_the_facts_give() -> None:
    told = by_facts("spend", category="activity", outcome_id="outcome-fit", **PLANNED)

    assert (told["answer"], told["grounds"][0]["clause"]) == ("allow", "CP 6.17(g)")


@pytest.mark.parametrize(
    ("known", "answer", "clause"),
    [
        ({"payee_in_household": True}, "needs-agreement", "CP 6.17(h)"),
        ({"payee_on_hold": True}, "refuse", ""),
        ({"payee_in_household": True, "supply": "goods"}, "allow", "CP 6.17(g)"),
    ],
)
def test_without_a_fund_the_facts_say_what_is_known_of_the_payee(
    known: dict[str, Any], answer: str, clause: str
) -> None:
    told = by_facts("spend", category="activity", outcome_id="outcome-fit", **PLANNED, **known)

    assert (told["answer"], told["grounds"][0]["clause"]) == (answer, clause)


def test_equipment_names_the_two_readings_that_it_rests_on() -> None:
    told = by_facts(
        "spend",
        category="activity",
        outcome_id="outcome-fit",
        supply="equipment",
        amount_pence=5000,
        sought_first={
            "other_funding": "DFG-7",
            "council_route": "TEC-12",
            "council_answer": "sources",
            "council_price_pence": 4999,
        },
        **PLANNED,
    )

    assert (told["answer"], told["grounds"][0]["clause"]) == ("refuse", "CP 2.9")
    assert told["would_change"] == ["The same item at the council's price or less could be bought."]
    assert [reading["name"] for reading in told["readings"]] == ["prohibited_spend", "sought_first", "equipment_test"]


def test_equipment_without_an_amount_has_no_value_to_compare() -> None:
    with pytest.raises(Invalid) as refusal:
        by_facts("spend", category="activity", supply="equipment", **PLANNED)

    assert [error.field for error in refusal.value.errors] == ["facts.amount_pence"]


def test_a_category_nobody_knows_is_not_guessed_at() -> None:
    with pytest.raises(UnknownCategory, match="lotery"):
        by_facts("spend", category="lotery")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({}, "facts.category"),
        ({"category": "activity", "amount_pence": 12.5}, "facts.amount_pence"),
        ({"category": "activity", "amount_pence": 0}, "facts.amount_pence"),
        ({"category": "activity", "payee_on_hold": 1}, "facts.payee_on_hold"),
        ({"category": "activity", "colour": "red"}, "facts.colour"),
        ({"category": "short_stay", "period": {"from": "2026-03-02", "to": "2026-03-01"}}, "facts.period.to"),
        ({"category": "activity", "agreements": [{"clause": "CP 6.17(g)"}]}, "facts.agreements.0.agreed_by"),
    ],
)
def test_facts_that_make_no_sense_are_refused_by_field(facts: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        by_facts("spend", **facts)

    assert field in {error.field for error in refusal.value.errors}


def test_a_fund_knows_its_plan_household_holds_and_money() -> None:
    ledger = Ledger()
    spouse = HouseholdMember(party_id="party-spouse", relation="spouse")
    fund_id = ledger.open_and_funded(household=(spouse,))
    asked: dict[str, Any] = {"category": "activity", "outcome_id": "outcome-fit", "payee_id": "payee-pool"}

    allowed = about(ledger, fund_id, "spend", **asked, amount_pence=40_000)
    short = about(ledger, fund_id, "spend", **asked, amount_pence=40_001)
    household = about(ledger, fund_id, "spend", **asked | {"payee_id": "party-spouse"})

    assert (allowed["answer"], allowed["values"]) == ("allow", {"free_pence": 40_000})
    assert (short["answer"], short["would_change"]) == ("refuse", ["£0.01 more in the fund would allow it."])
    assert (household["answer"], household["clauses"][0]) == ("needs-agreement", "CP 6.17(h)")


@pytest.mark.parametrize(("pence", "answer"), [(39_999, "allow"), (40_000, "allow"), (40_001, "refuse")])
def test_what_the_fund_holds_is_the_limit_to_the_penny(pence: int, answer: str) -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()

    told = about(ledger, fund_id, "spend", category="activity", outcome_id="outcome-fit", amount_pence=pence)

    assert told["answer"] == answer


def test_a_payee_on_hold_is_known_and_the_cause_is_not() -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()
    hold = PayeeHold(party_id="pa-0009", held=True, from_at=MONDAY)
    ledger.holds.create("pa-0009", Decision(state=hold), council_id=COUNCIL, cause=of_schedule("test", "pa-0009"))

    told = about(ledger, fund_id, "spend", category="activity", outcome_id="outcome-fit", payee_id="pa-0009")

    assert (told["answer"], told["reason"], told["would_change"]) == ("refuse", "The payee is on hold.", [])


def test_asking_posts_nothing_and_keeps_nothing() -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()
    before, nudged = ledger.stored(fund_id), list(ledger.nudged)

    about(ledger, fund_id, "spend", category="lottery")
    about(ledger, fund_id, "residential-days-left")

    assert (ledger.stored(fund_id), ledger.nudged) == (before, nudged)


def test_another_councils_fund_is_not_there() -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()

    with pytest.raises(NotFound):
        about(ledger, fund_id, "spend", caller=a_caller(councils=("cheshire-east",)), category="lottery")


def test_a_council_without_such_rules_leaves_them_open_and_an_unknown_one_is_not_there() -> None:
    with pytest.raises(PolicyIncomplete, match="policy incomplete: cheshire-east"):
        by_facts("spend", "cheshire-east", category="lottery")
    with pytest.raises(UnknownCouncil):
        by_facts("spend", "nowhere", category="lottery")


@pytest.mark.parametrize(("days_before", "left"), [(0, 28), (1, 27), (27, 1), (28, 0), (29, 0)])
def test_days_left_right_after_a_stay_of_so_many_days(days_before: int, left: int) -> None:
    earlier = [stay(TODAY - timedelta(days=days_before), days_before)] if days_before else []

    told = by_facts("residential-days-left", first_on=TODAY.isoformat(), earlier_stays=earlier)

    assert told["answer"] == "value"
    assert (told["values"]["days_left"], told["values"]["most_days"]) == (left, 28)
    assert told["clauses"][0] == "CP 6.17(f)"


def test_a_stay_that_is_thought_of_is_told_by_how_much_it_is_too_long() -> None:
    told = by_facts("residential-days-left", period=stay(TODAY, 30))

    assert (told["values"]["days_counted"], told["values"]["days_too_many"]) == (30, 2)


def test_stays_that_the_fund_paid_for_count_and_one_that_was_reversed_does_not() -> None:
    ledger = Ledger()
    fund_id = ledger.open_with_plan(a_plan_line(), REST_LINE)
    ledger.pay_in(fund_id)
    period = stay(TODAY, 20)
    spent = ledger.spend(fund_id, category="short_stay", outcome_id="outcome-rest", period=a_period(period))
    following = (TODAY + timedelta(days=20)).isoformat()

    booked = about(ledger, fund_id, "residential-days-left", first_on=following)
    assert spent.posted is not None
    ledger.reverse(fund_id, spent.posted.entry.entry_id)
    undone = about(ledger, fund_id, "residential-days-left", first_on=following)

    assert (booked["values"]["days_left"], booked["values"]["stays"]) == (8, [period])
    assert (undone["values"]["days_left"], undone["values"]["stays"]) == (28, [])


def a_period(days: dict[str, str]) -> Any:
    return load(PeriodSchema(), days)


def test_a_short_stay_counts_however_its_category_is_spelt() -> None:
    told = by_facts(
        "spend",
        category="Short stay",
        outcome_id="outcome-fit",
        period=stay(TODAY, 29),
        plan_outcomes=["outcome-fit"],
        plan_categories=["Short stay"],
    )

    assert (told["answer"], told["clauses"][0]) == ("refuse", "CP 6.17(f)")
