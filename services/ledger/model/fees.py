"""The provider's fee (CP 3.3, Schedules III and IV): which one holds, why, and the weeks it has not been taken for.

What the schedules leave open stays open: asking for it stops with `policy incomplete` and the schedule's own words for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from services.ledger.errors import FeeAboveCeiling
from services.ledger.model.arrangements import Lot
from services.ledger.model.chart import HELD
from services.ledger.model.entries import Draft, Entry, Grounds, Key, Leg, Period, standing
from services.ledger.model.funds import Fund
from services.ledger.model.payments import fund_year
from services.ledger.model.position import counting, for_days
from services.ledger.model.series import DAYS_A_WEEK
from shared.dates import add_days
from shared.errors import PolicyIncomplete
from shared.money import Pence, format_gbp, total
from shared.policy.pack import PolicyPack

Tier = Literal["tier-1", "tier-2", "weekly", "negotiated"]
Basis = Literal["actual", "plan", "stated"]

FEES = "fees"
WHOLE = 100
MOST_WEEKS = 200
"""Weeks taken at once: far below what one block of a book may hold."""
_BASIS_WORDS = {"actual": "actual use", "plan": "the agreed plan", "stated": "the facts given"}


@dataclass(frozen=True, kw_only=True)
class OwnServices:
    """How much of the budget buys the provider's own services, and how much buys others' (CP 3.3, 6.10)."""

    own: Pence
    others: Pence
    budget: Pence
    basis: Basis

    def is_more_than(self, percent: int) -> bool:
        """Whether own services take more than this share of the budget; exactly this share is not more."""
        return self.own.amount * WHOLE > percent * self.budget.amount

    @property
    def words(self) -> str:
        share = f"{format_gbp(self.own)} of a budget of {format_gbp(self.budget)}"
        return f"by {_BASIS_WORDS[self.basis]}, {share} buys the provider's own services"


@dataclass(frozen=True, kw_only=True)
class Fee:
    """The fee that holds, by which tier, and why."""

    lot: Lot
    tier: Tier
    weekly: Pence
    clause: str
    reason: str
    policy_version: str


@dataclass(frozen=True, kw_only=True)
class FeeSetting:
    """A fee as it was set for a fund, from a day on, by whom, and what changed."""

    fee: Fee
    from_on: date
    change: str
    set_by: str
    set_at: datetime
    negotiated_percent: int | None = None


@dataclass(frozen=True, kw_only=True)
class FundFee:
    """A fund's fee through time, in the order it was set."""

    fund_id: str
    settings: tuple[FeeSetting, ...] = ()

    def on(self, day: date) -> FeeSetting | None:
        """The setting that holds on a day: the last one set that had begun."""
        begun = [setting for setting in self.settings if setting.from_on <= day]
        return begun[-1] if begun else None

    @property
    def first_on(self) -> date | None:
        return min((setting.from_on for setting in self.settings), default=None)

    def with_fee(
        self, fee: Fee, *, from_on: date, by: str, at: datetime, negotiated_percent: int | None = None
    ) -> FundFee:
        """With this fee from a day on; the very same when that fee holds by then already and nothing follows it."""
        before = self.on(from_on)
        if before is not None and before is self.settings[-1] and _same(before.fee, fee):
            return self
        setting = FeeSetting(
            fee=fee,
            from_on=from_on,
            change=_change(before, fee),
            set_by=by,
            set_at=at,
            negotiated_percent=negotiated_percent,
        )
        return replace(self, settings=(*self.settings, setting))


def fee_of(
    pack: PolicyPack,
    *,
    lot: Lot,
    weekly_budget: Pence,
    own_services: OwnServices | None,
    negotiated_percent: int | None,
) -> Fee:
    """The fee by this pack. Raises `PolicyIncomplete` for what the schedules leave open, `FeeAboveCeiling`."""
    if lot == "lot-1":
        if own_services is None:
            raise ValueError("a fee of Lot 1 rests on the share of own services")
        return _of_lot_1(pack, own_services)
    if negotiated_percent is None:
        entry = pack.entry("lot_2_weekly_fee_pence")
        fee = pack.pence("lot_2_weekly_fee_pence")
        return Fee(
            lot="lot-2",
            tier="weekly",
            weekly=fee,
            clause=entry.clause or "",
            reason=f"The fee is {format_gbp(fee)} a week ({entry.clause}).",
            policy_version=pack.version,
        )
    return _negotiated(pack, weekly_budget, negotiated_percent)


def own_services_of(fund: Fund, entries: Sequence[Entry], *, on: date, actual_after_weeks: int) -> OwnServices | None:
    """By actual use in the fund's year so far; by the agreed plan until there are so many weeks of it, or nothing spent.

    `None` when there is neither use nor a plan.
    """
    year = fund_year(fund.starts_on, on)
    so_far = Period(from_on=year.from_on, to_on=max(min(on, year.to_on), year.from_on))
    spends = [entry for entry in counting(entries, so_far) if entry.type == "spend"]
    if spends and so_far.days >= actual_after_weeks * DAYS_A_WEEK:
        own = total(entry.amount for entry in spends if _is_own(entry, fund))
        spent = total(entry.amount for entry in spends)
        budget = for_days(fund.weekly_budget, so_far.days)
        return OwnServices(own=own, others=spent - own, budget=budget, basis="actual")
    if fund.plan is None:
        return None
    own = total(line.weekly_cost for line in fund.plan.lines if line.payee_id == fund.provider_id)
    return OwnServices(own=own, others=fund.plan.weekly_cost - own, budget=fund.weekly_budget, basis="plan")


