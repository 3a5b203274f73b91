"""A provider's agreement ends: each of its funds is repaid, then the council settles (CP 4.7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from services.ledger.errors import NotYetPossible
from services.ledger.handlers.funds import get_fund
from services.ledger.handlers.life import LifeDesk
from services.ledger.handlers.posting import block_posted_before, effective_day, key_of, post_entry, posted_by
from services.ledger.model import termination as rules
from services.ledger.model.blocks import Head, Posted
from services.ledger.model.entries import Draft, Grounds, returned_to_council
from services.ledger.model.funds import Fund
from services.ledger.model.termination import (
    CLAUSE,
    REPAYMENT,
    SETTLEMENT,
    Party,
    Repayment,
    Settlement,
    Termination,
    is_termination_shown,
)
from shared.context import Caller
from shared.dates import london_day
from shared.errors import Conflict, NotFound, invalid
from shared.ids import derived_id
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause
from shared.money import Pence, format_gbp
from shared.store.documents import AnyOf, Condition, Equal

AT_ONCE = 200


def terminate_agreement(
    council_id: str,
    provider_id: str,
    *,
    terminated_on: date,
    by_party: Party,
    reason: str,
    desk: LifeDesk,
    cause: Cause,
) -> Stored[Termination]:
    """The agreement with a provider is terminated by either party (CP 4.7).

    Raises `Invalid` for a day to come, `Conflict` when its end on that day is on record.
    """
    at = desk.clock.now()
    if terminated_on > london_day(at):
        raise invalid("terminated_on", "not-in-future", "Record it on the day or later.")
    termination_id = derived_id("trm", council_id, provider_id, terminated_on.isoformat())
    termination = Termination(
        termination_id=termination_id,
        provider_id=provider_id,
        terminated_on=terminated_on,
        by_party=by_party,
        reason=reason,
        recorded_by=cause.actor_id,
        recorded_at=at,
    )
    clocks = desk.rules.clocks(
        council_id, (REPAYMENT, SETTLEMENT), record_id=termination_id, started_at=at, started_on=terminated_on
    )
    decision = rules.terminate(termination, clocks)
    return desk.terminations.create(termination_id, decision, council_id=council_id, cause=cause)


def record_repayment(
    termination_id: str,
    fund_id: str,
    *,
    repaid_on: date | None,
    reference: str,
    evidence: str,
    desk: LifeDesk,
    cause: Cause,
) -> Stored[Termination]:
    """One fund's whole balance came back (CP 4.7); with the last one the provider's clock stops.

    Raises `NotFound` for a fund of another provider, `NotYetPossible` where money is still set aside or nothing is left.
    """
    stored = seen_termination(termination_id, caller=cause.caller, desk=desk)
    fund = get_fund(fund_id, caller=cause.caller, funds=desk.funds)
    if (fund.council_id, fund.state.provider_id) != (stored.council_id, stored.state.provider_id):
        raise NotFound(f"there is no fund {fund_id} of this provider")
    posted = _post(
        fund.state,
        effective_day(repaid_on, desk.clock),
        reference=reference,
        evidence=evidence,
        desk=desk,
        cause=cause,
    )
    repayment = Repayment(
        fund_id=fund_id,
        entry_id=posted.entry.entry_id,
        amount=posted.entry.amount,
        repaid_on=posted.entry.effective_on,
    )
    is_last = not any(desk.books.head(each.fund_id).in_hand for each in _funds_of(stored, desk))
    at = desk.clock.now()

    def decide(state: Termination) -> Decision[Termination]:
        return rules.repaid(state, repayment, is_last=is_last, at=at, today=london_day(at))

    return desk.terminations.change(termination_id, decide, cause=cause)


def settle_agreement(
    termination_id: str, *, amount: Pence, settled_on: date | None, reference: str, desk: LifeDesk, cause: Cause
) -> Stored[Termination]:
    """The council has paid what it owed the provider (CP 4.7). Raises `NotYetPossible`, `Invalid`."""
    seen_termination(termination_id, caller=cause.caller, desk=desk)
    at = desk.clock.now()
    day = effective_day(settled_on, desk.clock)
    settlement = Settlement(amount=amount, settled_on=day, reference=reference, by=cause.actor_id)
    return desk.terminations.change(termination_id, lambda state: rules.settle(state, settlement, at=at), cause=cause)


def seen_termination(termination_id: str, *, caller: Caller | None, desk: LifeDesk) -> Stored[Termination]:
    """A termination of the caller's council, or of the provider that it belongs to. Raises `NotFound`."""
    stored = desk.terminations.get(termination_id, caller=caller)
    if caller is not None and not is_termination_shown(stored.state.provider_id, caller.organisation_id):
        raise NotFound(f"there is no termination {termination_id}")
    return stored


def outstanding(stored: Stored[Termination], *, desk: LifeDesk) -> list[tuple[Fund, Pence]]:
    """The provider's funds that hold money still, and how much."""
    held = [(fund, desk.books.head(fund.fund_id).in_hand) for fund in _funds_of(stored, desk)]
    return [(fund, in_hand) for fund, in_hand in held if in_hand]


def _funds_of(stored: Stored[Termination], desk: LifeDesk) -> Iterator[Fund]:
    """The provider's funds in this council that are not closed."""
    after = None
    where: list[Condition] = [
        Equal(path="council_id", value=stored.council_id),
        Equal(path="state.provider_id", value=stored.state.provider_id),
        AnyOf(path="state.status", values=["opened", "active"]),
    ]
    while True:
        page = desk.funds.find(where, after=after, limit=AT_ONCE)
        yield from (found.state for found in page.items)
        after = page.next
        if after is None:
            return


def _post(fund: Fund, on: date, *, reference: str, evidence: str, desk: LifeDesk, cause: Cause) -> Posted:
    before = block_posted_before(cause, desk.books)
    if before is not None:
        return posted_by(cause, before)
    version = desk.rules.version(fund.council_id, on)

    def decide(head: Head) -> Draft:
        if head.in_hand != head.free:
            aside = format_gbp(head.in_hand - head.free)
            raise NotYetPossible(f"{aside} is set aside; call the reservations off first.")
        if not head.free:
            raise Conflict(f"Fund {fund.fund_id} holds nothing that could be repaid.")
        return Draft(
            type="return",
            legs=returned_to_council(head.free),
            effective_on=on,
            policy_version=version,
            reference=reference,
            evidence=evidence,
            grounds=Grounds(clause=CLAUSE, reason="The balance, at the end of the agreement."),
            key=key_of(cause),
        )

    return post_entry(decide, fund=fund, cause=cause, books=desk.books, clock=desk.clock, attempts=desk.attempts)
