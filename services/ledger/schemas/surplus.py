"""Surpluses: what comes in, and what stands."""

from __future__ import annotations

from marshmallow import fields, validate

from services.ledger.model.entries import EVIDENCE
from services.ledger.model.surplus import Said, Surplus
from services.ledger.schemas.common import JSON, Text, optional_day
from services.ledger.schemas.life import FundCommand
from services.ledger.schemas.variations import VariationCommand
from shared.dates import format_instant
from shared.messaging.aggregates import Stored


class ReportSurplusSchema(FundCommand):
    """The fund whose surplus is told."""


class SaidSchema(VariationCommand):
    words = Text(required=True, shortest=1, longest=4000)


class DecideSurplusSchema(VariationCommand):
    keep = fields.Boolean(required=True, truthy={True}, falsy={False})
    reason = Text(required=True, shortest=1, longest=1000)


class ReturnSurplusSchema(VariationCommand):
    returned_on = optional_day()
    reference = Text(longest=200, load_default="")
    evidence = fields.String(validate=validate.OneOf(EVIDENCE), load_default="")


def surplus_out(stored: Stored[Surplus]) -> JSON:
    """A surplus as callers see it."""
    surplus = stored.state
    return {
        "id": stored.id,
        "version": stored.version,
        "council_id": stored.council_id,
        "fund_id": surplus.fund_id,
        "state": surplus.state,
        "opened_at": format_instant(surplus.opened_at),
        "in_hand_pence": surplus.in_hand.amount,
        "over_pence": surplus.over.amount,
        "clause": surplus.clause,
        "policy_version": surplus.policy_version,
        "notice": _said(surplus.notice),
        "reply_by_on": surplus.reply_by_on.isoformat() if surplus.reply_by_on else None,
        "reply": _said(surplus.reply),
        "challenge": _said(surplus.challenge),
        "rulings": [
            {
                "keep": ruling.keep,
                "amount_pence": ruling.amount.amount,
                "reason": ruling.reason,
                "by": ruling.by,
                "at": format_instant(ruling.at),
                "clause": ruling.clause,
            }
            for ruling in surplus.rulings
        ],
        "returned_pence": surplus.returned.amount,
        "entry_id": surplus.entry_id,
    }


def _said(said: Said | None) -> JSON | None:
    return None if said is None else {"words": said.words, "by": said.by, "at": format_instant(said.at)}
