"""Seeing a fund's entries where one sees sums by default: asked for with a reason, on record before anything is shown."""

from __future__ import annotations

from services.ledger.handlers.funds import get_fund
from services.ledger.model.blocks import Posted, to_the_millisecond
from services.ledger.model.entries import Period
from services.ledger.model.funds import Fund
from services.ledger.model.itemisations import Itemisation, Itemised, itemise
from services.ledger.model.statements import make_statement, read_from
from services.ledger.ports import Books
from shared.clock import Clock
from shared.messaging.aggregates import Aggregates
from shared.messaging.cause import Cause


def itemise_fund(
    fund_id: str,
    period: Period,
    *,
    reason: str,
    cause: Cause,
    funds: Aggregates[Fund],
    books: Books,
    itemisations: Aggregates[Itemisation],
    clock: Clock,
) -> Itemised:
    """The entries that count in these days, once it is on record who asked and why (CP 9.7). Raises `NotFound`."""
    fund = get_fund(fund_id, caller=cause.caller, funds=funds).state
    asked = Itemisation(
        itemisation_id=cause.new_id("itm"),
        fund_id=fund_id,
        period=period,
        reason=reason,
        asked_by=cause.actor_id,
        asked_at=to_the_millisecond(clock.now()),
    )
    kept = itemisations.create(
        asked.itemisation_id, itemise(asked, fund), council_id=fund.council_id, cause=cause
    ).state
    head, now = books.head(fund_id), clock.now()
    tail = books.tail(fund_id, since=read_from(on=period.from_on, known_at=now), up_to=head.number)
    statement = make_statement(fund, tail, period=period, made_at=now, head_number=head.number, head_hash=head.hash)
    return Itemised(asked=kept, entries=tuple(Posted(entry=e.entry, in_hand=e.balance) for e in statement.lines))
