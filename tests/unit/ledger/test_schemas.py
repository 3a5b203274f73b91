"""What the ledger's edge takes in, and refuses by name; and what it gives."""

from __future__ import annotations

import json
from typing import Any

import pytest
from marshmallow import Schema

from services.ledger.handlers.proving import get_proof
from services.ledger.model.commands import OpenFund, RequestSpend
from services.ledger.model.verification import Anchor
from services.ledger.schemas.entries import ReverseEntrySchema, entry_out
from services.ledger.schemas.funds import AgreePlanSchema, CloseFundSchema, ListFunds, OpenFundSchema, fund_out
from services.ledger.schemas.payments import TakePaymentInSchema, payment_out
from services.ledger.schemas.reading import BalanceAsked, ProofAsked, proof_out
from services.ledger.schemas.spending import RequestSpendSchema
from shared.errors import Invalid
from shared.problems import load
from tests.support.ledger_builders import COUNCIL, TODAY, Ledger, a_caller, pounds

FUND: dict[str, Any] = {
    "council_id": COUNCIL,
    "person_id": "person-0007",
    "provider_id": "provider-0003",
    "weekly_budget_pence": 10000,
    "starts_on": "2026-03-02",
}
LINE: dict[str, Any] = {"line_id": "l1", "outcome_id": "o1", "category": "activity", "weekly_cost_pence": 3000}
PLAN: dict[str, Any] = {"id": "fund-1", "written_by": "staff-1", "lines": [LINE]}
PAYMENT: dict[str, Any] = {"id": "fund-1"}
SPEND: dict[str, Any] = {
    "id": "fund-1",
    "amount_pence": 1250,
    "category": "activity",
    "payee_id": "pool",
    "effective_on": "2026-03-02",
}
REVERSAL: dict[str, Any] = {"id": "fund-1", "entry_id": "fund-1.1.1", "reason": "paid twice"}


def faults(schema: Schema, payload: dict[str, Any]) -> list[str]:
    with pytest.raises(Invalid) as refusal:
        load(schema, payload)
    return [error.field for error in refusal.value.errors]


def test_a_fund_to_open_becomes_its_command() -> None:
    command = load(OpenFundSchema(), FUND | {"expected_version": None})

    assert command == OpenFund(
        council_id=COUNCIL,
        person_id="person-0007",
        provider_id="provider-0003",
        weekly_budget=pounds("100.00"),
        starts_on=TODAY,
    )


def test_a_spend_with_everything_becomes_its_command() -> None:
    given = SPEND | {
        "outcome_id": "o1",
        "delivered_by": "pa-1",
        "supply": "goods",
        "period": {"from": "2026-03-02", "to": "2026-03-08"},
        "agreements": [{"clause": "CP 6.17(g)", "agreed_by": "commissioner", "agreed_on": "2026-03-01"}],
        "evidence": "invoice",
        "reference": "INV-1",
    }

    command = load(RequestSpendSchema(), given)

    assert isinstance(command, RequestSpend)
    assert (command.fund_id, command.reference, command.evidence) == ("fund-1", "INV-1", "invoice")
    assert command.spend.period is not None
    assert command.spend.period.days == 7
    assert command.spend.agreements[0].clause == "CP 6.17(g)"


