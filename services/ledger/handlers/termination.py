"""A provider's agreement ends: each of its funds is repaid, then the council settles (CP 4.7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from services.ledger.handlers.life import LifeDesk
from services.ledger.handlers.posting import effective_day
from services.ledger.model import termination as rules
from services.ledger.model.funds import Fund
from services.ledger.model.termination import (
    REPAYMENT,
    SETTLEMENT,
    Party,
    Settlement,
    Termination,
    is_termination_shown,
)
from shared.context import Caller
from shared.dates import london_day
from shared.errors import NotFound, invalid
from shared.ids import derived_id
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause
from shared.money import Pence
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
    held = [(fund, desk.books.head(fund.fund_id).in_hand) for fund in funds_of(stored, desk)]
    return [(fund, in_hand) for fund, in_hand in held if in_hand]


def funds_of(stored: Stored[Termination], desk: LifeDesk) -> Iterator[Fund]:
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
