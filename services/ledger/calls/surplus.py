"""Surpluses: told, noticed, answered, decided, returned; and shortfalls, told."""

from __future__ import annotations

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers import returning, shortfall, surplus
from services.ledger.handlers.funds import get_fund
from services.ledger.schemas import surplus as shapes
from services.ledger.schemas.variations import OfFund, VariationCommand
from services.ledger.store.life import of_fund
from shared.context import Caller
from shared.events.envelope import Envelope
from shared.events.fund_life import FundBudgetChanged
from shared.events.ledger import FeeAccrued, FundPlanAgreed, FundReturned, MoneyMovedIn, SpendPosted
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command, of_event
from shared.messaging.consuming.durable import handles
from shared.problems import load


class SurplusCalls(LedgerCalls):
    """Surpluses: told, noticed, answered, decided, returned; and shortfalls, told."""

    @rpc
    def report_surplus(self, payload: JSON, caller: JSON) -> JSON:
        """The provider tells the council of a surplus (CP 5.4); the ledger does so by itself when a payment comes in."""
        given = load(shapes.ReportSurplusSchema(), payload)
        cause = of_command("report_surplus", payload, caller)
        return shapes.surplus_out(surplus.report_surplus(**given, desk=self.desk.life, cause=cause))

    @rpc
    def give_surplus_notice(self, payload: JSON, caller: JSON) -> JSON:
        given = load(shapes.SaidSchema(), payload)
        cause = of_command("give_surplus_notice", payload, caller)
        stored = surplus.give_notice(given["id"], words=given["words"], desk=self.desk.life, cause=cause)
        return shapes.surplus_out(stored)

    @rpc
    def reply_to_surplus(self, payload: JSON, caller: JSON) -> JSON:
        given = load(shapes.SaidSchema(), payload)
        cause = of_command("reply_to_surplus", payload, caller)
        return shapes.surplus_out(surplus.reply(given["id"], words=given["words"], desk=self.desk.life, cause=cause))

    @rpc
    def decide_surplus(self, payload: JSON, caller: JSON) -> JSON:
        """A named officer orders the excess back, or agrees to its being kept (CP 9.5)."""
        given = load(shapes.DecideSurplusSchema(), payload)
        cause = of_command("decide_surplus", payload, caller)
        surplus_id = given.pop("id")
        return shapes.surplus_out(surplus.decide_surplus(surplus_id, **given, desk=self.desk.life, cause=cause))

    @rpc
    def challenge_surplus(self, payload: JSON, caller: JSON) -> JSON:
        given = load(shapes.SaidSchema(), payload)
        cause = of_command("challenge_surplus", payload, caller)
        stored = surplus.challenge(given["id"], words=given["words"], desk=self.desk.life, cause=cause)
        return shapes.surplus_out(stored)

    @rpc
    def return_surplus(self, payload: JSON, caller: JSON) -> JSON:
        """What was ordered has come back; its entry is posted once."""
        given = load(shapes.ReturnSurplusSchema(), payload)
        cause = of_command("return_surplus", payload, caller)
        surplus_id = given.pop("id")
        desk = self.desk
        stored = returning.return_surplus(surplus_id, **given, desk=desk.life, processes=desk.processes, cause=cause)
        return shapes.surplus_out(stored)

    @reads
    def get_surplus(self, payload: JSON, caller: JSON) -> JSON:
        given, who = load(VariationCommand(), payload), Caller.from_dict(caller)
        return shapes.surplus_out(surplus.seen_surplus(given["id"], caller=who, desk=self.desk.life))

    @reads
    def list_surpluses(self, payload: JSON, caller: JSON) -> JSON:
        given = load(OfFund(), payload)
        get_fund(given["fund_id"], caller=Caller.from_dict(caller), funds=self.desk.funds)
        found = of_fund(given["fund_id"], self.desk.life.surpluses, after=given["after"], limit=given["limit"])
        return {"items": [shapes.surplus_out(stored) for stored in found.items], "next": found.next}

    @handles(FundBudgetChanged)
    def on_budget_changed(self, event: FundBudgetChanged, envelope: Envelope) -> None:
        """A smaller budget may leave a surplus (CP 5.4), or a shortfall."""
        surplus.follow_surplus(event.fund_id, desk=self.desk.life, cause=of_event(envelope))
        self._follow_shortfall(event.fund_id, envelope, may_end=True)

    @handles(FundPlanAgreed)
    def on_plan_agreed(self, event: FundPlanAgreed, envelope: Envelope) -> None:
        """What the plan costs decides what the fund comes to."""
        self._follow_shortfall(event.fund_id, envelope, may_end=True)

    @handles(SpendPosted)
    @handles(FeeAccrued)
    @handles(FundReturned)
    @handles(MoneyMovedIn)
    def on_money_moved(self, event: SpendPosted | FeeAccrued | FundReturned | MoneyMovedIn, envelope: Envelope) -> None:
        """What was spent may leave too little for what is planned; only money that came in can end that."""
        self._follow_shortfall(event.fund_id, envelope, may_end=isinstance(event, MoneyMovedIn))

    def _follow_shortfall(self, fund_id: str, envelope: Envelope, *, may_end: bool) -> None:
        shortfall.follow_shortfall(fund_id, may_end=may_end, desk=self.desk.life, cause=of_event(envelope))
