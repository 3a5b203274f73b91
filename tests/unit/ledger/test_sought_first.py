"""What is looked for before the fund pays: other funding, and for equipment the council's own route (CP 2.3, 2.9)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.ledger.model.funds import Plan
from services.ledger.model.refusals import not_allowed
from services.ledger.model.sought_first import NOT_FOR_LESS, FirstStep, SoughtFirst
from services.ledger.model.spend_rules import SpendRules, spend_rules_of
from services.ledger.model.spending import SpendDecision, decide_spend
from shared.errors import Invalid, PolicyIncomplete
from shared.money import Pence
from shared.policy.policies import Policies
from tests.support.ledger_builders import COUNCIL, TODAY, Ledger, a_plan_line, a_spend

PRICE = Pence(10000)
SHOWN = SoughtFirst(other_funding="Grant refused, DFG-7", council_route="TEC-12", council_answer="cannot")


@pytest.fixture(scope="module")
def rules() -> SpendRules:
    return spend_rules_of(Policies.load().pack(COUNCIL, on=TODAY))


def decide(rules: SpendRules, sought: SoughtFirst = SHOWN, **changes: Any) -> SpendDecision:
    plan = Plan(lines=(a_plan_line(),), written_by="provider-staff-0001", agreed_by="sw-0001", agreed_on=TODAY)
    asked = a_spend(**{"supply": "equipment", "amount": PRICE, "sought_first": sought} | changes)
    return decide_spend(asked, rules=rules, plan=plan, held_payees=frozenset(), household=frozenset())


def reading(rules: SpendRules, test: str) -> SpendRules:
    assert rules.first is not None
    return replace(rules, first=replace(rules.first, test=test))


def test_equipment_needs_what_was_sought_elsewhere_and_the_councils_answer(rules: SpendRules) -> None:
    decision = decide(rules, SoughtFirst())

    assert (decision.outcome, [ground.clause for ground in decision.grounds]) == ("refuse", ["CP 2.3", "CP 2.9"])
    assert all(ground.would_change for ground in decision.grounds)


@pytest.mark.parametrize(
    ("lacks", "clause"),
    [({"other_funding": ""}, "CP 2.3"), ({"council_route": ""}, "CP 2.9"), ({"council_answer": None}, "CP 2.9")],
)
def test_each_of_the_two_is_asked_by_itself(rules: SpendRules, lacks: dict[str, Any], clause: str) -> None:
    decision = decide(rules, replace(SHOWN, **lacks))

    assert [ground.clause for ground in decision.grounds] == [clause]


def test_equipment_that_the_council_cannot_get_is_bought_and_says_where_it_was_looked_for(rules: SpendRules) -> None:
    decision = decide(rules)

    assert (decision.outcome, decision.clause) == ("allow", "CP 6.17(g)")
    assert "DFG-7" in decision.reason
    assert "TEC-12" in decision.reason


@pytest.mark.parametrize(
    ("answer", "price", "chosen", "other"),
    [
        ("provides", None, "refuse", "refuse"),
        ("provides", 9999, "refuse", "refuse"),
        ("provides", 10000, "refuse", "allow"),
        ("provides", 10001, "refuse", "allow"),
        ("sources", 9999, "refuse", "refuse"),
        ("sources", 10000, "allow", "allow"),
        ("sources", 10001, "allow", "allow"),
    ],
)
def test_the_two_readings_of_cp_2_9_differ_in_what_the_council_provides_for_no_less(
    rules: SpendRules, answer: Any, price: int | None, chosen: str, other: str
) -> None:
    sought = replace(SHOWN, council_answer=answer, council_price=None if price is None else Pence(price))

    decisions = [decide(read, sought) for read in (rules, reading(rules, NOT_FOR_LESS))]

    assert [decision.outcome for decision in decisions] == [chosen, other]
    assert {decision.clause for decision in decisions if decision.outcome == "refuse"} <= {"CP 2.9"}


def test_a_council_that_sources_it_says_at_which_price(rules: SpendRules) -> None:
    with pytest.raises(Invalid) as refusal:
        decide(rules, replace(SHOWN, council_answer="sources"))

    assert [error.field for error in refusal.value.errors] == ["sought_first.council_price_pence"]


@pytest.mark.parametrize("supply", ["service", "goods"])
def test_what_is_no_equipment_is_not_asked_by_this_council(rules: SpendRules, supply: str) -> None:
    assert decide(rules, SoughtFirst(), supply=supply).outcome == "allow"


def test_a_council_may_ask_other_funding_of_everything(rules: SpendRules) -> None:
    everything = FirstStep(
        step="other-funding", label="Wider funding", supplies=frozenset({"service", "goods"}), clause="CP 2.3"
    )
    assert rules.first is not None
    wider = replace(rules, first=replace(rules.first, steps=(everything,)))

    assert decide(wider, SoughtFirst(), supply="service").clause == "CP 2.3"
    assert decide(wider, supply="service").outcome == "allow"


def test_a_pack_that_says_nothing_of_equipment_stops_it_and_nothing_else(rules: SpendRules) -> None:
    silent = replace(rules, first=None)

    assert decide(silent, SoughtFirst(), supply="goods").outcome == "allow"
    with pytest.raises(PolicyIncomplete, match=r"policy incomplete: .*equipment_test"):
        decide(silent)


def test_cp_6_17_comes_before_equipment(rules: SpendRules) -> None:
    assert decide(rules, SoughtFirst(), category="dentist").clause == "CP 6.17(a)"


def test_an_outcome_that_was_not_agreed_is_asked_of_equipment_too(rules: SpendRules) -> None:
    decision = decide(rules, outcome_id="outcome-travel")

    assert (decision.outcome, decision.clause) == ("needs_agreement", "CP 6.17(g)")


def test_the_entry_of_equipment_keeps_what_was_shown_and_a_refusal_is_on_record() -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()

    bought = ledger.spend(fund_id, supply="equipment", sought_first=SHOWN).posted
    refusal = ledger.spend(fund_id, supply="equipment").refusal

    assert bought is not None
    assert bought.entry.draft.grounds is not None
    assert "TEC-12" in bought.entry.draft.grounds.reason
    assert refusal is not None
    assert refusal.decision.clause == "CP 2.3"
    assert ledger.refusals.get(refusal.spend_id).state == refusal


@pytest.mark.parametrize(
    ("sought", "fields"),
    [
        (SoughtFirst(), ["sought_first.other_funding", "sought_first.council_route"]),
        (replace(SHOWN, council_answer=None), ["sought_first.council_answer"]),
        (replace(SHOWN, council_answer="provides"), ["sought_first.council_answer"]),
        (replace(SHOWN, council_answer="sources", council_price=Pence(9999)), ["amount_pence"]),
    ],
)
def test_a_refusal_names_what_of_the_request_could_change_it(
    rules: SpendRules, sought: SoughtFirst, fields: list[str]
) -> None:
    assert [error.field for error in not_allowed(decide(rules, sought)).errors] == fields