def weeks_without_fee(fees: FundFee, entries: Sequence[Entry], *, before: date) -> Iterator[tuple[Period, FeeSetting]]:
    """Whole weeks that ended before a day and that no fee that counts was taken for, from the first setting on."""
    taken = {entry.draft.period for entry in standing(entries) if entry.type == "fee"}
    first_on = fees.first_on
    while first_on is not None and add_days(first_on, DAYS_A_WEEK - 1) < before:
        week = Period(from_on=first_on, to_on=add_days(first_on, DAYS_A_WEEK - 1))
        setting = fees.on(week.from_on)
        if week not in taken and setting is not None and setting.fee.weekly:
            yield week, setting
        first_on = add_days(first_on, DAYS_A_WEEK)


def fee_draft(week: Period, setting: FeeSetting, *, key: Key | None) -> Draft:
    """The entry that takes one week's fee from the fund (CP Sch III: managed within the personal budget)."""
    fee = setting.fee
    return Draft(
        type="fee",
        legs=(Leg(account=FEES, amount=fee.weekly), Leg(account=HELD, amount=-fee.weekly)),
        effective_on=week.to_on,
        policy_version=fee.policy_version,
        period=week,
        grounds=Grounds(clause=fee.clause, reason=fee.reason),
        key=key,
    )


def _of_lot_1(pack: PolicyPack, own_services: OwnServices) -> Fee:
    limit = pack.entry("lot_1_own_service_percent")
    percent = pack.number("lot_1_own_service_percent")
    if own_services.is_more_than(percent):
        entry = pack.entry("lot_1_tier_1_fee_pence")
        reason = f"Tier 1: {own_services.words}, more than {percent}% ({limit.clause})."
        return Fee(
            lot="lot-1",
            tier="tier-1",
            weekly=pack.pence("lot_1_tier_1_fee_pence"),
            clause=entry.clause or "",
            reason=reason,
            policy_version=pack.version,
        )
    reason = f"{own_services.words}, not more than {percent}% ({limit.clause}), so that Tier 1 does not hold."
    return _below_tier_1(pack, f"{reason[:1].upper()}{reason[1:]}")


def _below_tier_1(pack: PolicyPack, reason: str) -> Fee:
    """Tier 2, where a council has set it and nothing else to choose from: the tests of Tiers 2 to 4 are in no pack."""
    try:
        fee = pack.pence("lot_1_tier_2_fee_pence")
    except PolicyIncomplete as unset:
        raise PolicyIncomplete(f"{unset.detail}. {reason}", errors=unset.errors) from unset
    if pack.sets("lot_1_tier_3_fee_pence") or pack.sets("lot_1_tier_4_fee_pence"):
        raise PolicyIncomplete(
            f"policy incomplete: {pack.version} has no tests that tell Schedule III Tiers 2 to 4 apart"
        )
    clause = pack.entry("lot_1_tier_2_fee_pence").clause or ""
    return Fee(lot="lot-1", tier="tier-2", weekly=fee, clause=clause, reason=reason, policy_version=pack.version)


def _negotiated(pack: PolicyPack, weekly_budget: Pence, percent: int) -> Fee:
    ceiling = pack.pence("lot_2_fee_ceiling_pence")
    clause = pack.entry("lot_2_fee_ceiling_pence").clause
    fee, _ = weekly_budget.allocate([percent, WHOLE - percent])
    if fee > ceiling:
        raise FeeAboveCeiling(
            f"{percent}% of {format_gbp(weekly_budget)} is {format_gbp(fee)} a week;"
            f" the ceiling is {format_gbp(ceiling)} ({clause})."
        )
    reason = f"{percent}% of {format_gbp(weekly_budget)} a week was negotiated, under the ceiling ({clause})."
    return Fee(
        lot="lot-2", tier="negotiated", weekly=fee, clause=clause or "", reason=reason, policy_version=pack.version
    )


def _is_own(entry: Entry, fund: Fund) -> bool:
    purpose = entry.draft.purpose
    return purpose is not None and fund.provider_id in (purpose.payee_id, purpose.delivered_by)


def _same(before: Fee, after: Fee) -> bool:
    return (before.lot, before.tier, before.weekly) == (after.lot, after.tier, after.weekly)


def _change(before: FeeSetting | None, fee: Fee) -> str:
    if before is None:
        return f"First set: {fee.reason}"
    old = f"{before.fee.tier} at {format_gbp(before.fee.weekly)}"
    return f"From {old} to {fee.tier} at {format_gbp(fee.weekly)} a week: {fee.reason}"
