"""Agreeing to a spend that needed it: another officer, a reason, once; where CP 6.17 gives no route, never."""

from __future__ import annotations

from typing import Any

import pytest

from services.ledger.errors import (
    NoRouteToAgreement,
    SpendAgreedBefore,
    SpendNeedsAnotherAgreer,
    SpendNotAllowed,
    WouldOverdrawFund,
)
from services.ledger.handlers.agreeing import agree_to_spend
from services.ledger.model.blocks import Posted
from services.ledger.model.commands import AgreeToSpend
from services.ledger.model.funds import HouseholdMember
from services.ledger.model.holds import PayeeHold
from services.ledger.store import PAYEE_HOLDS, StoredHolds
from shared.context import Caller
from shared.errors import Invalid, NotFound
from shared.messaging.aggregates import Decision
from shared.messaging.cause import of_schedule
from tests.support.ledger_builders import COUNCIL, MONDAY, Ledger, a_caller, pounds

SPOUSE = HouseholdMember(party_id="party-spouse", relation="spouse")
OFFICER = a_caller(actor_id="commissioner-0001", roles=("commissioner",))
ELSEWHERE: dict[str, Any] = {"outcome_id": "outcome-travel"}


def agree(ledger: Ledger, fund_id: str, spend_id: str, *, caller: Caller = OFFICER, **changes: Any) -> Posted:
    command = AgreeToSpend(**{"fund_id": fund_id, "spend_id": spend_id, "reason": "It suits them."} | changes)
    return agree_to_spend(
        command,
        cause=ledger.cause("agree_to_spend", command, caller=caller),
        funds=ledger.funds,
        books=ledger.books,
        refusals=ledger.refusals,
        holds=StoredHolds(documents=ledger.store.documents(PAYEE_HOLDS), clock=ledger.clock),
        policies=ledger.policies,
        clock=ledger.clock,
        attempts=ledger.attempts,
    )


def refused(ledger: Ledger, fund_id: str, **spend: Any) -> str:
    refusal = ledger.spend(fund_id, **spend).refusal
    assert refusal is not None
    return refusal.spend_id


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def fund_id(ledger: Ledger) -> str:
    return ledger.open_and_funded(household=(SPOUSE,))


def test_the_commissioner_agrees_to_another_outcome_and_the_spend_is_posted_as_it_was_asked(
    ledger: Ledger, fund_id: str
) -> None:
    spend_id = refused(ledger, fund_id, **ELSEWHERE)

    posted = agree(ledger, fund_id, spend_id)

    entry = posted.entry
    assert (entry.type, entry.amount, entry.actor_id) == ("spend", pounds("12.50"), "commissioner-0001")
    assert entry.draft.purpose is not None
    assert entry.draft.purpose.outcome_id == "outcome-travel"
    assert entry.draft.grounds is not None
    assert entry.draft.grounds.clause == "CP 6.17(g)"
    assert entry.draft.grounds.reason == "The agreement of the commissioner was given (CP 6.17(g)). It suits them."


def test_the_household_needs_the_agreement_in_writing(ledger: Ledger, fund_id: str) -> None:
    spend_id = refused(ledger, fund_id, payee_id="party-spouse")

    with pytest.raises(Invalid) as refusal:
        agree(ledger, fund_id, spend_id)
    posted = agree(ledger, fund_id, spend_id, reference="AGR-2")

    assert [(error.field, error.rule) for error in refusal.value.errors] == [("reference", "in-writing")]
    assert posted.entry.draft.grounds is not None
    assert posted.entry.draft.grounds.clause == "CP 6.17(h)"


def test_both_agreements_are_given_when_both_were_lacking(ledger: Ledger, fund_id: str) -> None:
    spend_id = refused(ledger, fund_id, payee_id="party-spouse", **ELSEWHERE)

    posted = agree(ledger, fund_id, spend_id, reference="AGR-3")

    assert posted.entry.draft.grounds is not None
    assert "CP 6.17(h)" in posted.entry.draft.grounds.reason
    assert "CP 6.17(g)" in posted.entry.draft.grounds.reason


@pytest.mark.parametrize("category", ["dentist", "rent", "tips", "illegal", "lottery", "long_term_residential_care"])
def test_what_a_to_f_refuses_has_no_route_to_agreement(ledger: Ledger, fund_id: str, category: str) -> None:
    spend_id = refused(ledger, fund_id, category=category)

    with pytest.raises(NoRouteToAgreement, match=r"CP 6\.17\([a-f]\)"):
        agree(ledger, fund_id, spend_id, reference="AGR-4")


def test_a_hold_has_no_route_and_its_cause_is_not_told(ledger: Ledger, fund_id: str) -> None:
    hold(ledger, "pa-0009")
    spend_id = refused(ledger, fund_id, payee_id="pa-0009")

    with pytest.raises(NoRouteToAgreement) as refusal:
        agree(ledger, fund_id, spend_id)

    assert refusal.value.detail == "Nobody's agreement changes this: The payee is on hold."


def test_whoever_asked_cannot_agree(ledger: Ledger, fund_id: str) -> None:
    spend_id = refused(ledger, fund_id, **ELSEWHERE)

    with pytest.raises(SpendNeedsAnotherAgreer):
        agree(ledger, fund_id, spend_id, caller=a_caller())


def test_a_hold_imposed_since_still_refuses(ledger: Ledger, fund_id: str) -> None:
    spend_id = refused(ledger, fund_id, payee_id="pa-0009", **ELSEWHERE)
    hold(ledger, "pa-0009")

    with pytest.raises(SpendNotAllowed, match="on hold"):
        agree(ledger, fund_id, spend_id)


def test_it_is_posted_once_whoever_agrees_and_how_often(ledger: Ledger, fund_id: str) -> None:
    spend_id = refused(ledger, fund_id, **ELSEWHERE)

    first, again = agree(ledger, fund_id, spend_id), agree(ledger, fund_id, spend_id)
    with pytest.raises(SpendAgreedBefore):
        agree(ledger, fund_id, spend_id, caller=a_caller(actor_id="commissioner-0002", roles=("commissioner",)))

    assert again.entry.entry_id == first.entry.entry_id
    assert ledger.head(fund_id).free == pounds("387.50")


def test_the_fund_is_not_overdrawn_by_agreement(ledger: Ledger, fund_id: str) -> None:
    spend_id = refused(ledger, fund_id, amount=pounds("400.01"), **ELSEWHERE)

    with pytest.raises(WouldOverdrawFund):
        agree(ledger, fund_id, spend_id)


def test_a_refused_spend_of_another_fund_is_not_there(ledger: Ledger, fund_id: str) -> None:
    other = ledger.open_and_funded()
    spend_id = refused(ledger, other, **ELSEWHERE)

    with pytest.raises(NotFound):
        agree(ledger, fund_id, spend_id)


def hold(ledger: Ledger, party_id: str) -> None:
    held = PayeeHold(party_id=party_id, held=True, from_at=MONDAY)
    ledger.holds.create(party_id, Decision(state=held), council_id=COUNCIL, cause=of_schedule("test", party_id))
