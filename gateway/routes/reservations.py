"""Reservations: money of a fund set aside for a booking, then paid or called off."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas import reservations as shapes
from gateway.schemas.common import page_of
from gateway.schemas.ledger import Entry
from gateway.services import LEDGER

Fields = dict[str, Any]
ALL = "/funds/<id:fund_id>/reservations"
ONE = f"{ALL}/<id:entry_id>"

reservations = ApiBlueprint(
    "reservations", __name__, description="Money set aside for a booking. All amounts are whole pence."
)


@reservations.operation("POST", ALL, "reservations.make", body=shapes.NewReservation, answer=Entry)
def reserve_spend(body: Fields, fund_id: str) -> Fields:
    """Set money aside for a booking.

    Rules and balance are asked now, as for a spend (CP 6.17); what is not allowed is refused, naming its clause. Money
    that is not paid by the end of `expires_on` is free again by itself.
    """
    return change(LEDGER, "reserve_spend", {**body, "id": fund_id})


@reservations.operation(
    "GET", ALL, "reservations.list", query=shapes.ReservationFilter, answer=page_of(shapes.Reservation)
)
def list_reservations(query: Fields, fund_id: str) -> Fields:
    """List a fund's reservations, the newest first."""
    return ask(LEDGER, "list_reservations", {**query, "id": fund_id})


@reservations.operation("POST", f"{ONE}/post", "reservations.post", body=shapes.ReservationPaid, answer=Entry)
def post_reserved(body: Fields, fund_id: str, entry_id: str) -> Fields:
    """Pay a reservation, in full or in part; the rest is free again. A reservation is resolved once."""
    return change(LEDGER, "post_reserved", {**body, "id": fund_id, "entry_id": entry_id})


@reservations.operation("POST", f"{ONE}/void", "reservations.void", body=shapes.ReservationVoid, answer=Entry)
def void_reservation(body: Fields, fund_id: str, entry_id: str) -> Fields:
    """Call a reservation off: its money is free again. A reservation is resolved once."""
    return change(LEDGER, "void_reservation", {**body, "id": fund_id, "entry_id": entry_id})
