"""Shapes of reservations. Amounts are whole pence."""

from __future__ import annotations

from marshmallow import fields, validate

from gateway.schemas.common import Asked, Page, day, identifier, one_of, pence, words
from gateway.schemas.ledger import EVIDENCE, SUPPLIES, Agreement, Days, Entry, SoughtFirst

STATUSES = ("open", "posted", "voided", "expired")


class NewReservation(Asked):
    """Money to set aside for a booking."""

    amount_pence = pence("Amount.", required=True, minimum=1)
    effective_on = day("The day from which it is set aside.", required=True)
    expires_on = day("The last day on which it can be paid; after it the money is free again.", required=True)
    category = words("What kind of spend.", required=True, longest=100)
    payee_id = identifier("Who is to be paid.", required=True)
    supply = one_of("What is bought.", SUPPLIES)
    sought_first = fields.Nested(SoughtFirst, metadata={"description": "Asked of equipment."})
    outcome_id = identifier("The outcome of the plan that it serves.")
    delivered_by = identifier("Who delivers it, if not the payee.")
    period = fields.Nested(Days, metadata={"description": "The days of a short stay (CP 6.17(f))."})
    agreements = fields.List(fields.Nested(Agreement), validate=validate.Length(max=10))
    reference = words("Booking number or the like.", longest=200)


class ReservationPaid(Asked):
    """The payment of a reservation."""

    amount_pence = pence("Amount; all that was set aside when left out.", minimum=1)
    effective_on = day("The day it was paid; today when left out.")
    reference = words("Invoice number or the like; the booking's when left out.", longest=200)
    evidence = one_of("What proves it (CP 9.5).", EVIDENCE)


class ReservationVoid(Asked):
    """Why a reservation is called off."""

    reason = words("Why.", required=True, longest=500)


class ReservationFilter(Page):
    """Which reservations to list."""

    status = one_of("Only those that stand so.", STATUSES)


class Reservation(Entry):
    """A reservation: the entry that set the money aside, and how it stands."""

    status = fields.String(metadata={"enum": list(STATUSES)})
    resolved_by = fields.String(allow_none=True, metadata={"description": "The entry that ended it."})
