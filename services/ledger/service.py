"""The nameko class of the ledger: each entrypoint loads, calls one use case, and dumps."""

from __future__ import annotations

from typing import Any

import structlog

from services.ledger import schemas
from services.ledger.dependencies import Desk
from services.ledger.handlers import closing, corrections, funds, holds, payments, reading, spending
from services.ledger.model.blocks import Posted
from services.ledger.model.commands import OpenFund
from services.ledger.model.refusals import RefusedSpend, problem_of
from services.ledger.model.statement_forms import balance_as_json, statement_as_json
from services.ledger.store import funds_visible_to
from shared.context import Caller
from shared.dates import london_day
from shared.errors import Conflict
from shared.events.envelope import Envelope
from shared.events.referrals import ProviderChosen
from shared.events.safeguarding import RestrictionImposed, RestrictionLifted
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command, of_event
from shared.messaging.consuming.durable import falls_due, handles
from shared.messaging.processes import PROCESSES_DUE
from shared.money import Pence
from shared.problems import load
from shared.runtime.policies import LearnsPolicies

log = structlog.get_logger(__name__)
JSON = dict[str, Any]


class LedgerService(LearnsPolicies):
    """People's funds, each with a book that proves itself."""

    name = "ledger"
    desk: Any = Desk()

    @falls_due(PROCESSES_DUE)
    def go_on(self, record_id: str) -> None:
        """Finishes what a process of several steps has left open."""
        self.desk.processes.go_on(record_id)

    @handles(ProviderChosen)
    def on_provider_chosen(self, event: ProviderChosen, envelope: Envelope) -> None:
        """The person has chosen a provider: their fund opens (CP 3.2.2, 9.8)."""
        command = OpenFund(
            council_id=envelope.councilid,
            person_id=event.person_id,
            provider_id=event.provider_id,
            weekly_budget=Pence(event.weekly_budget_pence),
            starts_on=london_day(envelope.time),
            referral_id=event.referral_id,
        )
        desk = self.desk
        try:
            funds.open_fund(
                command, cause=of_event(envelope), funds=desk.funds, policies=desk.policies, clock=desk.clock
            )
        except Conflict:  # a referral has one fund only, and somebody opened it before the event came
            log.info("fund.opened_before", referral_id=event.referral_id)

    @handles(RestrictionImposed)
    def on_restriction_imposed(self, event: RestrictionImposed, envelope: Envelope) -> None:
        self._follow(event, envelope)

    @handles(RestrictionLifted)
    def on_restriction_lifted(self, event: RestrictionLifted, envelope: Envelope) -> None:
        self._follow(event, envelope)

    def _follow(self, event: RestrictionImposed | RestrictionLifted, envelope: Envelope) -> None:
        holds.follow_restriction(event, council_id=envelope.councilid, cause=of_event(envelope), holds=self.desk.holds)

    @rpc
    def open_fund(self, payload: JSON, caller: JSON) -> JSON:
        desk = self.desk
        stored = funds.open_fund(
            load(schemas.OpenFundSchema(), payload),
            cause=of_command("open_fund", payload, caller),
            funds=desk.funds,
            policies=desk.policies,
            clock=desk.clock,
        )
        return schemas.fund_out(stored)

    @reads
    def get_fund(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.ById(), payload)
        stored = funds.get_fund(given["fund_id"], caller=Caller.from_dict(caller), funds=self.desk.funds)
        return schemas.fund_out(stored)

    @reads
    def list_funds(self, payload: JSON, caller: JSON) -> JSON:
        found = funds_visible_to(Caller.from_dict(caller), self.desk.funds, **load(schemas.ListFunds(), payload))
        return {"items": [schemas.fund_out(stored) for stored in found.items], "next": found.next}

    @rpc
    def agree_plan(self, payload: JSON, caller: JSON) -> JSON:
        desk = self.desk
        stored = funds.agree_plan(
            load(schemas.AgreePlanSchema(), payload),
            cause=of_command("agree_plan", payload, caller),
            funds=desk.funds,
            policies=desk.policies,
            clock=desk.clock,
        )
        return schemas.fund_out(stored)

    @rpc
    def take_payment_in(self, payload: JSON, caller: JSON) -> JSON:
        desk = self.desk
        taken = payments.take_payment_in(
            load(schemas.TakePaymentInSchema(), payload),
            cause=of_command("take_payment_in", payload, caller),
            funds=desk.funds,
            books=desk.books,
            policies=desk.policies,
            clock=desk.clock,
            attempts=desk.attempts,
        )
        return schemas.payment_out(taken)

    @rpc
    def request_spend(self, payload: JSON, caller: JSON) -> JSON:
        """Posts an allowed spend; one that is not is refused with its clause, and the refusal stays on record."""
        desk = self.desk
        answer = spending.request_spend(
            load(schemas.RequestSpendSchema(), payload),
            cause=of_command("request_spend", payload, caller),
            funds=desk.funds,
            books=desk.books,
            refusals=desk.refusals,
            holds=desk.payee_holds,
            policies=desk.policies,
            clock=desk.clock,
            attempts=desk.attempts,
        )
        match answer.posted, answer.refusal:
            case Posted() as posted, None:
                return schemas.entry_out(posted)
            case None, RefusedSpend() as refusal:
                raise problem_of(refusal)
        raise TypeError("a spend is either posted or refused")

    @rpc
    def reverse_entry(self, payload: JSON, caller: JSON) -> JSON:
        desk = self.desk
        posted = corrections.reverse_entry(
            load(schemas.ReverseEntrySchema(), payload),
            cause=of_command("reverse_entry", payload, caller),
            funds=desk.funds,
            books=desk.books,
            clock=desk.clock,
            attempts=desk.attempts,
        )
        return schemas.entry_out(posted)

    @reads
    def list_entries(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.ListEntries(), payload)
        page = reading.list_entries(
            given["fund_id"],
            after=given["after"],
            limit=given["limit"],
            caller=Caller.from_dict(caller),
            funds=self.desk.funds,
            books=self.desk.books,
        )
        return {"items": [schemas.entry_out(posted) for posted in page.items], "next": page.next}

    @reads
    def get_balance(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.BalanceAsked(), payload)
        balance = reading.get_balance(
            given["fund_id"],
            as_of=given["as_of"],
            known_at=given["known_at"],
            caller=Caller.from_dict(caller),
            funds=self.desk.funds,
            books=self.desk.books,
            clock=self.desk.clock,
        )
        return balance_as_json(balance)

    @reads
    def get_statement(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.StatementAsked(), payload)
        statement = reading.get_statement(
            given["fund_id"],
            from_on=given["from_on"],
            to_on=given["to_on"],
            caller=Caller.from_dict(caller),
            funds=self.desk.funds,
            books=self.desk.books,
            clock=self.desk.clock,
        )
        return statement_as_json(statement)

    @reads
    def get_proof(self, payload: JSON, caller: JSON) -> JSON:
        asked = load(schemas.ProofAsked(), payload)
        proof = reading.get_proof(
            asked.fund_id,
            anchors=asked.anchors,
            caller=Caller.from_dict(caller),
            funds=self.desk.funds,
            books=self.desk.books,
        )
        return schemas.proof_out(asked.fund_id, proof)

    @rpc
    def close_fund(self, payload: JSON, caller: JSON) -> JSON:
        desk = self.desk
        stored = closing.close_fund(
            load(schemas.CloseFundSchema(), payload),
            cause=of_command("close_fund", payload, caller),
            funds=desk.funds,
            books=desk.books,
            processes=desk.processes,
        )
        return schemas.fund_out(stored)
