"""Moving a fund's money to another fund of the same person, through a clearing account in both books (CP 5.3).

What the one book credits to its clearing account the other debits from its own of the same name, so that each book
balances by itself and the account comes to nought over both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from services.ledger.errors import FundHasReservations, NotTheirFund
from services.ledger.model.blocks import Head
from services.ledger.model.chart import HELD, RESERVED, clearing_account, family_of, is_clearing
from services.ledger.model.entries import Draft, Entry, Key, Leg
from services.ledger.model.funds import Fund
from shared.errors import FieldError
from shared.money import ZERO, Pence, format_gbp, total


def moved_out(
    fund: Fund, head: Head, transfer_id: str, *, effective_on: date, reason: str, key: Key | None
) -> Sequence[Draft]:
    """Everything out of the book, and its end, in one block; nothing to move is an end alone.

    Raises `FundHasReservations`.
    """
    check_no_reservations(fund, head)
    end = Draft(
        type="closing",
        legs=(),
        effective_on=effective_on,
        policy_version=fund.policy_version,
        reference=reason,
        key=key,
    )
    legs = _emptied(head.balances)
    if not legs:
        return [end]
    amount = -total(leg.amount for leg in legs)
    out = Draft(
        type="moved-out",
        legs=(Leg(account=clearing_account(transfer_id), amount=amount), *legs),
        effective_on=effective_on,
        policy_version=fund.policy_version,
        reference=reason,
    )
    return [out, end]


def moved_in(fund: Fund, amount: Pence, transfer_id: str, *, effective_on: date, reason: str, key: Key | None) -> Draft:
    """The other book's money comes in, free to spend."""
    return Draft(
        type="moved-in",
        legs=(Leg(account=HELD, amount=amount), Leg(account=clearing_account(transfer_id), amount=-amount)),
        effective_on=effective_on,
        policy_version=fund.policy_version,
        reference=reason,
        key=key,
    )


def check_no_reservations(fund: Fund, head: Head) -> None:
    """Raises `FundHasReservations`: what is booked with the old provider is settled with it."""
    reserved = head.balances.get(RESERVED, ZERO)
    if reserved:
        raise FundHasReservations(
            f"Fund {fund.fund_id} has {format_gbp(reserved)} set aside for bookings; pay them or call them off first."
        )


def check_same_person(fund: Fund, other: Fund) -> None:
    """Raises `NotTheirFund` unless the other is another fund of the same person."""
    theirs = (other.council_id, other.person_id) == (fund.council_id, fund.person_id)
    if not theirs or other.fund_id == fund.fund_id:
        sentence = "The money of a fund moves only to another fund of the same person with the same council."
        raise NotTheirFund(sentence, errors=[FieldError(field="to_fund_id", rule="same-person", message=sentence)])


def transfer_of(entry: Entry) -> str | None:
    """The move that this entry belongs to."""
    return next((p.account.partition(":")[2] for p in entry.postings if is_clearing(p.account)), None)


def _emptied(balances: Mapping[str, Pence]) -> tuple[Leg, ...]:
    """What takes every account of money in hand to nought."""
    return tuple(
        Leg(account=account, amount=-balance)
        for account, balance in sorted(balances.items())
        if balance and family_of(account).in_hand
    )