@pytest.mark.parametrize(
    ("schema", "sound", "change", "field"),
    [
        (OpenFundSchema(), FUND, {"weekly_budget_pence": 0}, "weekly_budget_pence"),
        (OpenFundSchema(), FUND, {"weekly_budget_pence": 100.5}, "weekly_budget_pence"),
        (OpenFundSchema(), FUND, {"weekly_budget_pence": "10000"}, "weekly_budget_pence"),
        (OpenFundSchema(), FUND, {"weekly_budget_pence": True}, "weekly_budget_pence"),
        (OpenFundSchema(), FUND, {"starts_on": "2026-02-31"}, "starts_on"),
        (OpenFundSchema(), FUND, {"surprise": 1}, "surprise"),
        (OpenFundSchema(), FUND, {"household": [{"party_id": "x"}]}, "household.0.relation"),
        (AgreePlanSchema(), PLAN, {"lines": []}, "lines"),
        (AgreePlanSchema(), PLAN, {"lines": [LINE, LINE]}, "lines"),
        (AgreePlanSchema(), PLAN, {"lines": [LINE | {"weekly_cost_pence": -1}]}, "lines.0.weekly_cost_pence"),
        (AgreePlanSchema(), PLAN, {"expected_version": "2"}, "expected_version"),
        (TakePaymentInSchema(), PAYMENT, {"amount_pence": -40000}, "amount_pence"),
        (TakePaymentInSchema(), PAYMENT, {"amount_pence": 10**12 + 1}, "amount_pence"),
        (TakePaymentInSchema(), PAYMENT, {"evidence": "hearsay"}, "evidence"),
        (TakePaymentInSchema(), PAYMENT, {"reference": "x" * 201}, "reference"),
        (TakePaymentInSchema(), PAYMENT, {"reference": "\ud800"}, "reference"),
        (TakePaymentInSchema(), PAYMENT, {"reference": "a\x00b"}, "reference"),
        (RequestSpendSchema(), SPEND, {"amount_pence": 0}, "amount_pence"),
        (RequestSpendSchema(), SPEND, {"amount_pence": -1}, "amount_pence"),
        (RequestSpendSchema(), SPEND, {"category": ""}, "category"),
        (RequestSpendSchema(), SPEND, {"payee_id": "a/b"}, "payee_id"),
        (RequestSpendSchema(), SPEND, {"supply": "both"}, "supply"),
        (RequestSpendSchema(), SPEND, {"period": {"from": "2026-03-02", "to": "2026-03-01"}}, "period.to"),
        (RequestSpendSchema(), SPEND, {"period": {"from": "2026-03-02"}}, "period.to"),
        (ReverseEntrySchema(), REVERSAL, {"reason": ""}, "reason"),
        (ListFunds(), {}, {"limit": 0}, "limit"),
        (ListFunds(), {}, {"limit": 1_000_000}, "limit"),
        (BalanceAsked(), {"id": "fund-1"}, {"known_at": "2026-03-02T09:00:00"}, "known_at"),
        (ProofAsked(), {"id": "fund-1"}, {"head_number": 3}, "head_hash"),
        (ProofAsked(), {"id": "fund-1"}, {"head_number": 3, "head_hash": "XYZ"}, "head_hash"),
    ],
)
def test_a_field_that_breaks_its_rule_is_named(
    schema: Schema, sound: dict[str, Any], change: dict[str, Any], field: str
) -> None:
    load(schema, sound)

    assert field in faults(schema, sound | change)


@pytest.mark.parametrize(
    ("schema", "sound", "required"),
    [
        (OpenFundSchema(), FUND, set(FUND)),
        (AgreePlanSchema(), PLAN, set(PLAN)),
        (TakePaymentInSchema(), PAYMENT, {"id"}),
        (RequestSpendSchema(), SPEND, set(SPEND)),
        (ReverseEntrySchema(), REVERSAL, set(REVERSAL)),
        (CloseFundSchema(), {"id": "fund-1"}, {"id"}),
    ],
)
def test_every_field_that_is_missing_is_named_at_once(
    schema: Schema, sound: dict[str, Any], required: set[str]
) -> None:
    assert set(faults(schema, {})) == required


def test_a_head_told_earlier_becomes_the_proof_s_anchor() -> None:
    asked = load(ProofAsked(), {"id": "fund-1", "head_number": 3, "head_hash": "0" * 64})

    assert asked.anchors == (Anchor(book="fund-1", number=3, hash="0" * 64),)


def test_every_reply_is_plain_json_in_whole_pence() -> None:
    ledger = Ledger()
    stored = ledger.open()
    fund_id = ledger.agree(stored.id).id
    taken = ledger.pay_in(fund_id)
    spent = ledger.spend(fund_id).posted
    assert spent is not None
    proof = get_proof(fund_id, caller=a_caller(), funds=ledger.funds, books=ledger.books, expiries=ledger.expiries)

    fund = fund_out(ledger.funds.get(fund_id))
    payment = payment_out(taken)
    spend = entry_out(spent)
    proved = proof_out(fund_id, proof)

    assert json.loads(json.dumps([fund, payment, spend, proved])) == [fund, payment, spend, proved]
    assert (fund["id"], fund["version"], fund["weekly_budget_pence"]) == (fund_id, 2, 10000)
    assert payment["year"]["full_year_pence"] == 520000
    assert (spend["clause"], spend["balance_pence"], spend["payee_id"]) == ("CP 6.17(g)", 38750, "payee-pool")
    assert [posting["side"] for posting in spend["postings"]] == ["Dr", "Cr"]
    assert (proved["holds"], proved["findings"], proved["head"]["number"]) == (True, [], 2)
