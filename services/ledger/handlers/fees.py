"""The provider's fee for a fund: setting which one holds, and taking it week by week (CP 3.3, Schedules III and IV)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.ledger.errors import NothingToAccrue
from services.ledger.handlers.funds import get_fund
from services.ledger.handlers.posting import key_of, post_entries
from services.ledger.model.arrangements import Arrangement, Lot, arrangement_id_of
from services.ledger.model.blocks import Head, Posted, posted_in
from services.ledger.model.commands import AccrueFees, SetFee
from services.ledger.model.entries import Draft
from services.ledger.model.fees import (
    MOST_WEEKS,
    Fee,
    FundFee,
    OwnServices,
    fee_draft,
    fee_of,
    own_services_of,
    weeks_without_fee,
)
from services.ledger.model.funds import Fund
from services.ledger.ports import Books, FundPolicies
from shared.clock import Clock
from shared.context import Caller
from shared.dates import add_days, london_day
from shared.errors import Conflict, NotFound, invalid
from shared.events.ledger import FeeTierSet
from shared.ids import derived_id
from shared.messaging.aggregates import Aggregates, Decision, Stored
from shared.messaging.cause import Cause
from shared.policy.pack import PolicyPack


@dataclass(frozen=True, kw_only=True)
class FeeDesk:
    """What the fee's use cases need."""

    funds: Aggregates[Fund]
    fees: Aggregates[FundFee]
    arrangements: Aggregates[Arrangement]
    books: Books
    policies: FundPolicies
    clock: Clock
    attempts: int


def fee_id_of(fund_id: str) -> str:
    """The id of the record of a fund's fee."""
    return derived_id("fee", fund_id)


def set_fee(command: SetFee, *, cause: Cause, desk: FeeDesk) -> Stored[FundFee]:
    """Sets the fee that policy gives for the fund from a day on; a fee that holds already is not set again.

    Raises `PolicyIncomplete` for what the schedules leave open, `FeeAboveCeiling`, `FundClosed`, `Invalid`, `NotFound`.
    """
    fund = get_fund(command.fund_id, caller=cause.caller, funds=desk.funds).state
    fund.check_open()
    from_on = _from_on(command, fund, desk)
    fee = _fee(command, fund, from_on, desk)

    def decide(before: FundFee) -> Decision[FundFee]:
        after = before.with_fee(
            fee, from_on=from_on, by=cause.actor_id, at=desk.clock.now(), negotiated_percent=command.negotiated_percent
        )
        return Decision(state=after, events=[] if after is before else [_told(fund, fee, from_on)])

    fee_id, nothing = fee_id_of(fund.fund_id), FundFee(fund_id=fund.fund_id)
    try:
        return desk.fees.change(fee_id, decide, cause=cause)
    except NotFound:
        try:
            return desk.fees.create(fee_id, decide(nothing), council_id=fund.council_id, cause=cause)
        except Conflict:  # somebody else set the fund's first fee just then
            return desk.fees.change(fee_id, decide, cause=cause)


def get_fee(fund_id: str, *, caller: Caller, desk: FeeDesk) -> Stored[FundFee]:
    """The fund's fee through time. Raises `NotFound` where none was set."""
    get_fund(fund_id, caller=caller, funds=desk.funds)
    return desk.fees.get(fee_id_of(fund_id), caller=caller)


def accrue_fees(command: AccrueFees, *, cause: Cause, desk: FeeDesk) -> list[Posted]:
    """Takes the fee of every whole week that has ended and has none, in one block, an entry a week.

    Raises `NothingToAccrue`, `FundClosed`, `NotFound`, and what posting raises: all weeks are taken or none.
    """
    fund = get_fund(command.fund_id, caller=cause.caller, funds=desk.funds).state
    fees = desk.fees.get(fee_id_of(fund.fund_id), caller=cause.caller).state
    before = _before(command, desk)

    def decide(_head: Head) -> list[Draft]:
        fund.check_open()
        weeks = list(weeks_without_fee(fees, list(desk.books.entries(fund.fund_id)), before=before))[:MOST_WEEKS]
        if not weeks:
            raise NothingToAccrue(f"No whole week with a fee has ended before {before} that it was not taken for.")
        keys = [key_of(cause), *[None] * (len(weeks) - 1)]
        return [fee_draft(week, setting, key=key) for (week, setting), key in zip(weeks, keys, strict=True)]

    block = post_entries(decide, fund=fund, cause=cause, books=desk.books, clock=desk.clock, attempts=desk.attempts)
    return posted_in(block)


def _from_on(command: SetFee, fund: Fund, desk: FeeDesk) -> date:
    from_on = command.from_on or london_day(desk.clock.now())
    if from_on < fund.starts_on:
        raise invalid("from_on", "not-before-start", f"The fund starts on {fund.starts_on}.")
    return from_on


def _fee(command: SetFee, fund: Fund, from_on: date, desk: FeeDesk) -> Fee:
    today = london_day(desk.clock.now())
    pack = desk.policies.pack(fund.council_id, max(from_on, today))
    lot = command.lot or _lot_of(fund, desk)
    if lot is None:
        raise invalid("lot", "required", "Say which lot the provider is in; the fund's arrangement does not (CP 3.1).")
    return fee_of(
        pack,
        lot=lot,
        weekly_budget=fund.weekly_budget,
        own_services=_own_services(fund, today, pack, desk) if lot == "lot-1" else None,
        negotiated_percent=command.negotiated_percent if lot == "lot-2" else None,
    )


def _lot_of(fund: Fund, desk: FeeDesk) -> Lot | None:
    try:
        return desk.arrangements.get(arrangement_id_of(fund.fund_id)).state.lot
    except NotFound:
        return None


def _own_services(fund: Fund, today: date, pack: PolicyPack, desk: FeeDesk) -> OwnServices:
    entries = list(desk.books.entries(fund.fund_id))
    own = own_services_of(fund, entries, on=today, actual_after_weeks=pack.number("funding_weeks"))
    if own is None:
        raise invalid("fund", "planned", "Without an agreed plan and any use the share of own services is not known.")
    return own


def _before(command: AccrueFees, desk: FeeDesk) -> date:
    today = london_day(desk.clock.now())
    if command.until is None:
        return today
    if command.until >= today:
        raise invalid("until", "in-past", "Fees are taken for weeks that have ended.")
    return add_days(command.until, 1)


def _told(fund: Fund, fee: Fee, from_on: date) -> FeeTierSet:
    return FeeTierSet(
        fund_id=fund.fund_id,
        provider_id=fund.provider_id,
        lot=int(fee.lot.removeprefix("lot-")),
        tier=fee.tier,
        weekly_fee_pence=fee.weekly.amount,
        from_on=from_on,
        clause=fee.clause,
    )
