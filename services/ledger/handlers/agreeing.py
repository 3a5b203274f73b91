"""Agreeing to a spend that needed somebody's agreement: by another officer, with reason, posted once (CP 6.17(g), (h))."""

from __future__ import annotations

from dataclasses import replace

from services.ledger.errors import SpendAgreedBefore
from services.ledger.handlers.funds import get_fund
from services.ledger.handlers.posting import key_of, post_entry
from services.ledger.handlers.spending import decide_for_fund, spend_draft
from services.ledger.model.blocks import Head, Posted
from services.ledger.model.commands import AgreeToSpend
from services.ledger.model.entries import Draft, Grounds
from services.ledger.model.funds import Fund
from services.ledger.model.refusals import RefusedSpend, not_allowed
from services.ledger.model.reservations import check_expiry
from services.ledger.model.spend_rules import SpendRules
from services.ledger.model.spending import SpendRequest, with_agreement
from services.ledger.ports import Books, FundPolicies, PayeeHolds
from shared.clock import Clock
from shared.context import Caller
from shared.dates import london_day
from shared.errors import KeyReused, NotFound
from shared.ids import derived_id, input_hash
from shared.messaging.aggregates import Aggregates, Stored
from shared.messaging.cause import Cause, Command


def agree_to_spend(
    command: AgreeToSpend,
    *,
    cause: Cause,
    funds: Aggregates[Fund],
    books: Books,
    refusals: Aggregates[RefusedSpend],
    holds: PayeeHolds,
    policies: FundPolicies,
    clock: Clock,
    attempts: int,
) -> Posted:
    """Posts a refused spend on the agreement of an officer who did not ask for it.

    The rules decide again, so that a hold imposed since still refuses. Raises `NoRouteToAgreement`,
    `SpendNeedsAnotherAgreer`, `SpendAgreedBefore`, `SpendNotAllowed`, `Invalid` when the agreement has to be in writing,
    and what posting raises.
    """
    fund = get_fund(command.fund_id, caller=cause.caller, funds=funds).state
    refusal = _refused_of(command.fund_id, command.spend_id, cause.caller, refusals).state
    asked = refusal.can_be_agreed_by(cause.actor_id)
    rules = policies.spend_rules(fund.council_id, asked.spend.effective_on)
    agreed = replace(asked, spend=_agreed(asked.spend, command, refusal, rules, clock))
    once = _posted_once(command, cause)

    def decide(_head: Head) -> Draft:
        decision = decide_for_fund(agreed.spend, fund, rules, holds, books)
        if decision.outcome != "allow":
            raise not_allowed(decision)
        if agreed.reserve_until:
            check_expiry(agreed.reserve_until, london_day(clock.now()))
        grounds = Grounds(clause=decision.clause, reason=f"{decision.reason} {command.reason}")
        return spend_draft(agreed, grounds, policy_version=rules.policy_version, key=key_of(once))

    try:
        return post_entry(decide, fund=fund, cause=once, books=books, clock=clock, attempts=attempts)
    except KeyReused as reused:
        raise SpendAgreedBefore(f"The refused spend {command.spend_id} was agreed to before.") from reused


def get_refused(
    fund_id: str, spend_id: str, *, caller: Caller, funds: Aggregates[Fund], refusals: Aggregates[RefusedSpend]
) -> Stored[RefusedSpend]:
    """One refused spend of the fund. Raises `NotFound`."""
    get_fund(fund_id, caller=caller, funds=funds)
    return _refused_of(fund_id, spend_id, caller, refusals)


def agreed_by(refusal: RefusedSpend, books: Books) -> str | None:
    """The entry that was posted when somebody agreed to the refused spend."""
    key = _key_of(refusal.fund_id, refusal.spend_id)
    block = books.block_with_key(key) if refusal.decision.outcome == "needs_agreement" else None
    entries = block.entries if block else ()
    return next((entry.entry_id for entry in entries if entry.draft.key and entry.draft.key.key == key), None)


def _refused_of(
    fund_id: str, spend_id: str, caller: Caller | None, refusals: Aggregates[RefusedSpend]
) -> Stored[RefusedSpend]:
    stored = refusals.get(spend_id, caller=caller)
    if stored.state.fund_id != fund_id:
        raise NotFound(f"fund {fund_id} has no refused spend {spend_id}")
    return stored


def _agreed(
    request: SpendRequest, command: AgreeToSpend, refusal: RefusedSpend, rules: SpendRules, clock: Clock
) -> SpendRequest:
    """The request with the agreements that it lacked."""
    lacking = {ground.clause for ground in refusal.decision.grounds}
    asked = [rule for rule in (rules.household, rules.outside_outcomes) if rule.clause in lacking]
    today = london_day(clock.now())
    for rule in asked:
        request = with_agreement(request, rule, agreed_on=today, reference=command.reference)
    return request


def _posted_once(command: AgreeToSpend, cause: Cause) -> Cause:
    """The cause under a key of the refused spend's own, so that it is posted once whoever agrees and how often."""
    asked = [cause.actor_id, command.reason, command.reference]
    key = _key_of(command.fund_id, command.spend_id)
    return replace(cause, command=Command(key=key, input=input_hash(asked)))


def _key_of(fund_id: str, spend_id: str) -> str:
    return derived_id("key", "agreed-spend", fund_id, spend_id)
