"""Asking to spend: decided by the council's rules, then posted, or recorded as refused with its clause."""

from __future__ import annotations

from dataclasses import dataclass

from services.ledger.handlers.funds import get_fund
from services.ledger.handlers.posting import effective_day, key_of, post_entry
from services.ledger.model.allocations import check_allocated
from services.ledger.model.blocks import Head, Posted
from services.ledger.model.categories import is_short_stay
from services.ledger.model.commands import RequestSpend
from services.ledger.model.entries import Draft, Grounds, Key, Purpose, set_aside, spent
from services.ledger.model.funds import Fund
from services.ledger.model.refusals import RefusedSpend, refused
from services.ledger.model.short_stays import stays_among
from services.ledger.model.spend_rules import SpendRules
from services.ledger.model.spending import SpendDecision, SpendRequest, decide_spend
from services.ledger.ports import Books, FundPolicies, PayeeHolds
from shared.clock import Clock
from shared.errors import NotFound
from shared.events.ledger import SpendRefused
from shared.messaging.aggregates import Aggregates, Decision
from shared.messaging.cause import Cause


@dataclass(frozen=True, kw_only=True)
class SpendAnswer:
    """Either the spend on its book or the refusal on record, never both."""

    posted: Posted | None = None
    refusal: RefusedSpend | None = None


class _NotAllowed(Exception):
    """Carries the decision out of the posting that it stops."""

    def __init__(self, decision: SpendDecision) -> None:
        super().__init__(decision.reason)
        self.decision = decision


def request_spend(
    command: RequestSpend,
    *,
    cause: Cause,
    funds: Aggregates[Fund],
    books: Books,
    refusals: Aggregates[RefusedSpend],
    holds: PayeeHolds,
    policies: FundPolicies,
    clock: Clock,
    attempts: int,
) -> SpendAnswer:
    """Posts the spend if CP 6.17, the plan and the balance allow it; otherwise says which clause does not.

    Raises `PlanNotAgreed`, `FundClosed`, `UnknownCategory`, `WouldOverdrawFund`, `MoreThanAllocated`, `PolicyIncomplete`, and
    what posting raises.
    """
    fund = get_fund(command.fund_id, caller=cause.caller, funds=funds).state
    before = _refused_before(cause, fund, refusals)
    if before is not None:
        return SpendAnswer(refusal=before)
    effective_day(command.spend.effective_on, clock)
    rules = policies.spend_rules(fund.council_id, command.spend.effective_on)

    def decide(head: Head) -> Draft:
        decision = decide_for_fund(command.spend, fund, rules, holds, books)
        if decision.outcome != "allow":
            raise _NotAllowed(decision)
        if command.purpose:
            check_allocated(head, command.purpose, command.spend.amount)
        return spend_draft(command, decision.as_grounds(), policy_version=rules.policy_version, key=key_of(cause))

    try:
        posted = post_entry(decide, fund=fund, cause=cause, books=books, clock=clock, attempts=attempts)
    except _NotAllowed as stopped:
        refusal = _refusal(command, stopped.decision, rules, cause, clock)
        return SpendAnswer(refusal=_record(refusal, fund, cause, refusals))
    return SpendAnswer(posted=posted)


def decide_for_fund(
    spend: SpendRequest, fund: Fund, rules: SpendRules, holds: PayeeHolds, books: Books
) -> SpendDecision:
    """What CP 6.17 says of this spend, by the fund's plan, household and stays and the payees on hold now."""
    return decide_spend(
        spend,
        rules=rules,
        plan=fund.agreed_plan(),
        held_payees=holds.held_among(spend.parties),
        household=fund.household_ids,
        earlier_stays=stays_among(list(books.entries(fund.fund_id))) if is_short_stay(spend.category) else (),
    )


def spend_draft(command: RequestSpend, grounds: Grounds, *, policy_version: str, key: Key | None) -> Draft:
    """The entry for a spend that was allowed, or for the money set aside for it."""
    spend = command.spend
    return Draft(
        type="reserve" if command.reserve_until else "spend",
        legs=set_aside(spend.amount)
        if command.reserve_until
        else spent(spend.amount, spend.payee_id, purpose=command.purpose),
        effective_on=spend.effective_on,
        policy_version=policy_version,
        reference=command.reference,
        evidence=command.evidence,
        purpose=Purpose(
            category=spend.category,
            payee_id=spend.payee_id,
            outcome_id=spend.outcome_id,
            delivered_by=spend.delivered_by,
        ),
        period=spend.period,
        grounds=grounds,
        expires_on=command.reserve_until,
        key=key,
    )


def _refusal(
    command: RequestSpend, decision: SpendDecision, rules: SpendRules, cause: Cause, clock: Clock
) -> RefusedSpend:
    return refused(
        cause.new_id("spend"),
        command,
        decision,
        policy_version=rules.policy_version,
        by=cause.actor_id,
        at=clock.now(),
    )


def _record(refusal: RefusedSpend, fund: Fund, cause: Cause, refusals: Aggregates[RefusedSpend]) -> RefusedSpend:
    told = SpendRefused(
        fund_id=fund.fund_id,
        person_id=fund.person_id,
        spend_id=refusal.spend_id,
        outcome=refusal.decision.outcome,
        clause=refusal.decision.clause,
    )
    decision = Decision(state=refusal, events=[told])
    return refusals.create(refusal.spend_id, decision, council_id=fund.council_id, cause=cause).state


def _refused_before(cause: Cause, fund: Fund, refusals: Aggregates[RefusedSpend]) -> RefusedSpend | None:
    """The refusal that this very command met before, whatever has changed since. Raises `KeyReused`."""
    if cause.command is None:
        return None
    try:
        stored = refusals.get(cause.new_id("spend"), caller=cause.caller)
    except NotFound:
        return None
    # Creating it once more is how the write protocol compares the input and gives the first answer.
    return _record(stored.state, fund, cause, refusals)
