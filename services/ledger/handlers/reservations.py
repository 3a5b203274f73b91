"""Two-phase spending: money is set aside when a booking is agreed, and paid, called off or freed when it runs out.

Rules and balance are asked when money is set aside; paying from it can then meet neither. Only whether the payee may be
paid is asked again, since a hold may have come in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial

from services.ledger.errors import ReservationNotFound, ReservationResolved, SpendNotAllowed
from services.ledger.handlers.funds import get_fund
from services.ledger.handlers.posting import (
    block_posted_before,
    effective_day,
    key_of,
    post_entries,
    post_entry,
    posted_by,
)
from services.ledger.handlers.spending import SpendAnswer, request_spend
from services.ledger.model.blocks import Head, Posted, place_of
from services.ledger.model.commands import PostReserved, RequestSpend, VoidReservation
from services.ledger.model.entries import Draft, Entry
from services.ledger.model.funds import Fund
from services.ledger.model.refusals import RefusedSpend
from services.ledger.model.reservations import (
    Expiries,
    Reservation,
    Status,
    check_expiry,
    freed,
    paid_from,
    reservations,
)
from services.ledger.model.spending import ON_HOLD
from services.ledger.ports import Books, FundPolicies, PayeeHolds
from shared.clock import Clock
from shared.context import Caller
from shared.dates import london_day
from shared.errors import Conflict, FieldError, NotFound
from shared.messaging.aggregates import Aggregates, Decision
from shared.messaging.cause import Cause, of_schedule


@dataclass(frozen=True, kw_only=True)
class ReservationPage:
    """Some reservations of a book, the newest first, and the cursor for the following ones."""

    items: list[Reservation]
    next: str | None


def reserve_spend(
    command: RequestSpend,
    *,
    cause: Cause,
    funds: Aggregates[Fund],
    books: Books,
    expiries: Aggregates[Expiries],
    refusals: Aggregates[RefusedSpend],
    holds: PayeeHolds,
    policies: FundPolicies,
    clock: Clock,
    attempts: int,
) -> SpendAnswer:
    """Sets money aside if CP 6.17, the plan and the balance allow the spend; see `request_spend`.

    The day it runs out is noted first: cut short in between, there is a day at which nothing runs out.
    """
    fund = get_fund(command.fund_id, caller=cause.caller, funds=funds).state
    if command.reserve_until is None:
        raise TypeError("a reservation has a last day")
    if block_posted_before(cause, books) is None:
        check_expiry(command.reserve_until, london_day(clock.now()))
    _note(fund, command.reserve_until, expiries)
    return request_spend(
        command,
        cause=cause,
        funds=funds,
        books=books,
        refusals=refusals,
        holds=holds,
        policies=policies,
        clock=clock,
        attempts=attempts,
    )


def post_reserved(
    command: PostReserved,
    *,
    cause: Cause,
    funds: Aggregates[Fund],
    books: Books,
    holds: PayeeHolds,
    clock: Clock,
    attempts: int,
) -> Posted:
    """Pays a reservation, once; what is left of it is free again.

    Raises `ReservationNotFound`, `ReservationResolved`, `ReservationRanOut`, `MoreThanReserved`, `SpendNotAllowed` for a
    payee on hold, `FundClosed`, and what posting raises.
    """
    fund = get_fund(command.fund_id, caller=cause.caller, funds=funds).state
    effective_on = effective_day(command.effective_on, clock)

    def decide(_head: Head) -> Sequence[Draft]:
        fund.check_open()
        reservation = _unresolved(command.fund_id, command.entry_id, books)
        _check_not_held(reservation, holds)
        return paid_from(
            reservation,
            command.amount,
            effective_on=effective_on,
            today=london_day(clock.now()),
            reference=command.reference,
            evidence=command.evidence,
            key=key_of(cause),
        )

    block = post_entries(decide, fund=fund, cause=cause, books=books, clock=clock, attempts=attempts)
    return posted_by(cause, block, otherwise=-1)


def void_reservation(
    command: VoidReservation, *, cause: Cause, funds: Aggregates[Fund], books: Books, clock: Clock, attempts: int
) -> Posted:
    """Calls a reservation off, once; its money is free again.

    Raises `ReservationNotFound`, `ReservationResolved`, `FundClosed`, and what posting raises.
    """
    fund = get_fund(command.fund_id, caller=cause.caller, funds=funds).state

    def decide(_head: Head) -> Draft:
        fund.check_open()
        reservation = _unresolved(command.fund_id, command.entry_id, books)
        today = london_day(clock.now())
        return freed(reservation, "void-reservation", effective_on=today, reason=command.reason, key=key_of(cause))

    return post_entry(decide, fund=fund, cause=cause, books=books, clock=clock, attempts=attempts)


def expire_reservations(
    fund_id: str,
    *,
    funds: Aggregates[Fund],
    books: Books,
    expiries: Aggregates[Expiries],
    clock: Clock,
    attempts: int,
) -> None:
    """Frees what the fund's reservations that have run out still hold; done twice, it finds itself done."""
    cause = of_schedule("expiries", fund_id)
    fund = funds.get(fund_id).state
    today = london_day(clock.now())
    for reservation in reservations(books.entries(fund_id)):
        if reservation.status == "open" and _has_run_out(reservation.entry, today):
            expire = partial(_ending, reservation.entry, books)
            with suppress(ReservationResolved):  # another replica was first, or whoever paid it
                post_entry(expire, fund=fund, cause=cause, books=books, clock=clock, attempts=attempts)
    expiries.change(fund_id, lambda noted: Decision(state=noted.without_days_before(today)), cause=cause)


