"""Reconciliation: a fund's bank or card lines held against its book (CP 9.5).

A line is matched by itself only where nothing else it could be is left: its reference names one entry of its amount, or there is
one entry of its amount about its day and that entry could be no other line. Everything else waits for a person, with the
reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from services.ledger.model.entries import Entry, movement_in_hand, standing
from shared.bank_statements.reading import BankLine, BankStatement
from shared.ids import derived_id
from shared.money import ZERO, Pence, format_gbp, total

Status = Literal["queued", "matched", "set-aside"]
How = Literal["", "reference", "amount-and-day", "by-hand"]
Reason = Literal["", "no-entry", "several-entries", "several-lines", "amount-differs", "not-yet-looked-at"]
SHORTEST_REFERENCE = 4
"""References shorter than this are found in other words by chance."""
MOST_CANDIDATES = 10


@dataclass(frozen=True, kw_only=True)
class FundLine:
    """A bank line of one fund, and what it was matched to."""

    line_id: str
    fund_id: str
    import_id: str
    booked_on: date
    amount: Pence
    description: str = ""
    reference: str = ""
    status: Status = "queued"
    how: How = ""
    reason: Reason = "not-yet-looked-at"
    words: str = ""
    entry_id: str | None = None
    candidates: tuple[str, ...] = ()
    settled_by: str | None = None
    settled_at: datetime | None = None

    def matched(self, entry_id: str, *, how: How, by: str | None, at: datetime) -> FundLine:
        """The line with its entry."""
        return replace(
            self,
            status="matched",
            how=how,
            reason="",
            words="",
            entry_id=entry_id,
            candidates=(),
            settled_by=by,
            settled_at=at,
        )

    def set_aside(self, why: str, *, by: str, at: datetime) -> FundLine:
        """The line is nothing of the book's, and a person said why."""
        return replace(
            self, status="set-aside", how="by-hand", reason="", words=why, candidates=(), settled_by=by, settled_at=at
        )

    def released(self) -> FundLine:
        """The line waits again."""
        return replace(
            self,
            status="queued",
            how="",
            reason="not-yet-looked-at",
            words="",
            entry_id=None,
            candidates=(),
            settled_by=None,
            settled_at=None,
        )


@dataclass(frozen=True, kw_only=True)
class StatementImport:
    """One statement as it was taken in."""

    import_id: str
    fund_id: str
    council_id: str
    account: str
    imported_by: str
    imported_at: datetime
    lines: int
    new: int
    from_on: date | None = None
    to_on: date | None = None
    opening: Pence | None = None
    closing: Pence | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a queued line is: an entry, or why that is not certain."""

    entry_id: str | None = None
    how: How = ""
    reason: Reason = ""
    words: str = ""
    candidates: tuple[str, ...] = ()


def lines_of(statement: BankStatement, *, fund_id: str, import_id: str) -> list[FundLine]:
    """The statement's lines, each under the id that it has in every file that holds it.

    That is the bank's own id where it gives one; else what the line says, and which of several equal ones of its day it is.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for line in statement.lines:
        told = _told(line)
        seen[told] += 1
        found.append(
            FundLine(
                line_id=derived_id("bankline", fund_id, *told, str(seen[told])),
                fund_id=fund_id,
                import_id=import_id,
                booked_on=line.booked_on,
                amount=line.amount,
                description=line.description,
                reference=line.reference,
            )
        )
    return found


def judge(
    lines: Sequence[FundLine], entries: Sequence[Entry], *, taken: Iterable[str], days: int
) -> Mapping[str, Verdict]:
    """What each queued line is, by its id. `taken` are entries that other lines have; `days` is how far apart the bank's
    day and the book's may be.
    """
    gone = frozenset(taken)
    free = {
        entry.entry_id: entry for entry in standing(entries) if entry.entry_id not in gone and movement_in_hand(entry)
    }
    named = {line.line_id: [entry for entry in free.values() if _names(line, entry)] for line in lines}
    sure = _by_reference(lines, named)
    left = [line for line in lines if line.line_id not in sure]
    still = [entry for id, entry in free.items() if id not in sure.values()]
    about = {line.line_id: _about(line, still, days) for line in left}
    asked_for = Counter(entry.entry_id for found in about.values() for entry in found)
    verdicts = {line_id: Verdict(entry_id=entry_id, how="reference") for line_id, entry_id in sure.items()}
    return verdicts | {
        line.line_id: _verdict(line, named[line.line_id], about[line.line_id], asked_for) for line in left
    }


