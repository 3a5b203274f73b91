"""The books for other programs: hledger, beancount, and plain JSON lines. Amounts are whole PENCE, never pounds: in pounds
both tools would let a part of a penny pass.

Texts that people wrote stay out of the two plain-text books; ids and amounts are enough to prove them. An entry is dated by
the day it was recorded, since every balance after a posting holds in that order; the day it counts from stands beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from services.ledger.model.chart import CHART, family_of
from shared.dates import london_day

Document = Mapping[str, Any]
UNIT = "PENCE"


@dataclass(frozen=True, kw_only=True)
class Row:
    """An entry of a stored block, and the day it is dated."""

    book: str
    number: int
    day: date
    entry: Mapping[str, Any]

    @property
    def postings(self) -> list[tuple[str, int, int]]:
        return [(account, amount, after) for account, amount, after in self.entry["postings"]]


def as_jsonl(blocks: Iterable[Document]) -> Iterator[str]:
    """One line an entry, with everything that is hashed, and its block's number, link and hash."""
    for block in blocks:
        about = {name: block[name] for name in ("book", "council_id", "number", "previous_hash", "hash")}
        for entry in block["entries"]:
            yield json.dumps(about | dict(entry), sort_keys=True, default=_instant) + "\n"


def as_hledger(blocks: Iterable[Document]) -> Iterator[str]:
    """A journal with an assertion on every posting; read it with `hledger check --strict`."""
    yield f"commodity {UNIT}\n  format 1000. {UNIT}\n"
    declared: set[str] = set()
    for row in _rows(blocks):
        for account, _, _ in row.postings:
            name = f"{row.book}:{account}"
            if name not in declared:
                declared.add(name)
                yield f"account {name}\n"
        yield _hledger_entry(row)


def as_beancount(blocks: Iterable[Document]) -> Iterator[str]:
    """A ledger with the balance of every account asserted at the end of each day on which it moved."""
    yield f'option "operating_currency" "{UNIT}"\n1970-01-01 commodity {UNIT}\n  precision: 0\n'
    names = _Names()
    ends: dict[str, tuple[date, int]] = {}
    for row in _rows(blocks):
        for account, _, _ in row.postings:
            if names.is_new(row.book, account):
                yield _opening(row, account, names.of(row.book, account))
        yield _beancount_entry(row, names)
        for account, _, after in row.postings:
            name = names.of(row.book, account)
            if name in ends and ends[name][0] < row.day:
                yield _assertion(name, *ends[name])
            ends[name] = (row.day, after)
    for name, (day, after) in ends.items():
        yield _assertion(name, day, after)


FORMATS: Mapping[str, Callable[[Iterable[Document]], Iterator[str]]] = {
    "hledger": as_hledger,
    "beancount": as_beancount,
    "jsonl": as_jsonl,
}


def _rows(blocks: Iterable[Document]) -> Iterator[Row]:
    """Every entry in the order of its book, dated never before the one before it, whatever a replica's clock said."""
    latest: dict[str, date] = {}
    for block in blocks:
        book = block["book"]
        for entry in block["entries"]:
            day = max(london_day(entry["recorded_at"]), latest.get(book, date.min))
            latest[book] = day
            yield Row(book=book, number=block["number"], day=day, entry=entry)


def _hledger_entry(row: Row) -> str:
    entry = row.entry
    undoes = "".join(f", {name}:{entry[name]}" for name in ("reverses", "resolves") if name in entry)
    head = f"\n{row.day} ({entry['entry_id']}) {entry['type']}  ; effective_on:{entry['effective_on']}{undoes}\n"
    lines = (f"    {row.book}:{account}  {amount} {UNIT} = {after} {UNIT}\n" for account, amount, after in row.postings)
    return head + "".join(lines)


def _beancount_entry(row: Row, names: _Names) -> str:
    entry = row.entry
    about = {"entry_id": entry["entry_id"], "effective_on": entry["effective_on"]}
    about |= {name: entry[name] for name in ("reverses", "resolves") if name in entry}
    head = f'\n{row.day} * "{entry["type"]}"\n' + "".join(f'  {name}: "{value}"\n' for name, value in about.items())
    lines = (
        f"  {names.of(row.book, account)}  {amount} {UNIT}\n    balance_after: {after} {UNIT}\n"
        for account, amount, after in row.postings
    )
    return head + "".join(lines)


def _opening(row: Row, account: str, name: str) -> str:
    return f'{row.day} open {name} {UNIT}\n  account: "{row.book}:{account}"\n'


def _assertion(name: str, day: date, after: int) -> str:
    """beancount asserts what stands at the beginning of a day."""
    return f"{day + timedelta(days=1)} balance {name}  {after} {UNIT}\n"


@dataclass(kw_only=True)
class _Names:
    """beancount's names of accounts: five roots, each part a capital letter or digit and then letters, digits and `-`."""

    known: dict[tuple[str, str], str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def is_new(self, book: str, account: str) -> bool:
        return (book, account) not in self.known

    def of(self, book: str, account: str) -> str:
        """The account's name; two that would be spelt alike are numbered."""
        name = self.known.get((book, account))
        if name is None:
            spelt = ":".join([_root(account), _part(book), *(_part(part) for part in account.split(":", 1))])
            name, times = spelt, 1
            while name in self.taken:
                times += 1
                name = f"{spelt}-{times}"
            self.known[book, account] = name
            self.taken.add(name)
        return name


def _root(account: str) -> str:
    family = family_of(account)
    if family.in_hand or (family.memo and family.side == "debit"):
        return "Assets"
    if family.side == "either":
        return "Equity"
    return "Expenses" if family.side == "debit" else "Income"


def _part(text: str) -> str:
    return "X" + re.sub(r"[^A-Za-z0-9-]", "-", text) if text not in CHART else text.capitalize()


def _instant(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    raise TypeError(f"a block cannot hold {type(value).__name__}")
