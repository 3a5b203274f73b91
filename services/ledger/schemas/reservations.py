"""Setting money aside for a booking, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace

from marshmallow import fields, validate

from services.ledger.model.commands import PostReserved, RequestSpend, VoidReservation
from services.ledger.model.entries import EVIDENCE
from services.ledger.model.reservations import STATUSES, Reservation
from services.ledger.schemas.common import JSON, CommandSchema, Paged, Text, optional_day
from services.ledger.schemas.entries import entry_alone_out
from services.ledger.schemas.spending import SpendAsked
from shared.schemas import DayField, IdField, PenceField


class ReserveSpendSchema(SpendAsked):
    expires_on = DayField(required=True)

    def command(self, data: JSON) -> RequestSpend:
        expires_on = data.pop("expires_on")
        return replace(super().command(data), reserve_until=expires_on)


class PostReservedSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    entry_id = IdField(required=True)
    amount_pence = PenceField(minimum=1, load_default=None, allow_none=True)
    effective_on = optional_day()
    reference = Text(longest=200, load_default="")
    evidence = fields.String(validate=validate.OneOf(EVIDENCE), load_default="")

    def command(self, data: JSON) -> PostReserved:
        return PostReserved(amount=data.pop("amount_pence"), **data)


class VoidReservationSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    entry_id = IdField(required=True)
    reason = Text(required=True, shortest=1, longest=500)

    def command(self, data: JSON) -> VoidReservation:
        return VoidReservation(**data)


class ListReservations(Paged):
    fund_id = IdField(data_key="id", required=True)
    status = fields.String(validate=validate.OneOf(STATUSES), load_default=None, allow_none=True)


def reservation_out(reservation: Reservation) -> JSON:
    """A reservation as callers see it: its entry, how it stands and what ended it."""
    return entry_alone_out(reservation.entry) | {"status": reservation.status, "resolved_by": reservation.resolved_by}
