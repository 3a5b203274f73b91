"""Entries: what is to be posted (`Draft`) and what stands posted (`Entry`). An entry is never edited, only reversed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal

from services.ledger.model.chart import COUNCIL, HELD, RESERVED, RETURNED, allocated_account, family_of, payee_account
from shared.money import ZERO, Pence, total

EntryType = Literal[
    "payment-in",
    "spend",
    "reserve",
    "post-reserved",
    "void-reservation",
    "expire-reservation",
    "allocate",
    "release",
    "moved-out",
    "moved-in",
    "return",
    "contribution",
    "fee",
    "reversal",
    "closing",
]

EVIDENCE = ("card-report", "bank-statement", "invoice", "receipt", "cheque-stub", "other")
"""The kinds of document that show how the money was used (CP 9.5)."""

WORDS: Mapping[str, str] = {
    "payment-in": "Payment in",
    "spend": "Spend",
    "reserve": "Set aside for a booking",
    "post-reserved": "Set aside no longer: paid",
    "void-reservation": "Set aside no longer: called off",
    "expire-reservation": "Set aside no longer: out of time",
    "allocate": "Set aside for a purpose",
    "release": "Set aside for a purpose no longer",
    "moved-out": "Moved to another fund",
    "moved-in": "Moved from another fund",
    "return": "Returned to the council",
    "contribution": "Contribution invoiced by the council",
    "fee": "Provider's management fee",
    "reversal": "Reversal",
    "closing": "Book closed",
}


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One side of an entry: an account and a signed amount (debit above nought, credit below)."""

    account: str
    amount: Pence


@dataclass(frozen=True, kw_only=True)
class Posting:
    """A leg as posted, with what the account stood at after it."""

    account: str
    amount: Pence
    balance_after: Pence


@dataclass(frozen=True, kw_only=True)
class Period:
    """The days an entry pays for, both included."""

    from_on: date
    to_on: date

    @property
    def days(self) -> int:
        return (self.to_on - self.from_on).days + 1

    def meets(self, other: Period) -> bool:
        """Whether the two have a day in common."""
        return self.from_on <= other.to_on and other.from_on <= self.to_on


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """What a spend was for: its category in the council's policy, the outcome it serves, and who was paid."""

    category: str
    payee_id: str
    outcome_id: str | None = None
    delivered_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Grounds:
    """Why the entry was allowed: the clause and a sentence, as decided at the time."""

    clause: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Key:
    """A command's idempotency key and the hash of what it asked."""

    key: str
    input: str


@dataclass(frozen=True, kw_only=True)
class Imported:
    """That an entry was recorded by another system, which, and when it was brought in."""

    at: datetime
    source: str


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An entry to be posted.

    `effective_on` is when it counts; when it is recorded is the book's own affair. `evidence` is the kind of document
    that shows it (CP 9.5), `reference` that document's number or the reason for a correction. `reverses` names the entry
    that this one corrects, `resolves` the reservation that it ends, `expires_on` the last day a reservation stands. An
    imported entry says when the other system recorded it (`recorded_at`).
    """

    type: EntryType
    legs: tuple[Leg, ...]
    effective_on: date
    policy_version: str
    reference: str = ""
    evidence: str = ""
    purpose: Purpose | None = None
    period: Period | None = None
    grounds: Grounds | None = None
    reverses: str | None = None
    resolves: str | None = None
    expires_on: date | None = None
    recorded_at: datetime | None = None
    imported: Imported | None = None
    key: Key | None = None

    @property
    def undoes(self) -> str | None:
        """The entry that this one takes back whole."""
        return self.reverses or self.resolves


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry as posted: the draft, its place in the book, and the balance after each posting."""

    entry_id: str
    recorded_at: datetime
    actor_id: str
    draft: Draft
    postings: tuple[Posting, ...]

    @property
    def type(self) -> EntryType:
        return self.draft.type

    @property
    def effective_on(self) -> date:
        return self.draft.effective_on

    @property
    def posted_at(self) -> datetime:
        """When it came onto the book: for what was imported that is later than when it was recorded."""
        return self.draft.imported.at if self.draft.imported else self.recorded_at

    @property
    def amount(self) -> Pence:
        """What the entry moved: its debits, which are its credits."""
        return total(posting.amount for posting in self.postings if posting.amount.amount > 0)

    @property
    def words(self) -> str:
        return f"{WORDS[self.draft.type]} (imported)" if self.draft.imported else WORDS[self.draft.type]


