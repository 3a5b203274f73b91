"""A fund at a glance: where it stands, a month of it, a year of it (CP 9.8, 10.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.ledger.handlers.funds import get_fund
from services.ledger.model.blocks import Head
from services.ledger.model.entries import Entry
from services.ledger.model.funds import Fund
from services.ledger.model.payment_terms import payment_terms_of
from services.ledger.model.payments import fund_year
from services.ledger.model.position import Position, SurplusRule, position_of
from services.ledger.model.returns import AnnualSummary, MonthlyReturn, annual_summary, monthly_return
from services.ledger.model.series import turn_holding
from services.ledger.model.statements import Tail, read_from
from services.ledger.ports import Books, FundPolicies
from shared.clock import Clock
from shared.context import Caller
from shared.dates import london_day, start_of_london_day
from shared.errors import invalid
from shared.messaging.aggregates import Aggregates
from shared.policy.pack import PolicyPack

MONTHLY = "personal_data_return"
YEARLY = "fund_summary"


@dataclass(frozen=True, kw_only=True)
class Overlooked:
    """What every look at a fund needs."""

    funds: Aggregates[Fund]
    books: Books
    policies: FundPolicies
    clock: Clock


def get_position(fund_id: str, *, caller: Caller, desk: Overlooked) -> Position:
    """Where the fund stands today. Raises `NotFound`, `PolicyIncomplete`."""
    fund = get_fund(fund_id, caller=caller, funds=desk.funds).state
    today = london_day(desk.clock.now())
    pack = desk.policies.pack(fund.council_id, today)
    surplus = SurplusRule(
        clause=pack.entry("surplus_inform_weeks").clause or "", weeks=pack.number("surplus_inform_weeks")
    )
    head, tail = _counted_since(fund_year(fund.starts_on, today).from_on, fund, desk)
    return position_of(
        fund,
        tail.entries,
        head,
        paid=desk.books.standing_payments(fund_id).paid,
        terms=payment_terms_of(pack),
        surplus=surplus,
        on=today,
    )


def get_month(fund_id: str, *, on: date | None, caller: Caller, desk: Overlooked) -> MonthlyReturn:
    """The month that holds a day (today), counted from the fund's start. Raises `NotFound`, `Invalid`, `PolicyIncomplete`."""
    fund = get_fund(fund_id, caller=caller, funds=desk.funds).state
    day, pack = _asked_about(fund, on, desk)
    number, days = turn_holding(pack, MONTHLY, fund.starts_on, day)
    return monthly_return(
        fund,
        _counted_since(days.from_on, fund, desk)[1].entries,
        number=number,
        days=days,
        due_on=_due_on(pack, MONTHLY, fund, number, desk),
        clause=pack.clock(MONTHLY).clause or "",
        policy_version=pack.version,
    )


def get_summary(fund_id: str, *, on: date | None, caller: Caller, desk: Overlooked) -> AnnualSummary:
    """The fund's year that holds a day (today), as far as it has come. Raises `NotFound`, `Invalid`, `PolicyIncomplete`."""
    fund = get_fund(fund_id, caller=caller, funds=desk.funds).state
    day, pack = _asked_about(fund, on, desk)
    year = fund_year(fund.starts_on, day)
    number, _ = turn_holding(pack, YEARLY, fund.starts_on, day)
    _, tail = _counted_since(year.from_on, fund, desk)
    return annual_summary(
        fund,
        tail,
        corrected=_corrected_before(tail, desk),
        year=year,
        to_on=max(min(london_day(desk.clock.now()), year.to_on), year.from_on),
        due_on=_due_on(pack, YEARLY, fund, number, desk),
        clause=pack.clock(YEARLY).clause or "",
        policy_version=pack.version,
    )


def _counted_since(first: date, fund: Fund, desk: Overlooked) -> tuple[Head, Tail]:
    """The book's head, and the end of the book in which are all entries that count from this day or a later one."""
    head = desk.books.head(fund.fund_id)
    since = read_from(on=first, known_at=desk.clock.now())
    return head, desk.books.tail(fund.fund_id, since=since, up_to=head.number)


def _corrected_before(tail: Tail, desk: Overlooked) -> list[Entry]:
    """Earlier entries that entries of the book's end take back."""
    here = {entry.entry_id for entry in tail.entries}
    taken_back = [entry.draft.reverses for entry in tail.entries if entry.draft.reverses]
    found = [desk.books.entry(entry_id) for entry_id in taken_back if entry_id not in here]
    return [entry for entry in found if entry is not None]


def _asked_about(fund: Fund, on: date | None, desk: Overlooked) -> tuple[date, PolicyPack]:
    """The day, and the pack in force on it."""
    today = london_day(desk.clock.now())
    if on is not None and on > today:
        raise invalid("on", "not-in-future", "What is to come cannot be summed up.")
    return on or today, desk.policies.pack(fund.council_id, on or today)


def _due_on(pack: PolicyPack, clock: str, fund: Fund, occurrence: int, desk: Overlooked) -> date:
    return desk.policies.reckon(pack.version, clock, start_of_london_day(fund.starts_on), occurrence).due_on
