"""The agreement with a provider ends, for all its people: balances are repaid at once, the council settles in its time (CP 4.7).

One person's change of provider is another thing (CP 5.3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from services.ledger.errors import NotYetPossible
from services.ledger.model.about_funds import stop_named
from shared.events.fund_life import AgreementSettled, AgreementTerminated, BalanceRepaid
from shared.events.language import Event
from shared.messaging.aggregates import Decision
from shared.money import Pence
from shared.policy.keeping import Kept, start
from shared.policy.running import RunningClock

Party = Literal["council", "provider"]
PARTIES: tuple[Party, ...] = ("council", "provider")
REPAYMENT = "balance_repayment"
SETTLEMENT = "council_settlement"
CLAUSE = "CP 4.7"


@dataclass(frozen=True, kw_only=True)
class Repayment:
    """One fund's balance that came back."""

    fund_id: str
    entry_id: str
    amount: Pence
    repaid_on: date


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What the council paid the provider in the end; nothing where nothing was owed."""

    amount: Pence
    settled_on: date
    reference: str
    by: str


@dataclass(frozen=True, kw_only=True)
class Termination:
    """The end of one provider's agreement with a council."""

    termination_id: str
    provider_id: str
    terminated_on: date
    by_party: Party
    reason: str
    recorded_by: str
    recorded_at: datetime
    repayments: tuple[Repayment, ...] = ()
    all_repaid_on: date | None = None
    settlement: Settlement | None = None
    clocks: tuple[RunningClock, ...] = ()


def terminate(termination: Termination, clocks: tuple[RunningClock, ...]) -> Decision[Termination]:
    """The agreement is terminated; both sides' times run (C16, C17)."""
    kept = start((), clocks)
    told = AgreementTerminated(
        termination_id=termination.termination_id,
        provider_id=termination.provider_id,
        terminated_on=termination.terminated_on,
    )
    return Decision(state=replace(termination, clocks=kept.clocks), events=[told, *kept.events])


def repaid(
    termination: Termination, repayment: Repayment, *, is_last: bool, at: datetime, today: date
) -> Decision[Termination]:
    """A fund's balance came back; with the last one the provider has done its part. A repeat adds nothing."""
    known = {each.entry_id for each in termination.repayments}
    is_new = repayment.entry_id not in known
    told: list[Event] = []
    repayments = termination.repayments
    if is_new:
        repayments = (*repayments, repayment)
        told.append(
            BalanceRepaid(
                termination_id=termination.termination_id,
                fund_id=repayment.fund_id,
                amount_pence=repayment.amount.amount,
            )
        )
    kept = stop_named(termination.clocks, [REPAYMENT], at=at) if is_last else Kept(clocks=termination.clocks)
    done_on = termination.all_repaid_on or (today if is_last else None)
    state = replace(termination, repayments=repayments, all_repaid_on=done_on, clocks=kept.clocks)
    return Decision(state=state, events=[*told, *kept.events])


def settle(termination: Termination, settlement: Settlement, *, at: datetime) -> Decision[Termination]:
    """The council has paid what it owed (CP 4.7). Raises `NotYetPossible` when it had before."""
    if termination.settlement is not None:
        raise NotYetPossible(f"The council settled on {termination.settlement.settled_on}.")
    kept = stop_named(termination.clocks, [SETTLEMENT], at=at)
    told = AgreementSettled(
        termination_id=termination.termination_id,
        amount_pence=settlement.amount.amount,
        settled_on=settlement.settled_on,
    )
    state = replace(termination, settlement=settlement, clocks=kept.clocks)
    return Decision(state=state, events=[told, *kept.events])


def is_termination_shown(provider_id: str, organisation_id: str | None) -> bool:
    """Officers of the council, and the provider itself."""
    return organisation_id in (None, provider_id)
