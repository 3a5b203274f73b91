"""Reservations: money set aside for a booking, resolved once: paid (all or part), called off, or run out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from services.ledger.errors import MoreThanReserved, ReservationRanOut
from services.ledger.model.entries import Draft, Entry, EntryType, Key, spent, undone
from shared.dates import add_days, start_of_london_day
from shared.errors import FieldError, invalid
from shared.money import Pence, format_gbp

Status = Literal["open", "posted", "voided", "expired"]
STATUSES: tuple[Status, ...] = ("open", "posted", "voided", "expired")
_ENDS: Mapping[EntryType, Status] = {
    "post-reserved": "posted",
    "void-reservation": "voided",
    "expire-reservation": "expired",
}


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """A reservation, and how it ended if it has."""

    entry: Entry
    status: Status = "open"
    resolved_by: str | None = None

    @property
    def amount(self) -> Pence:
        return self.entry.amount


@dataclass(frozen=True, kw_only=True)
class Expiries:
    """The days at whose end reservations of one fund run out; `next_due_at` is the first instant after such a day."""

    fund_id: str
    days: tuple[date, ...]
    next_due_at: datetime | None = None

    def with_day(self, day: date) -> Expiries:
        """With this day among them."""
        return _expiries(self.fund_id, {*self.days, day})

    def without_days_before(self, today: date) -> Expiries:
        """With the days that have passed left out."""
        return _expiries(self.fund_id, {day for day in self.days if day >= today})


def _expiries(fund_id: str, days: Iterable[date]) -> Expiries:
    ordered = tuple(sorted(days))
    due = start_of_london_day(add_days(ordered[0], 1)) if ordered else None
    return Expiries(fund_id=fund_id, days=ordered, next_due_at=due)


def reservations(entries: Iterable[Entry]) -> list[Reservation]:
    """Every reservation of a book, in the order they were made."""
    found: dict[str, Reservation] = {}
    for entry in entries:
        ended = entry.draft.resolves
        if entry.type == "reserve":
            found[entry.entry_id] = Reservation(entry=entry)
        elif ended in found:
            found[ended] = replace(found[ended], status=_ENDS[entry.type], resolved_by=entry.entry_id)
    return list(found.values())


def open_until(entries: Iterable[Entry]) -> set[date]:
    """The last days of the reservations that are open."""
    standing = (each.entry.draft.expires_on for each in reservations(entries) if each.status == "open")
    return {day for day in standing if day is not None}


def check_expiry(expires_on: date, today: date) -> None:
    """Raises `Invalid` for a reservation that would have run out already."""
    if expires_on < today:
        raise invalid("expires_on", "not-in-past", "A reservation cannot run out on a day that has passed.")


def paid_from(
    reservation: Entry,
    amount: Pence | None,
    *,
    effective_on: date,
    today: date,
    reference: str,
    evidence: str,
    key: Key | None,
) -> Sequence[Draft]:
    """The reservation's end and the spend that is paid from it; the rest is free again.

    Two entries of one block: the spend is one like any other, and can be reversed like any other. Raises
    `ReservationRanOut` or `MoreThanReserved`.
    """
    expires_on = reservation.draft.expires_on
    if expires_on is not None and today > expires_on:
        raise ReservationRanOut(f"Reservation {reservation.entry_id} ran out at the end of {expires_on}.")
    to_pay = _at_most(reservation, amount)
    purpose = reservation.draft.purpose
    if purpose is None:
        raise ValueError(f"reservation {reservation.entry_id} names no payee")
    spend = replace(
        reservation.draft,
        type="spend",
        legs=spent(to_pay, purpose.payee_id),
        effective_on=effective_on,
        expires_on=None,
        reference=reference or reservation.draft.reference,
        evidence=evidence or reservation.draft.evidence,
        key=key,
    )
    return [freed(reservation, "post-reserved", effective_on=effective_on), spend]


def freed(reservation: Entry, how: EntryType, *, effective_on: date, reason: str = "", key: Key | None = None) -> Draft:
    """The entry that ends the reservation: what was set aside is free again."""
    return Draft(
        type=how,
        legs=undone(reservation),
        effective_on=effective_on,
        policy_version=reservation.draft.policy_version,
        reference=reason,
        resolves=reservation.entry_id,
        key=key,
    )


def _at_most(reservation: Entry, amount: Pence | None) -> Pence:
    reserved = reservation.amount
    if amount is None or amount <= reserved:
        return amount or reserved
    sentence = f"{format_gbp(reserved)} was set aside; {format_gbp(amount)} is more."
    error = FieldError(field="amount_pence", rule="within-reservation", message=sentence)
    raise MoreThanReserved(sentence, errors=[error])
