"""What the ledger may be asked to do, each as the schema at the edge hands it on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.ledger.model.arrangements import Lot
from services.ledger.model.funds import HouseholdMember, PlanLine
from services.ledger.model.spending import SpendRequest
from shared.money import Pence


@dataclass(frozen=True, kw_only=True)
class OpenFund:
    """Open a person's fund with a provider (CP 3.2, 9.8)."""

    council_id: str
    person_id: str
    provider_id: str
    weekly_budget: Pence
    starts_on: date
    referral_id: str | None = None
    round: int = 1
    household: tuple[HouseholdMember, ...] = ()
    shared_with: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AgreePlan:
    """The social worker agrees the plan (CP 3.2.4)."""

    fund_id: str
    written_by: str
    lines: tuple[PlanLine, ...]


@dataclass(frozen=True, kw_only=True)
class TakePaymentIn:
    """A payment in advance came in (CP 5.4).

    Without `first_on` it is for the days after those paid for so far; without an amount it is what was due.
    """

    fund_id: str
    first_on: date | None = None
    effective_on: date | None = None
    amount: Pence | None = None
    difference_reason: str = ""
    reference: str = ""
    evidence: str = ""


@dataclass(frozen=True, kw_only=True)
class RequestSpend:
    """May this be paid? If so, it is posted (CP 6.17); with `reserve_until`, it is set aside until the end of that day.

    With a `purpose` it is paid out of what is set aside for that.
    """

    fund_id: str
    spend: SpendRequest
    reference: str = ""
    evidence: str = ""
    reserve_until: date | None = None
    purpose: str | None = None


@dataclass(frozen=True, kw_only=True)
class AllocateMoney:
    """Set money aside for a purpose: an outcome of the agreed plan."""

    fund_id: str
    purpose: str
    amount: Pence
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ReleaseMoney:
    """Have what is set aside for a purpose, or part of it, free again."""

    fund_id: str
    purpose: str
    amount: Pence | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class PostReserved:
    """Pay a reservation, in full unless an amount is given; what is left is free again."""

    fund_id: str
    entry_id: str
    amount: Pence | None = None
    effective_on: date | None = None
    reference: str = ""
    evidence: str = ""


@dataclass(frozen=True, kw_only=True)
class VoidReservation:
    """Call a reservation off."""

    fund_id: str
    entry_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class AgreeToSpend:
    """Allow a spend that needed agreement, by somebody else than who asked; `reference` is where it is written."""

    fund_id: str
    spend_id: str
    reason: str
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class AttachEvidence:
    """A document that shows an entry, found after it was posted (CP 9.5)."""

    fund_id: str
    entry_id: str
    kind: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class NoteContribution:
    """The council invoiced the person's contribution for the next days, or for those that hold `first_on` (CP 5.4)."""

    fund_id: str
    amount: Pence
    first_on: date | None = None
    invoiced_on: date | None = None
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class SetFee:
    """Which fee the provider gets from a day on, by the council's policy (CP 3.3); the lot is the arrangement's if not given."""

    fund_id: str
    lot: Lot | None = None
    from_on: date | None = None
    negotiated_percent: int | None = None


@dataclass(frozen=True, kw_only=True)
class AccrueFees:
    """Take the fee of every whole week that has ended, up to a day that has passed."""

    fund_id: str
    until: date | None = None


@dataclass(frozen=True, kw_only=True)
class ReverseEntry:
    """Correct an entry by its opposite, on the day given or today."""

    fund_id: str
    entry_id: str
    reason: str
    effective_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class MoveFund:
    """The person changes provider: the fund's money goes to a fund of theirs that is open, or to one opened for it with
    another provider (CP 5.3).
    """

    fund_id: str
    reason: str
    to_fund_id: str | None = None
    to_provider_id: str | None = None
    starts_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class CloseFund:
    """Close a fund that has nothing left in it (CP 4.7)."""

    fund_id: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class PrepareRun:
    """Draw up the payments that fall due by `due_through` (the day of payment when not given), paid on `pay_on`."""

    council_id: str
    pay_on: date
    due_through: date | None = None


@dataclass(frozen=True, kw_only=True)
class ApproveRun:
    """Another officer approves a run with these totals."""

    run_id: str
    lines: int
    amount: Pence


@dataclass(frozen=True, kw_only=True)
class WithdrawRun:
    """Do not carry the run out."""

    run_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ImportStatement:
    """Take a bank's or card company's file in (CP 9.5); without a fund it is the one with the statement's account."""

    body: bytes
    content_type: str
    profile: str | None = None
    fund_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class SettleLine:
    """Say what a bank line is: an entry, or nothing of the book's; or that it waits again."""

    fund_id: str
    line_id: str
    entry_id: str = ""
    reason: str = ""
