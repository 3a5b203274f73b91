"""Setting money aside for a booking; paying it, calling it off."""

from __future__ import annotations

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.calls.spending import spend_out
from services.ledger.handlers import reservations
from services.ledger.schemas.entries import entry_out
from services.ledger.schemas.reservations import (
    ListReservations,
    PostReservedSchema,
    ReserveSpendSchema,
    VoidReservationSchema,
    reservation_out,
)
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class ReservationCalls(LedgerCalls):
    """Setting money aside for a booking; paying it, calling it off."""

    @rpc
    def reserve_spend(self, payload: JSON, caller: JSON) -> JSON:
        """Sets money aside for an allowed spend; one that is not is refused as `request_spend` would."""
        desk = self.desk
        answer = reservations.reserve_spend(
            load(ReserveSpendSchema(), payload),
            cause=of_command("reserve_spend", payload, caller),
            funds=desk.funds,
            books=desk.books,
            expiries=desk.expiries,
            refusals=desk.refusals,
            holds=desk.payee_holds,
            policies=desk.policies,
            clock=desk.clock,
            attempts=desk.attempts,
        )
        return spend_out(answer)

    @rpc
    def post_reserved(self, payload: JSON, caller: JSON) -> JSON:
        desk = self.desk
        posted = reservations.post_reserved(
            load(PostReservedSchema(), payload),
            cause=of_command("post_reserved", payload, caller),
            funds=desk.funds,
            books=desk.books,
            holds=desk.payee_holds,
            clock=desk.clock,
            attempts=desk.attempts,
        )
        return entry_out(posted)

    @rpc
    def void_reservation(self, payload: JSON, caller: JSON) -> JSON:
        desk = self.desk
        posted = reservations.void_reservation(
            load(VoidReservationSchema(), payload),
            cause=of_command("void_reservation", payload, caller),
            funds=desk.funds,
            books=desk.books,
            clock=desk.clock,
            attempts=desk.attempts,
        )
        return entry_out(posted)

    @reads
    def list_reservations(self, payload: JSON, caller: JSON) -> JSON:
        page = reservations.list_reservations(
            **load(ListReservations(), payload),
            caller=Caller.from_dict(caller),
            funds=self.desk.funds,
            books=self.desk.books,
        )
        return {"items": [reservation_out(each) for each in page.items], "next": page.next}