def _told(line: BankLine) -> tuple[str, ...]:
    day, amount = line.booked_on.isoformat(), str(line.amount.amount)
    if line.bank_id:
        return ("id", line.bank_id, day, amount)
    return ("words", day, amount, _plain(line.description), _plain(line.reference))


def _by_reference(lines: Sequence[FundLine], named: Mapping[str, Sequence[Entry]]) -> dict[str, str]:
    """Lines whose reference names one entry of their amount, which no other line names."""
    found = {}
    for line in lines:
        fitting = [entry for entry in named[line.line_id] if movement_in_hand(entry) == line.amount]
        if len(fitting) == 1:
            found[line.line_id] = fitting[0].entry_id
    times = Counter(found.values())
    return {line_id: entry_id for line_id, entry_id in found.items() if times[entry_id] == 1}


def _about(line: FundLine, entries: Iterable[Entry], days: int) -> list[Entry]:
    """Entries of the line's amount about its day."""
    return [
        entry
        for entry in entries
        if movement_in_hand(entry) == line.amount and abs((entry.effective_on - line.booked_on).days) <= days
    ]


def _verdict(line: FundLine, named: Sequence[Entry], about: Sequence[Entry], asked_for: Counter[str]) -> Verdict:
    ids = tuple(entry.entry_id for entry in about[:MOST_CANDIDATES])
    other = [entry for entry in named if movement_in_hand(entry) != line.amount]
    if other and not about:
        words = f"entry {other[0].entry_id} has this reference, but moved {format_gbp(movement_in_hand(other[0]))}"
        return Verdict(reason="amount-differs", words=words, candidates=(other[0].entry_id,))
    if not about:
        return Verdict(reason="no-entry", words="nothing of this amount is on the book about that day")
    if len(about) > 1:
        return Verdict(reason="several-entries", words=f"{len(about)} entries could be this line", candidates=ids)
    if asked_for[about[0].entry_id] > 1 or other:
        return Verdict(reason="several-lines", words="the one entry that fits could be another line", candidates=ids)
    return Verdict(entry_id=about[0].entry_id, how="amount-and-day")


def _names(line: FundLine, entry: Entry) -> bool:
    """Whether the line's words hold the entry's reference or its id, as a whole."""
    words = f" {_plain(line.reference)} {_plain(line.description)} "
    known = (_plain(entry.draft.reference), _plain(entry.entry_id))
    return any(len(each) >= SHORTEST_REFERENCE and f" {each} " in words for each in known)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^A-Z0-9]+", " ", text.upper()).split())


@dataclass(frozen=True, kw_only=True)
class Reconciliation:
    """Bank and book on one day. `unexplained` is nought when the statements are whole and every difference has its line or
    entry.
    """

    fund_id: str
    on: date
    bank: Pence
    book: Pence
    opening: Pence
    lines: tuple[FundLine, ...]
    entries: tuple[Entry, ...]

    @property
    def difference(self) -> Pence:
        return self.bank - self.book

    @property
    def explained(self) -> Pence:
        """What was there before the first statement, and what stands on one side only."""
        return self.opening + total(line.amount for line in self.lines) - total(map(movement_in_hand, self.entries))

    @property
    def unexplained(self) -> Pence:
        return self.difference - self.explained


def reconcile(
    fund_id: str, *, imports: Sequence[StatementImport], lines: Sequence[FundLine], entries: Sequence[Entry]
) -> Reconciliation | None:
    """Bank and book at the end of the last day that a statement with a closing balance tells of; nothing without one."""
    told = [each for each in imports if each.closing is not None and each.to_on is not None]
    if not told:
        return None
    last = max(told, key=lambda each: (each.to_on or date.min, each.imported_at))
    first = min(told, key=lambda each: (each.from_on or date.max, each.imported_at))
    on = last.to_on or date.min
    there = [line for line in lines if line.booked_on <= on]
    posted = [entry for entry in entries if entry.effective_on <= on and movement_in_hand(entry)]
    posted_ids = {entry.entry_id for entry in posted}
    paired = {line.entry_id for line in there if line.entry_id in posted_ids}
    return Reconciliation(
        fund_id=fund_id,
        on=on,
        bank=last.closing or ZERO,
        book=total(map(movement_in_hand, posted)),
        opening=first.opening or ZERO,
        lines=tuple(line for line in there if line.entry_id not in paired),
        entries=tuple(entry for entry in posted if entry.entry_id not in paired),
    )