def list_reservations(
    fund_id: str,
    *,
    status: Status | None,
    after: str | None,
    limit: int,
    caller: Caller,
    funds: Aggregates[Fund],
    books: Books,
) -> ReservationPage:
    """The fund's reservations, the newest first."""
    get_fund(fund_id, caller=caller, funds=funds)
    every = [each for each in reservations(books.entries(fund_id)) if status in (None, each.status)][::-1]
    ids = [each.entry.entry_id for each in every]
    start = ids.index(after) + 1 if after in ids else 0
    items = every[start : start + limit]
    return ReservationPage(items=items, next=ids[start + limit - 1] if len(every) > start + limit else None)


def _note(fund: Fund, day: date, expiries: Aggregates[Expiries]) -> None:
    """Notes the day at whose end the fund is to be looked at."""
    cause = of_schedule("expiries", fund.fund_id)
    noted = _noted(fund, expiries)
    if noted is None:
        first = Expiries(fund_id=fund.fund_id, days=()).with_day(day)
        try:
            expiries.create(fund.fund_id, Decision(state=first), council_id=fund.council_id, cause=cause)
        except Conflict:  # somebody else noted the fund's first day just now
            noted = _noted(fund, expiries)
    if noted is not None and day not in noted.days:
        expiries.change(fund.fund_id, lambda days: Decision(state=days.with_day(day)), cause=cause)


def _noted(fund: Fund, expiries: Aggregates[Expiries]) -> Expiries | None:
    try:
        return expiries.get(fund.fund_id).state
    except NotFound:
        return None


def _ending(reservation: Entry, books: Books, head: Head) -> Draft:
    still = _unresolved(head.book, reservation.entry_id, books)
    return freed(still, "expire-reservation", effective_on=still.draft.expires_on or still.effective_on)


def _has_run_out(reservation: Entry, today: date) -> bool:
    return reservation.draft.expires_on is not None and reservation.draft.expires_on < today


def _unresolved(fund_id: str, entry_id: str, books: Books) -> Entry:
    place = place_of(entry_id)
    entry = books.entry(entry_id) if place and place[0] == fund_id else None
    if entry is None or entry.type != "reserve":
        raise ReservationNotFound(f"Fund {fund_id} has no reservation {entry_id}.")
    resolution = books.resolution_of(entry_id)
    if resolution is not None:
        raise ReservationResolved(f"Reservation {entry_id} was resolved by entry {resolution.entry_id}.")
    return entry


def _check_not_held(reservation: Entry, holds: PayeeHolds) -> None:
    purpose = reservation.draft.purpose
    parties = [party for party in (purpose.payee_id, purpose.delivered_by) if party] if purpose else []
    if holds.held_among(parties):
        raise SpendNotAllowed(ON_HOLD, errors=[FieldError(field="entry_id", rule="hold", message=ON_HOLD)])
