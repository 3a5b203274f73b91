"""A shortfall is told by itself, with the event that brings a fund's forecast below nothing (CP 10.3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import structlog

from services.ledger.handlers.life import LifeDesk
from services.ledger.model.duties import duties_id_of
from services.ledger.model.funds import Fund
from services.ledger.model.payment_terms import payment_terms_of
from services.ledger.model.payments import next_unpaid
from services.ledger.model.position import Forecast, forecast_of
from services.ledger.model.shortfall import ForecastShortfall, follow_forecast, nothing_told, shortfall_id_of
from shared.dates import london_day
from shared.errors import Conflict, NotFound, PolicyIncomplete
from shared.messaging.aggregates import Decision
from shared.messaging.cause import Cause
from shared.money import Pence

log = structlog.get_logger(__name__)

_Decide = Callable[[ForecastShortfall], Decision[ForecastShortfall]]


def follow_shortfall(fund_id: str, *, may_end: bool, desk: LifeDesk, cause: Cause) -> None:
    """Tells the council of a shortfall that the fund's forecast now shows; nothing where its policy sets no payments.

    `may_end`: money came in, or another plan or budget holds, so that one that was told may be over.
    """
    fund, in_hand = desk.funds.get(fund_id).state, desk.books.head(fund_id).in_hand
    try:
        forecast = _forecast(fund, in_hand, desk)
    except PolicyIncomplete:
        log.info("shortfall.no_payments_set", fund_id=fund_id)
        return
    at = desk.clock.now()

    def decide(told: ForecastShortfall) -> Decision[ForecastShortfall]:
        return follow_forecast(told, forecast, in_hand=in_hand, may_end=may_end, at=at)

    _change_if_needed(fund, decide, desk, cause)


def _forecast(fund: Fund, in_hand: Pence, desk: LifeDesk) -> Forecast | None:
    """Nothing to forecast once support has ended: what is left is settled, and nothing more is paid for (CP 5.3)."""
    if fund.support_ended_on is not None:
        return None
    today = london_day(desk.clock.now())
    pack = desk.policies.pack(fund.council_id, today)
    terms, pays_on = payment_terms_of(pack), _next_payment_on(fund, desk)
    return forecast_of(fund, in_hand, pays_on=pays_on, terms=terms, above=None, on=today)


def _next_payment_on(fund: Fund, desk: LifeDesk) -> date:
    """As the fund's duties know it from its payments; as the book says where they do not know yet."""
    try:
        known = desk.duties.get(duties_id_of(fund.fund_id)).state.next_payment_on
    except NotFound:
        known = None
    return known or next_unpaid(fund, desk.books.standing_payments(fund.fund_id).paid)


def _change_if_needed(fund: Fund, decide: _Decide, desk: LifeDesk, cause: Cause) -> None:
    """Most forecasts say nothing new, and write nothing."""
    shortfall_id = shortfall_id_of(fund.fund_id)
    try:
        told = desk.shortfalls.get(shortfall_id).state
    except NotFound:
        _begin_if_needed(fund, decide, desk, cause)
        return
    if decide(told).state != told:
        desk.shortfalls.change(shortfall_id, decide, cause=cause)


def _begin_if_needed(fund: Fund, decide: _Decide, desk: LifeDesk, cause: Cause) -> None:
    """The first that is told of a fund."""
    shortfall_id, first = shortfall_id_of(fund.fund_id), decide(nothing_told(fund))
    if not first.events:
        return
    try:
        desk.shortfalls.create(shortfall_id, first, council_id=fund.council_id, cause=cause)
    except Conflict:  # somebody else saw it in the same moment
        desk.shortfalls.change(shortfall_id, decide, cause=cause)
