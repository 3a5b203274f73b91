"""Payments into a fund."""

from __future__ import annotations

from marshmallow import fields, validate

from services.ledger.model.commands import NoteContribution, TakePaymentIn
from services.ledger.model.entries import EVIDENCE
from services.ledger.model.payments import PaymentProgress, PaymentTaken
from services.ledger.schemas.common import JSON, CommandSchema, Text, optional_day, reckonable_day
from services.ledger.schemas.entries import entry_out
from shared.schemas import IdField, PenceField


class TakePaymentInSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    first_on = optional_day()
    effective_on = optional_day()
    amount_pence = PenceField(minimum=1, load_default=None, allow_none=True)
    difference_reason = Text(longest=500, load_default="")
    reference = Text(longest=200, load_default="")
    evidence = fields.String(validate=validate.OneOf(EVIDENCE), load_default="")

    def command(self, data: JSON) -> TakePaymentIn:
        return TakePaymentIn(amount=data.pop("amount_pence"), **data)


class NoteContributionSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    amount_pence = PenceField(required=True, minimum=1)
    first_on = reckonable_day(load_default=None, allow_none=True)
    invoiced_on = reckonable_day(load_default=None, allow_none=True)
    reference = Text(longest=200, load_default="")

    def command(self, data: JSON) -> NoteContribution:
        return NoteContribution(amount=data.pop("amount_pence"), **data)


def payment_out(taken: PaymentTaken) -> JSON:
    """The payment's entry, and where the fund's year stands against a full year's budget."""
    return entry_out(taken.posted) | {"year": _year_out(taken.progress)}


def _year_out(year: PaymentProgress) -> JSON:
    return {
        "from": year.year.from_on.isoformat(),
        "to": year.year.to_on.isoformat(),
        "paid_to_date_pence": year.paid_to_date.amount,
        "full_year_pence": year.full_year.amount,
        "weeks_covered": year.weeks_covered_by_cadence,
        "weeks_in_full_year": year.weeks_in_full_year,
        "short_at_year_end_pence": year.short_at_year_end.amount,
        "sentence": year.sentence,
    }
