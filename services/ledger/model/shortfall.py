"""A shortfall: told when a fund's forecast first comes below nothing, so that the council hears before the money is gone.

A forecast that moves by some days is no new one. It is over when money comes in, or another plan or budget holds, and the
forecast has no shortfall any more; the next one is told again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from services.ledger.model.funds import Fund
from services.ledger.model.position import Forecast
from shared.events.fund_life import FundShortfallForecast
from shared.ids import derived_id
from shared.messaging.aggregates import Decision
from shared.money import Pence


@dataclass(frozen=True, kw_only=True)
class ForecastShortfall:
    """What the council was told of a fund's shortfall; `shortfall_on` is the day it was told, nothing once that is over."""

    shortfall_id: str
    fund_id: str
    person_id: str
    provider_id: str
    shortfall_on: date | None = None
    told_at: datetime | None = None
    times_told: int = 0


def shortfall_id_of(fund_id: str) -> str:
    """The id of what is told of a fund's shortfalls."""
    return derived_id("sho", fund_id)


def nothing_told(fund: Fund) -> ForecastShortfall:
    """Before anything was told."""
    return ForecastShortfall(
        shortfall_id=shortfall_id_of(fund.fund_id),
        fund_id=fund.fund_id,
        person_id=fund.person_id,
        provider_id=fund.provider_id,
    )


def follow_forecast(
    told: ForecastShortfall, forecast: Forecast | None, *, in_hand: Pence, may_end: bool, at: datetime
) -> Decision[ForecastShortfall]:
    """Tells a shortfall that the forecast shows and that was not told yet; forgets one that is over. A repeat changes nothing."""
    shortfall_on = forecast.shortfall_on if forecast else None
    if shortfall_on is None and told.shortfall_on is not None and may_end:
        return Decision(state=replace(told, shortfall_on=None))
    if forecast is None or shortfall_on is None or told.shortfall_on is not None:
        return Decision(state=told)
    event = FundShortfallForecast(
        fund_id=told.fund_id,
        person_id=told.person_id,
        provider_id=told.provider_id,
        shortfall_on=shortfall_on,
        balance_pence=in_hand.amount,
        weekly_cost_pence=forecast.weekly_cost.amount,
    )
    state = replace(told, shortfall_on=shortfall_on, told_at=at, times_told=told.times_told + 1)
    return Decision(state=state, events=[event])
