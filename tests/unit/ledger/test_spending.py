"""What the fund may be spent on: CP 6.17, clause by clause, read from the council's own pack."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest

from services.ledger.errors import PlanHasProhibitedSpend, UnknownCategory
from services.ledger.model.entries import Period
from services.ledger.model.funds import Plan
from services.ledger.model.refusals import not_allowed
from services.ledger.model.spend_rules import SpendRules, spend_rules_of
from services.ledger.model.spending import Agreement, SpendDecision, check_plan, decide_spend
from shared.errors import Invalid
from shared.policy.policies import Policies
from tests.support.ledger_builders import COUNCIL, TODAY, a_plan_line, a_spend

SPOUSE = "party-spouse"
CARE_PLAN = (
    a_plan_line(),
    a_plan_line(line_id="line-2", outcome_id="outcome-home", category="personal_care"),
    a_plan_line(line_id="line-3", outcome_id="outcome-rest", category="short_stay"),
    a_plan_line(line_id="line-4", outcome_id="outcome-home", category="employers_liability_insurance"),
    a_plan_line(line_id="line-5", outcome_id="outcome-home", category="help_with_a_tenancy"),
    a_plan_line(line_id="line-6", outcome_id="outcome-fit", category="art_class"),
)
STAY: dict[str, Any] = {"category": "short_stay", "outcome_id": "outcome-rest"}


@pytest.fixture(scope="module")
def rules() -> SpendRules:
    return spend_rules_of(Policies.load().pack(COUNCIL, on=TODAY))


def a_stay(first: date, days: int) -> Period:
    return Period(from_on=first, to_on=first + timedelta(days=days - 1))


def an_agreement(clause: str, agreed_by: str, reference: str = "") -> tuple[Agreement, ...]:
    return (Agreement(clause=clause, agreed_by=agreed_by, agreed_on=TODAY, reference=reference),)


def decide(
    rules: SpendRules,
    *,
    held: frozenset[str] = frozenset(),
    earlier_stays: tuple[Period, ...] = (),
    **changes: Any,
) -> SpendDecision:
    plan = Plan(lines=CARE_PLAN, written_by="provider-staff-0001", agreed_by="social-worker-0001", agreed_on=TODAY)
    return decide_spend(
        a_spend(**changes),
        rules=rules,
        plan=plan,
        held_payees=held,
        household=frozenset({SPOUSE}),
        earlier_stays=earlier_stays,
    )


@dataclass(frozen=True, kw_only=True)
class Case:
    """A spend, and what CP 6.17 answers."""

    id: str
    outcome: str
    clause: str
    spend: dict[str, Any]
    earlier_stays: tuple[Period, ...] = field(default=())


CASES = (
    # (a) to (e): no agreement changes the answer
    *(
        Case(
            id=f"6.17({letter}) refuses {category}",
            outcome="refuse",
            clause=f"CP 6.17({letter})",
            spend={"category": category},
        )
        for letter, categories in {
            "a": (
                "health_service",
                "dentist",
                "chiropody",
                "physiotherapy",
                "household_expense",
                "food",
                "utility bills",
            ),
            "b": ("accommodation", "rent", "mortgage payments"),
            "c": ("non_statutory_liability", "tips", "bonuses", "ex gratia payments"),
            "d": ("illegal", "unsafe_service"),
            "e": ("gambling", "lottery", "bingo tickets", "Raffle-Tickets", "alcohol", "cigarettes", "tobacco"),
        }.items()
        for category in categories
    ),
    Case(
        id="6.17(a) allows personal care, which is no health service",
        outcome="allow",
        clause="CP 6.17(g)",
        spend={"category": "personal_care", "outcome_id": "outcome-home"},
    ),
    Case(
        id="6.17(b) allows help with a tenancy, which is no rent",
        outcome="allow",
        clause="CP 6.17(g)",
        spend={"category": "help_with_a_tenancy", "outcome_id": "outcome-home"},
    ),
    Case(
        id="6.17(c) allows an employer's insurance, which the law requires",
        outcome="allow",
        clause="CP 6.17(g)",
        spend={"category": "employers_liability_insurance", "outcome_id": "outcome-home"},
    ),
    Case(id="6.17(d) allows what is legal and safe", outcome="allow", clause="CP 6.17(g)", spend={}),
    Case(
        id="6.17(e) allows an art class, which is no game of chance",
        outcome="allow",
        clause="CP 6.17(g)",
        spend={"category": "art_class"},
    ),
    Case(
        id="6.17(e) refuses a lottery ticket whatever agreement is shown",
        outcome="refuse",
        clause="CP 6.17(e)",
        spend={"category": "lottery", "agreements": an_agreement("CP 6.17(e)", "commissioner", "AGR-1")},
    ),
    # (f) long-term residential care never; a short stay within 4 weeks in any 12 months
    Case(
        id="6.17(f) refuses residential care for the long term",
        outcome="refuse",
        clause="CP 6.17(f)",
        spend={"category": "long_term_residential_care"},
    ),
    Case(
        id="6.17(f) allows a stay of exactly 4 weeks",
        outcome="allow",
        clause="CP 6.17(g)",
        spend=STAY | {"period": a_stay(TODAY, 28)},
    ),
    Case(
        id="6.17(f) refuses a stay of 4 weeks and a day",
        outcome="refuse",
        clause="CP 6.17(f)",
        spend=STAY | {"period": a_stay(TODAY, 29)},
    ),
    Case(
        id="6.17(f) refuses a stay that runs on from another",
        outcome="refuse",
        clause="CP 6.17(f)",
        spend=STAY | {"period": a_stay(TODAY, 14)},
        earlier_stays=(a_stay(TODAY - timedelta(days=15), 15),),
    ),
    Case(
        id="6.17(f) allows a stay apart from another, as the pack joins none",
        outcome="allow",
        clause="CP 6.17(g)",
        spend=STAY | {"period": a_stay(TODAY, 14)},
        earlier_stays=(a_stay(TODAY - timedelta(days=16), 15),),
    ),
    # (g) the agreed outcomes, or the Commissioner's agreement, not said to be in writing
    Case(id="6.17(g) allows what serves an agreed outcome", outcome="allow", clause="CP 6.17(g)", spend={}),
    Case(
        id="6.17(g) asks for agreement to another outcome",
        outcome="needs_agreement",
        clause="CP 6.17(g)",
        spend={"outcome_id": "outcome-travel"},
    ),
    Case(
        id="6.17(g) asks for agreement when no outcome is named",
        outcome="needs_agreement",
        clause="CP 6.17(g)",
        spend={"outcome_id": None},
    ),
    Case(
        id="6.17(g) allows another outcome with the Commissioner's spoken agreement",
        outcome="allow",
        clause="CP 6.17(g)",
        spend={"outcome_id": "outcome-travel", "agreements": an_agreement("CP 6.17(g)", "commissioner")},
    ),
    Case(
        id="6.17(g) is not met by somebody else's agreement",
        outcome="needs_agreement",
        clause="CP 6.17(g)",
        spend={"outcome_id": "outcome-travel", "agreements": an_agreement("CP 6.17(g)", "finance_officer", "AGR-1")},
    ),
    # (h) services from someone in the household, with the Commissioning Manager's written agreement
    Case(
        id="6.17(h) asks for written agreement to pay a spouse in the household",
        outcome="needs_agreement",
        clause="CP 6.17(h)",
        spend={"payee_id": SPOUSE},
    ),
    Case(
        id="6.17(h) looks through a firm to who does the work",
        outcome="needs_agreement",
        clause="CP 6.17(h)",
        spend={"payee_id": "payee-firm", "delivered_by": SPOUSE},
    ),
    Case(
        id="6.17(h) is not met by an agreement that is not in writing",
        outcome="needs_agreement",
        clause="CP 6.17(h)",
        spend={"payee_id": SPOUSE, "agreements": an_agreement("CP 6.17(h)", "commissioning_manager")},
    ),
    Case(
        id="6.17(h) allows a spouse with the written agreement",
        outcome="allow",
        clause="CP 6.17(h)",
        spend={"payee_id": SPOUSE, "agreements": an_agreement("CP 6.17(h)", "commissioning_manager", "AGR-2")},
    ),
    Case(
        id="6.17(h) is about services, not goods",
        outcome="allow",
        clause="CP 6.17(g)",
        spend={"payee_id": SPOUSE, "supply": "goods"},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_cp_6_17_answers_with_its_clause(rules: SpendRules, case: Case) -> None:
    decision = decide(rules, earlier_stays=case.earlier_stays, **case.spend)

    assert (decision.outcome, decision.clause) == (case.outcome, case.clause)
    assert decision.reason.endswith(".")


@pytest.mark.parametrize(("days", "outcome"), [(27, "allow"), (28, "allow"), (29, "refuse")])
def test_a_stay_of_a_day_less_than_the_limit_of_the_limit_and_of_a_day_more(
    rules: SpendRules, days: int, outcome: str
) -> None:
    assert decide(rules, **STAY, period=a_stay(TODAY, days)).outcome == outcome


def test_every_category_and_example_that_the_pack_refuses_is_refused_under_its_clause(rules: SpendRules) -> None:
    found = {name: decide(rules, category=name.replace("_", " ").title()) for name in rules.prohibited}

    assert len(found) > 20
    assert {name: decision.clause for name, decision in found.items()} == {
        name: prohibition.clause for name, prohibition in rules.prohibited.items()
    }
    assert {decision.outcome for decision in found.values()} == {"refuse"}


@pytest.mark.parametrize("letter", "abcdef")
def test_a_to_f_are_refused_whatever_agreements_are_shown(rules: SpendRules, letter: str) -> None:
    clause = f"CP 6.17({letter})"
    both = (*an_agreement(clause, "commissioner", "A-1"), *an_agreement(clause, "commissioning_manager", "A-2"))
    spends = [case.spend for case in CASES if case.clause == clause and case.outcome == "refuse"]

    assert spends
    assert {decide(rules, **spend | {"agreements": both}).outcome for spend in spends if "period" not in spend} == {
        "refuse"
    }


def test_every_sub_clause_of_the_pack_has_a_case(rules: SpendRules) -> None:
    clauses = {prohibition.clause for prohibition in rules.prohibited.values()}
    clauses |= {rules.outside_outcomes.clause, rules.household.clause, rules.stay_limit.clause}

    assert clauses == {case.clause for case in CASES if case.outcome != "allow"}


@pytest.mark.parametrize(
    ("letter", "answers"),
    [
        *((letter, {"allow", "refuse"}) for letter in "abcdef"),  # no agreement is a way out of these
        *((letter, {"allow", "needs_agreement"}) for letter in "gh"),  # nor does either of these ever refuse for good
    ],
)
def test_every_letter_has_an_example_of_each_answer_that_its_clause_can_give(letter: str, answers: set[str]) -> None:
    assert {case.outcome for case in CASES if case.id.startswith(f"6.17({letter})")} == answers


def test_a_lottery_ticket_is_refused_naming_its_clause_and_nothing_would_change_it(rules: SpendRules) -> None:
    decision = decide(rules, category="lottery")

    assert decision.outcome == "refuse"
    assert decision.clause == "CP 6.17(e)"
    assert "CP 6.17(e)" in decision.reason
    assert decision.would_change == ""


def test_an_agreement_that_is_needed_says_whose_and_whether_in_writing(rules: SpendRules) -> None:
    decision = decide(rules, payee_id=SPOUSE)

    assert decision.would_change == "The written agreement of the commissioning manager would allow it."


def test_two_agreements_that_are_needed_are_both_named(rules: SpendRules) -> None:
    decision = decide(rules, payee_id=SPOUSE, outcome_id="outcome-travel")

    assert [ground.clause for ground in decision.grounds] == ["CP 6.17(h)", "CP 6.17(g)"]


def test_one_of_two_agreements_is_not_enough(rules: SpendRules) -> None:
    written = an_agreement("CP 6.17(h)", "commissioning_manager", "AGR-2")

    decision = decide(rules, payee_id=SPOUSE, outcome_id="outcome-travel", agreements=written)

    assert (decision.outcome, decision.clause) == ("needs_agreement", "CP 6.17(g)")


def test_a_stay_that_is_too_long_says_how_much_shorter_it_would_have_to_be(rules: SpendRules) -> None:
    decision = decide(rules, **STAY, period=a_stay(TODAY, 30))

    assert "2 days shorter" in decision.would_change


def test_a_stay_without_its_days_cannot_be_judged(rules: SpendRules) -> None:
    with pytest.raises(Invalid) as refusal:
        decide(rules, **STAY)

    assert [error.field for error in refusal.value.errors] == ["period"]


def test_a_payee_on_hold_is_refused_with_that_and_nothing_more(rules: SpendRules) -> None:
    decision = decide(rules, payee_id="pa-0009", held=frozenset({"pa-0009"}))

    assert decision.outcome == "refuse"
    assert decision.reason == "The payee is on hold."
    assert (decision.clause, decision.would_change) == ("", "")


def test_a_hold_is_seen_through_a_firm(rules: SpendRules) -> None:
    decision = decide(rules, payee_id="payee-firm", delivered_by="pa-0009", held=frozenset({"pa-0009"}))

    assert decision.reason == "The payee is on hold."


def test_a_hold_on_somebody_else_changes_nothing(rules: SpendRules) -> None:
    assert decide(rules, held=frozenset({"pa-0009"})).outcome == "allow"


def test_a_category_that_neither_plan_nor_policy_knows_is_not_guessed_at(rules: SpendRules) -> None:
    with pytest.raises(UnknownCategory, match="lotery") as refusal:
        decide(rules, category="lotery")

    assert [error.field for error in refusal.value.errors] == ["category"]


def test_a_plan_with_prohibited_spending_names_line_and_clause(rules: SpendRules) -> None:
    lines = (a_plan_line(), a_plan_line(line_id="line-2", category="Alcohol"))
    plan = Plan(lines=lines, written_by="provider-staff-0001", agreed_by="social-worker-0001", agreed_on=TODAY)

    with pytest.raises(PlanHasProhibitedSpend) as refusal:
        check_plan(plan, rules)

    assert [error.field for error in refusal.value.errors] == ["lines.1.category"]
    assert "CP 6.17(e)" in refusal.value.errors[0].message


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"category": "alcohol"}, "category"),
        ({"held": frozenset({"payee-pool"})}, "payee_id"),
        ({"delivered_by": "pa-0009", "held": frozenset({"pa-0009"})}, "delivered_by"),
        ({"category": "short_stay", "period": Period(from_on=TODAY, to_on=TODAY + timedelta(days=60))}, "period"),
        ({"outcome_id": "outcome-travel"}, "outcome_id"),
        ({"payee_id": SPOUSE}, "agreements"),
    ],
)
def test_a_refusal_names_what_of_the_request_it_is_about(rules: SpendRules, asked: dict[str, Any], field: str) -> None:
    assert [error.field for error in not_allowed(decide(rules, **asked)).errors] == [field]
