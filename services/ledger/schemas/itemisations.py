"""Seeing a fund's entries one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, validates_schema

from services.ledger.model.entries import Period
from services.ledger.model.itemisations import CLAUSE, Itemisation, Itemised
from services.ledger.schemas.common import JSON, CommandSchema, Text, period_out, reckonable_day
from services.ledger.schemas.entries import entry_out
from shared.dates import format_instant
from shared.messaging.aggregates import Stored
from shared.schemas import IdField

LONGEST_DAYS = 366


class ItemiseSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    from_on = reckonable_day(data_key="from", required=True)
    to_on = reckonable_day(data_key="to", required=True)
    reason = Text(required=True, shortest=1, longest=500)

    @validates_schema
    def check_days(self, data: Mapping[str, Any], **_: Any) -> None:
        if data["to_on"] < data["from_on"]:
            raise ValidationError("The last day comes before the first.", "to")
        if (data["to_on"] - data["from_on"]).days >= LONGEST_DAYS:
            raise ValidationError(f"These are more than {LONGEST_DAYS} days.", "to")

    def command(self, data: JSON) -> JSON:
        period = Period(from_on=data.pop("from_on"), to_on=data.pop("to_on"))
        return {**data, "period": period}


def itemised_out(found: Itemised) -> JSON:
    """What was asked, and the entries."""
    return _asked_out(found.asked) | {"entries": [entry_out(posted) for posted in found.entries]}


def itemisation_out(stored: Stored[Itemisation]) -> JSON:
    """Who asked to see which days, when and why."""
    return _asked_out(stored.state) | {"version": stored.version}


def _asked_out(asked: Itemisation) -> JSON:
    return {
        "id": asked.itemisation_id,
        "fund_id": asked.fund_id,
        "period": period_out(asked.period),
        "reason": asked.reason,
        "asked_by": asked.asked_by,
        "asked_at": format_instant(asked.asked_at),
        "clause": CLAUSE,
    }
