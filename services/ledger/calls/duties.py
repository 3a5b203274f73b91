"""What is due for funds, and their clocks."""

from __future__ import annotations

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers import duties, shortfall, surplus
from services.ledger.schemas.common import ById
from services.ledger.schemas.duties import MeetDutySchema, duties_out
from services.ledger.store.life import CLOCKS_DUE
from shared.context import Caller
from shared.events.envelope import Envelope
from shared.events.fund_life import FundStarted
from shared.events.ledger import EntryReversed, FundClosed, FundFunded, FundOpened
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command, of_event, of_schedule
from shared.messaging.consuming.durable import falls_due, handles
from shared.problems import load
from shared.runtime.clock_calls import AnswersForClocks


class DutyCalls(AnswersForClocks, LedgerCalls):
    """What is due for funds, and their clocks."""

    @reads
    def get_fund_duties(self, payload: JSON, caller: JSON) -> JSON:
        given = load(ById(), payload)
        return duties_out(duties.get_duties(given["fund_id"], caller=Caller.from_dict(caller), desk=self.desk.life))

    @rpc
    def meet_duty(self, payload: JSON, caller: JSON) -> JSON:
        """A contribution was invoiced, a summary or the month's data were given."""
        given = load(MeetDutySchema(), payload)
        cause = of_command("meet_duty", payload, caller)
        return duties_out(duties.meet_duty(**given, desk=self.desk.life, cause=cause))

    @handles(FundOpened)
    def on_fund_opened(self, event: FundOpened, envelope: Envelope) -> None:
        """Payments, invoices and summaries are due from the fund's first day on (C13 to C15)."""
        duties.begin_duties(event.fund_id, desk=self.desk.life, cause=of_event(envelope))

    @handles(FundStarted)
    def on_support_started(self, event: FundStarted, envelope: Envelope) -> None:
        """The month's data are due from the start of support on (C24)."""
        duties.begin_support(event.fund_id, began_on=event.started_on, desk=self.desk.life, cause=of_event(envelope))

    @handles(FundFunded)
    def on_fund_funded(self, event: FundFunded, envelope: Envelope) -> None:
        """A payment came in: the next one is due in its time (C13), and there may be a surplus to tell (CP 5.4)."""
        self._follow_money(event.fund_id, envelope)

    @handles(EntryReversed)
    def on_entry_reversed(self, event: EntryReversed, envelope: Envelope) -> None:
        """A payment that is reversed is due again (C13); a spend that is reversed may leave a surplus (CP 5.4)."""
        self._follow_money(event.fund_id, envelope)

    @handles(FundClosed)
    def on_fund_closed(self, event: FundClosed, envelope: Envelope) -> None:
        """Nothing of a closed fund is due any more."""
        duties.end_duties(event.fund_id, desk=self.desk.life, cause=of_event(envelope))

    def _follow_money(self, fund_id: str, envelope: Envelope) -> None:
        duties.follow_payments(fund_id, desk=self.desk.life, cause=of_event(envelope))
        surplus.follow_surplus(fund_id, desk=self.desk.life, cause=of_event(envelope))
        shortfall.follow_shortfall(fund_id, may_end=True, desk=self.desk.life, cause=of_event(envelope))

    @falls_due(*CLOCKS_DUE)
    def keep_clocks(self, record_id: str) -> None:
        """Warns of and breaches a record's clocks; each is told once, however many replicas look."""
        self.desk.clocks.keep(record_id, cause=of_schedule("clocks", record_id))
