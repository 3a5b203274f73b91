"""Bringing a book's earlier life in: entries that another system recorded, with the instants at which it did.

They come first and in their order, so that what was known at any later instant stays what it was. They are not decided
again: no rule of spending was asked of them here, and each is marked as imported. Limits hold for them as for any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from services.ledger.errors import BookHasOwnEntries, NotInOrder
from services.ledger.model.blocks import to_the_millisecond
from services.ledger.model.entries import Draft, Entry, Imported, Key, Period, Purpose, paid_in, spent
from shared.errors import FieldError
from shared.money import Pence

UNDECIDED = "imported"
"""What stands for the policy version of an entry that was not decided here."""


@dataclass(frozen=True, kw_only=True)
class PastEntry:
    """An entry as the earlier system kept it; `reference` is that system's own."""

    type: Literal["payment-in", "spend"]
    amount: Pence
    effective_on: date
    recorded_at: datetime
    reference: str
    category: str = ""
    payee_id: str | None = None
    outcome_id: str | None = None
    period: Period | None = None
    evidence: str = ""


@dataclass(frozen=True, kw_only=True)
class ImportHistory:
    """Some of a fund's earlier entries, in the order they were recorded."""

    fund_id: str
    source: str
    entries: tuple[PastEntry, ...]


def past_drafts(command: ImportHistory, present: Sequence[Entry], *, now: datetime, key: Key | None) -> list[Draft]:
    """The entries to post, in one block. Raises `BookHasOwnEntries` or `NotInOrder`, naming the line."""
    if any(entry.draft.imported is None for entry in present):
        raise BookHasOwnEntries(
            f"The book of fund {command.fund_id} has entries of its own; history comes before them."
        )
    _check_order(command.entries, present[-1].recorded_at if present else None, now)
    imported = Imported(at=to_the_millisecond(now), source=command.source)
    drafts = [_draft(past, imported, None) for past in command.entries]
    return [*drafts[:-1], _draft(command.entries[-1], imported, key)]


def _draft(past: PastEntry, imported: Imported, key: Key | None) -> Draft:
    payee_id = past.payee_id or ""
    return Draft(
        type=past.type,
        legs=paid_in(past.amount) if past.type == "payment-in" else spent(past.amount, payee_id),
        effective_on=past.effective_on,
        policy_version=UNDECIDED,
        reference=past.reference,
        evidence=past.evidence,
        purpose=_purpose(past) if past.type == "spend" else None,
        period=past.period,
        recorded_at=past.recorded_at,
        imported=imported,
        key=key,
    )


def _purpose(past: PastEntry) -> Purpose:
    return Purpose(category=past.category, payee_id=past.payee_id or "", outcome_id=past.outcome_id)


def _check_order(entries: Sequence[PastEntry], latest: datetime | None, now: datetime) -> None:
    for place, past in enumerate(entries):
        if latest is not None and past.recorded_at < latest:
            raise _out_of_order(place, "It was recorded before the entry that it follows.")
        if past.recorded_at > now:
            raise _out_of_order(place, "It cannot have been recorded in the future.")
        latest = past.recorded_at


def _out_of_order(place: int, sentence: str) -> NotInOrder:
    error = FieldError(field=f"entries.{place}.recorded_at", rule="in-order", message=sentence)
    return NotInOrder(sentence, errors=[error])