NOTHING_YET: Mapping[str, Pence] = MappingProxyType({})
"""The balances of a book without entries."""


class Unbalanced(ValueError):
    """The legs do not sum to nought, or there are fewer than two, or one moves nothing."""


def movement_in_hand(entry: Entry) -> Pence:
    """What the entry added to the money the fund has, or took from it."""
    return total(posting.amount for posting in entry.postings if family_of(posting.account).in_hand)


def standing(entries: Sequence[Entry]) -> list[Entry]:
    """Entries that count: neither taken back (reversed, or a reservation resolved) nor taking back another."""
    gone = {entry.draft.undoes for entry in entries}
    return [entry for entry in entries if entry.draft.undoes is None and entry.entry_id not in gone]


def check_balanced(draft: Draft) -> None:
    """Raises `Unbalanced` unless the draft is double entry to the penny; closing a book moves nothing."""
    if draft.type == "closing" and not draft.legs:
        return
    amounts = [leg.amount.amount for leg in draft.legs]
    if len(amounts) < 2 or not all(amounts):
        raise Unbalanced(f"a {draft.type} needs at least two legs, each of some pence")
    if sum(amounts):
        raise Unbalanced(f"the legs of this {draft.type} do not sum to nought")


def fold(entries: Iterable[Entry], *, onto: Mapping[str, Pence] = NOTHING_YET) -> dict[str, Pence]:
    """The balances these entries lead to, from nothing or from what the accounts stood at."""
    balances = dict(onto)
    for entry in entries:
        for posting in entry.postings:
            balances[posting.account] = balances.get(posting.account, ZERO) + posting.amount
    return balances


def paid_in(amount: Pence) -> tuple[Leg, ...]:
    """The council's money comes into the fund (CP 5.4)."""
    return _moved(amount, to=HELD, out_of=COUNCIL)


def spent(amount: Pence, payee_id: str, *, purpose: str | None = None) -> tuple[Leg, ...]:
    """The fund pays a payee (CP 2.10), out of what is set aside for a purpose if one is named."""
    return _moved(amount, to=payee_account(payee_id), out_of=allocated_account(purpose) if purpose else HELD)


def set_aside(amount: Pence) -> tuple[Leg, ...]:
    """The fund sets money aside for a booking."""
    return _moved(amount, to=RESERVED, out_of=HELD)


def allocated(amount: Pence, purpose: str) -> tuple[Leg, ...]:
    """The fund sets money aside for a purpose."""
    return _moved(amount, to=allocated_account(purpose), out_of=HELD)


def released(amount: Pence, purpose: str) -> tuple[Leg, ...]:
    """What was set aside for a purpose is free again."""
    return _moved(amount, to=HELD, out_of=allocated_account(purpose))


def returned_to_council(amount: Pence) -> tuple[Leg, ...]:
    """Money goes back to the council (CP 4.7, 9.5)."""
    return _moved(amount, to=RETURNED, out_of=HELD)


def undone(entry: Entry) -> tuple[Leg, ...]:
    """The same legs, the other way."""
    return tuple(Leg(account=posting.account, amount=-posting.amount) for posting in entry.postings)


def _moved(amount: Pence, *, to: str, out_of: str) -> tuple[Leg, ...]:
    if amount.amount <= 0:
        raise Unbalanced("an entry moves an amount above nought")
    return (Leg(account=to, amount=amount), Leg(account=out_of, amount=-amount))
