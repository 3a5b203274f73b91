"""The nameko class of referrals: what it hears of by itself, and the families of calls that it answers."""

from __future__ import annotations

from services.referrals.calls.answering import AnsweringCalls
from services.referrals.calls.clocks import ClockCalls
from services.referrals.calls.direct_payments import DirectPaymentCalls
from services.referrals.calls.intake import IntakeCalls
from services.referrals.calls.offers import OfferCalls
from services.referrals.calls.people import PeopleCalls
from services.referrals.calls.reading import ReadingCalls
from services.referrals.handlers import answering, intake
from services.referrals.store import CLOCKS_RUN_OUT
from shared.messaging.broker.topology import INTAKE
from shared.messaging.cause import of_schedule
from shared.messaging.consuming.deliveries import Delivery
from shared.messaging.consuming.durable import falls_due, takes_in
from shared.messaging.consuming.incoming import council_of


class ReferralsService(
    IntakeCalls,
    ReadingCalls,
    AnsweringCalls,
    OfferCalls,
    DirectPaymentCalls,
    ClockCalls,
    PeopleCalls,
):
    """Referrals, the people in them, and the providers they are offered to."""

    name = "referrals"

    @takes_in(INTAKE)
    def on_council_message(self, delivery: Delivery) -> int:
        """A council's events by AMQP; what can't be taken in is answered on its results queue, never lost.

        Says how many were refused.
        """
        documents = self.desk.formats.documents_of(delivery)
        return intake.take_in_message(documents, council_id=council_of(delivery), desk=self.desk.intake)

    @falls_due(CLOCKS_RUN_OUT)
    def breach_overdue_clocks(self, record_id: str) -> None:
        """Marks the referral's clocks that have run out; each is told once, however many replicas look."""
        answering.breach_overdue_clocks(
            record_id,
            referrals=self.desk.store.referrals,
            clock=self.desk.clock,
            cause=of_schedule("clocks", record_id),
        )
