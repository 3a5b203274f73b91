"""Builds what a fund's life works with: its records, rules and clocks."""

from __future__ import annotations

from services.ledger import store
from services.ledger.handlers.life import LifeDesk
from services.ledger.life_rules import PackLifeRules
from services.ledger.model.funds import Fund
from services.ledger.ports import Books, FundPolicies
from services.ledger.store import life
from shared.messaging.aggregates import Aggregates
from shared.policy.clock_keeper import ClockKeeper
from shared.policy.policies import Policies
from shared.policy.recalculating import RECALCULATING, RECALCULATIONS, Recalculations
from shared.runtime.resources import Resources


def open_life(
    resources: Resources,
    known: Policies,
    *,
    funds: Aggregates[Fund],
    books: Books,
    policies: FundPolicies,
    attempts: int,
) -> LifeDesk:
    """The desk of a fund's life over the service's resources."""
    return LifeDesk(
        funds=funds,
        arrangements=resources.aggregates(store.ARRANGEMENTS, store.ARRANGEMENT),
        books=books,
        policies=policies,
        rules=PackLifeRules(known),
        clock=resources.clock,
        duties=resources.aggregates(life.FUND_DUTIES, life.DUTIES),
        variations=resources.aggregates(life.VARIATIONS, life.VARIATION),
        notices=resources.aggregates(life.FUND_NOTICES, life.FUND_NOTICE),
        surpluses=resources.aggregates(life.SURPLUSES, life.SURPLUS),
        terminations=resources.aggregates(life.TERMINATIONS, life.TERMINATION),
        shortfalls=resources.aggregates(life.SHORTFALLS, life.SHORTFALL),
        attempts=attempts,
    )


def keeper_of(desk: LifeDesk, resources: Resources, known: Policies) -> ClockKeeper:
    """The keeper of the clocks that run with funds."""
    return ClockKeeper(
        bearing=life.bearing(desk.duties, desk.variations, desk.notices, desk.terminations),
        listing=resources.clock_list(),
        policies=known,
        clock=resources.clock,
    )


def recalculations_of(keeper: ClockKeeper, resources: Resources) -> Recalculations:
    """Reckons those clocks anew when what they are reckoned under changes."""
    return Recalculations(
        records=resources.aggregates(RECALCULATIONS, RECALCULATING),
        keeper=keeper,
        clock=resources.clock,
        settle_seconds=2 * resources.settings.policy_refresh_seconds,
        stopping=resources.stopping,
    )
