"""Payment runs: a council's payments in advance to all its funds at once (CP 5.4), prepared by one officer and approved by
another.

A run goes page by page, and so does whoever takes it up again: what a page says once written is what is approved and what
is posted. `due_at` is when the next page is to be taken up, or when whoever is at it must be gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from services.ledger.errors import RunDiffers, RunNeedsAnotherApprover, RunNotAtThatStep
from services.ledger.model.payment_details import METHODS, Method, PayTo
from shared.money import ZERO, Pence, format_gbp, total

Status = Literal["preparing", "prepared", "approved", "posted", "withdrawn"]
LineStatus = Literal["due", "held-back", "posted", "refused"]
OPEN: tuple[Status, ...] = ("preparing", "prepared", "approved")
UNDER_WAY: tuple[Status, ...] = ("preparing", "approved")


@dataclass(frozen=True, kw_only=True)
class RunLine:
    """One fund in a run: the days paid for and where the money goes, or why nothing is paid.

    `head_number` is where the fund's book stood when the line was made: what was checked then still holds while it does.
    """

    fund_id: str
    status: LineStatus
    head_number: int = 0
    first_on: date | None = None
    to_on: date | None = None
    amount: Pence = ZERO
    pay_to: PayTo | None = None
    details_by: str = ""
    reason: str = ""
    entry_id: str = ""


@dataclass(frozen=True, kw_only=True)
class RunPage:
    """Some lines of a run, and the funds' cursor behind them."""

    run_id: str
    number: int
    lines: tuple[RunLine, ...]
    not_due: int = 0
    next: str | None = None


@dataclass(frozen=True, kw_only=True)
class LineCursor:
    """A line's place in a run."""

    page: int = 1
    place: int = 0


@dataclass(frozen=True, kw_only=True)
class MethodTotal:
    """What a run pays in one way."""

    method: Method
    lines: int = 0
    amount: Pence = ZERO


@dataclass(frozen=True, kw_only=True)
class Tally:
    """The figures of a run, page by page added up."""

    lines: int = 0
    amount: Pence = ZERO
    by_method: tuple[MethodTotal, ...] = tuple(MethodTotal(method=method) for method in METHODS)
    held_back: int = 0
    not_due: int = 0
    posted: int = 0
    posted_amount: Pence = ZERO
    refused: int = 0
    details_by: tuple[str, ...] = ()

    def with_prepared(self, page: RunPage) -> Tally:
        """With this page's lines as they were prepared."""
        due = [line for line in page.lines if line.status != "held-back"]
        return replace(
            self,
            lines=self.lines + len(due),
            amount=self.amount + total(line.amount for line in due),
            by_method=tuple(_with(method, due) for method in self.by_method),
            held_back=self.held_back + len(page.lines) - len(due),
            not_due=self.not_due + page.not_due,
            details_by=tuple(sorted({*self.details_by, *(line.details_by for line in due)})),
        )

    def with_posted(self, page: RunPage) -> Tally:
        """With what became of this page's lines."""
        posted = [line for line in page.lines if line.status == "posted"]
        return replace(
            self,
            posted=self.posted + len(posted),
            posted_amount=self.posted_amount + total(line.amount for line in posted),
            refused=self.refused + sum(line.status == "refused" for line in page.lines),
        )


@dataclass(frozen=True, kw_only=True)
class PaymentRun:
    """One run. `open_for` is its council while it is open: a council has one open run, so that no fund is paid by two."""

    run_id: str
    council_id: str
    pay_on: date
    due_through: date
    policy_version: str
    clause: str
    prepared_by: str
    prepared_at: datetime
    correlation_id: str
    status: Status = "preparing"
    due_at: datetime | None = None
    open_for: str | None = None
    send_bacs_by: date | None = None
    pages: int = 0
    after: str | None = None
    next_page: int = 1
    tally: Tally = field(default_factory=Tally)
    approved_by: str | None = None
    approved_at: datetime | None = None
    withdrawn_by: str | None = None
    reason: str = ""
    ended_at: datetime | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether the ledger is at it by itself."""
        return self.status in UNDER_WAY

    def with_page(self, page: RunPage, *, due_at: datetime) -> PaymentRun:
        """With one more page prepared; the last one makes the run ready for approval."""
        grown = replace(self, pages=page.number, after=page.next, tally=self.tally.with_prepared(page), due_at=due_at)
        return grown if page.next is not None else replace(grown, status="prepared", due_at=None)

    def approved(self, *, by: str, at: datetime, due_at: datetime, lines: int, amount: Pence) -> PaymentRun:
        """Approved by another officer, who saw these totals.

        Raises `RunNotAtThatStep`, `RunNeedsAnotherApprover`, `RunDiffers`.
        """
        self._check_is("prepared")
        if by == self.prepared_by or by in self.tally.details_by:
            raise RunNeedsAnotherApprover(
                "Whoever prepared the run, or entered where one of its payments goes, does not approve it."
            )
        if (lines, amount) != (self.tally.lines, self.tally.amount):
            raise RunDiffers(
                f"The run has {self.tally.lines} payments of {format_gbp(self.tally.amount)} in all,"
                f" not {lines} of {format_gbp(amount)}."
            )
        return replace(self, status="approved", approved_by=by, approved_at=at, due_at=due_at)

    def withdrawn(self, *, by: str, at: datetime, reason: str) -> PaymentRun:
        """Not carried out. Raises `RunNotAtThatStep` once posting has begun."""
        if self.status not in OPEN or self.next_page > 1:
            raise RunNotAtThatStep(f"Payment run {self.run_id} is {self.status}; it can no longer be withdrawn.")
        ended = replace(self, status="withdrawn", withdrawn_by=by, reason=reason, ended_at=at)
        return replace(ended, due_at=None, open_for=None)

    def with_posted(self, page: RunPage, *, at: datetime, due_at: datetime) -> PaymentRun:
        """With one more page on the books; the last one ends the run."""
        grown = replace(self, next_page=page.number + 1, tally=self.tally.with_posted(page), due_at=due_at)
        if page.number < self.pages:
            return grown
        return replace(grown, status="posted", due_at=None, open_for=None, ended_at=at)

    def check_approved(self) -> None:
        """Raises `RunNotAtThatStep` unless its payments may be sent."""
        if self.status not in ("approved", "posted"):
            raise RunNotAtThatStep(f"Payment run {self.run_id} is {self.status}; there is no file before approval.")

    def _check_is(self, status: Status) -> None:
        if self.status != status:
            raise RunNotAtThatStep(f"Payment run {self.run_id} is {self.status}, not {status}.")


def due_lines(pages: Iterable[RunPage]) -> list[RunLine]:
    """The payments of a run, whatever became of them: what was approved."""
    return [line for page in pages for line in page.lines if line.status != "held-back"]


def _with(sum: MethodTotal, lines: Sequence[RunLine]) -> MethodTotal:
    mine = [line.amount for line in lines if line.pay_to is not None and line.pay_to.method == sum.method]
    return replace(sum, lines=sum.lines + len(mine), amount=sum.amount + total(mine))
