"""What the ledger tells of a fund's life around its money: of its arrangement. Amounts are whole pence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from shared.events.language import Event, event
from shared.events.ledger import FUND, Pence


@event("fund.arranged", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundArranged(Event):
    """The council set out the budget and what it is for, or set it out anew (CP 3.2.1)."""

    fund_id: str
    person_id: str
    parts: Annotated[tuple[str, ...], "what was set: lot, entitlement, outcomes, deployment ..."]


@event("fund.plan.drafted", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundPlanDrafted(Event):
    """Provider and person drew up the plan, or drew it up anew (CP 3.2.3)."""

    fund_id: str
    draft: Annotated[int, "counts from 1"]
    written_by: str
    weekly_cost_pence: Pence


@event("fund.signed.off", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundSignedOff(Event):
    """Items of what a person is told were signed off (CP 6.6)."""

    fund_id: str
    items: tuple[str, ...]


@event("fund.started", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundStarted(Event):
    """The agreed plan was enacted and support started (CP 3.2.5)."""

    fund_id: str
    person_id: str
    started_on: date


@event("fund.budget.changed", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundBudgetChanged(Event):
    """An approved variation took effect on the fund (CP 4.2)."""

    fund_id: str
    variation_id: str
    weekly_budget_pence: Pence
    from_on: date


@event("fund.duty.met", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundDutyMet(Event):
    """Something that falls due again and again was done this time (CP 5.4, 9.8, 10.3)."""

    fund_id: str
    duty: Annotated[str, "payment, contribution-invoice, annual-summary or monthly-data"]
    occurrence: Annotated[int, "which time, from 1"]
    met_on: date
    reference: Annotated[str, "an entry's id or a document's number"] = ""


@event("fund.duty.reopened", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundDutyReopened(Event):
    """What was done this time was taken back, as a payment that is reversed; it is due again (CP 5.4)."""

    fund_id: str
    duty: Annotated[str, "payment"]
    occurrence: Annotated[int, "which time, from 1"]
    reference: Annotated[str, "what had met it: an entry's id"] = ""


@event("fund.variation.requested", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundVariationRequested(Event):
    """A change was asked for in writing (CP 4.1)."""

    fund_id: str
    variation_id: str
    weekly_budget_pence: Annotated[int | None, "whole pence; nothing where the budget stays"] = None
    in_crisis: bool = False


@event("fund.variation.approved", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundVariationApproved(Event):
    """The council approved a change (CP 4.2)."""

    fund_id: str
    variation_id: str
    from_on: date


@event("fund.variation.refused", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundVariationRefused(Event):
    """The council refused a change (CP 4.2)."""

    fund_id: str
    variation_id: str


@event("fund.variation.withdrawn", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundVariationWithdrawn(Event):
    """Whoever asked for a change took it back."""

    fund_id: str
    variation_id: str


@event("fund.crisis.opened", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class CrisisOpened(Event):
    """Care was adjusted in a crisis; the council is told within its time (CP 4.3)."""

    fund_id: str
    variation_id: str
    adjusted_at: datetime


@event("fund.crisis.contacted", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class CrisisContacted(Event):
    """The Social Care Representative was told of a crisis (CP 4.3)."""

    fund_id: str
    variation_id: str
    contacted_at: datetime


@event("fund.notice.due", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundNoticeDue(Event):
    """The provider noticed something that it owes the council a notice of (CP 4.4, 4.5)."""

    fund_id: str
    notice_id: str
    kind: Annotated[str, "needs-decreased or finances-changed"]


@event("fund.notice.given", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundNoticeGiven(Event):
    """The council was given a notice (CP 4.4, 4.5)."""

    fund_id: str
    notice_id: str
    kind: Annotated[str, "needs-decreased or finances-changed"]
    given_at: datetime


@event("fund.itemised", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundItemised(Event):
    """Somebody who sees a fund in sums asked to see its entries, with a reason (CP 9.7); the person is told."""

    fund_id: str
    itemisation_id: str
    person_id: str
    asked_by: str
    from_on: date
    to_on: date


@event("fund.surplus.exceeded", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundSurplusExceeded(Event):
    """Unspent budget exceeds so many weeks' (CP 5.4: the council is told)."""

    fund_id: str
    surplus_id: str
    person_id: str
    provider_id: str
    balance_pence: Pence
    over_pence: Annotated[int, "whole pence above the limit"]
    weeks: int


@event("fund.shortfall.forecast", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundShortfallForecast(Event):
    """If the plan is bought as agreed and payments come in as they are due, the fund comes below nothing (CP 10.3)."""

    fund_id: str
    person_id: str
    provider_id: str
    shortfall_on: Annotated[date, "the end of the first week that is not covered"]
    balance_pence: Annotated[int, "whole pence in hand when it was forecast"]
    weekly_cost_pence: Annotated[int, "whole pence that the agreed plan costs a week"]


@event("fund.surplus.noticed", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundSurplusNoticed(Event):
    """Notice was given that money may go back; there is time to answer (CP 9.5)."""

    fund_id: str
    surplus_id: str
    reply_by_on: date


@event("fund.surplus.replied", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundSurplusReplied(Event):
    """The person or the provider answered a notice of surplus (CP 9.5)."""

    fund_id: str
    surplus_id: str


@event("fund.surplus.challenged", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundSurplusChallenged(Event):
    """The person or the provider challenged an order to return money."""

    fund_id: str
    surplus_id: str


@event("fund.return.ordered", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundReturnOrdered(Event):
    """A named officer decided that money goes back (CP 9.5)."""

    fund_id: str
    surplus_id: str
    amount_pence: Pence
    decided_by: str


@event("fund.surplus.ended", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundSurplusEnded(Event):
    """A surplus came to its end."""

    fund_id: str
    surplus_id: str
    how: Annotated[str, "kept, lapsed or returned"]


@event("agreement.terminated", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class AgreementTerminated(Event):
    """The agreement with a provider was terminated, for all its people (CP 4.7)."""

    termination_id: str
    provider_id: str
    terminated_on: date


@event("agreement.balance.repaid", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class BalanceRepaid(Event):
    """A fund's balance came back at the end of an agreement (CP 4.7)."""

    termination_id: str
    fund_id: str
    amount_pence: Pence


@event("agreement.settled", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class AgreementSettled(Event):
    """The council paid what it owed a provider at the end of an agreement (CP 4.7)."""

    termination_id: str
    amount_pence: Pence
    settled_on: date
