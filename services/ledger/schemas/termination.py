"""Terminations: what comes in, and what stands."""

from __future__ import annotations

from marshmallow import fields, validate

from services.ledger.model.entries import EVIDENCE
from services.ledger.model.funds import Fund
from services.ledger.model.termination import CLAUSE, PARTIES, Termination
from services.ledger.schemas.common import JSON, CommandSchema, Paged, Text, optional_day, optional_id
from services.ledger.schemas.variations import VariationCommand
from shared.messaging.aggregates import Stored
from shared.money import Pence
from shared.policy.clock_forms import clock_line
from shared.schemas import DayField, IdField, PenceField


class TerminateSchema(CommandSchema):
    council_id = IdField(required=True)
    provider_id = IdField(required=True)
    terminated_on = DayField(required=True)
    by_party = fields.String(required=True, validate=validate.OneOf(PARTIES))
    reason = Text(longest=1000, load_default="")

    def command(self, data: JSON) -> JSON:
        return data


class RepaymentSchema(VariationCommand):
    fund_id = IdField(required=True)
    repaid_on = optional_day()
    reference = Text(longest=200, load_default="")
    evidence = fields.String(validate=validate.OneOf(EVIDENCE), load_default="")


class SettleSchema(VariationCommand):
    amount_pence = PenceField(required=True, minimum=0)
    settled_on = optional_day()
    reference = Text(longest=200, load_default="")


class ListTerminations(Paged):
    council_id = optional_id()


def termination_out(stored: Stored[Termination], outstanding: list[tuple[Fund, Pence]]) -> JSON:
    """A termination as callers see it, with what has still to be repaid."""
    termination = stored.state
    settlement = termination.settlement
    return {
        "id": stored.id,
        "version": stored.version,
        "council_id": stored.council_id,
        "provider_id": termination.provider_id,
        "terminated_on": termination.terminated_on.isoformat(),
        "by_party": termination.by_party,
        "reason": termination.reason,
        "clause": CLAUSE,
        "outstanding": [{"fund_id": fund.fund_id, "in_hand_pence": held.amount} for fund, held in outstanding],
        "repayments": [
            {
                "fund_id": each.fund_id,
                "entry_id": each.entry_id,
                "amount_pence": each.amount.amount,
                "repaid_on": each.repaid_on.isoformat(),
            }
            for each in termination.repayments
        ],
        "all_repaid_on": termination.all_repaid_on.isoformat() if termination.all_repaid_on else None,
        "settlement": None
        if settlement is None
        else {
            "amount_pence": settlement.amount.amount,
            "settled_on": settlement.settled_on.isoformat(),
            "reference": settlement.reference,
        },
        "clocks": [clock_line(clock, termination.clocks) for clock in termination.clocks],
    }
