"""Our ledger on its embedded store, and SQLite written by hand: `python -m ... steward|sqlite FOLDER FULL|NORMAL`.

Both are those of `tests.performance.bench_ledger`; this runs in the project's own environment.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson

from services.ledger.model.blocks import block_id, digest
from services.ledger.model.verification import prove
from shared.store.documents import Document
from tests.performance.bench_ledger import ByHand, Ours, Side
from tests.performance.bench_ledger import Spend as SideSpend
from tests.performance.peers.ledgers.deeds import NOT_NOTICED, NOTICED, judged, sql_deeds
from tests.performance.peers.ledgers.work import FUNDS, Spend, serve

NAMES = [f"fund-{number:05d}" for number in range(FUNDS)]


class Embedded:
    """What ours and the one by hand have in common."""

    def __init__(self, side: Side) -> None:
        self._side = side

    def setup(self) -> None:
        self._side.pay_in(NAMES)

    def post(self, spend: Spend) -> None:
        self._side.post(_told(spend))

    def post_many(self, spends: Sequence[Spend]) -> None:
        told = [_told(spend) for spend in spends]
        if len({spend.fund for spend in told}) == 1:
            self._side.post_many(told)
        else:
            self._side.post_page(told)

    def balance(self, fund: int) -> int:
        return self._side.in_hand(NAMES[fund])

    def fill_for_deeds(self) -> None:
        for fund in range(FUNDS - len(DEEDS_OF_A_BLOCK), FUNDS):
            for place in range(3):
                self.post(Spend(fund=fund, payee=place, pence=1000 + place, key=f"deed-{fund}-{place}"))


class Steward(Embedded):
    """Ours: the proof says where, held against the head that was told on a statement before."""

    def __init__(self, folder: Path, synchronous: Any) -> None:
        self._ours = Ours(folder, synchronous)
        self._path = folder / "ledger.sqlite3"
        super().__init__(self._ours)

    def verify(self) -> tuple[bool, int]:
        proof = prove(self._ours.every_block())
        return not proof.findings, proof.entries

    def deeds(self) -> Mapping[str, Callable[[], str]]:
        """First as the store lets it be, then with its rules taken away; each to a fund of its own."""
        self.fill_for_deeds()
        funds = NAMES[-len(DEEDS_OF_A_BLOCK) :]
        return {
            name: lambda fund=fund, deed=deed: self._judged(fund, deed)
            for fund, (name, deed) in zip(funds, DEEDS_OF_A_BLOCK.items(), strict=True)
        }

    def _judged(self, fund: str, deed: Callable[[sqlite3.Connection, str], None]) -> str:
        told = self._ours.told_head(fund)
        with closing(sqlite3.connect(self._path, isolation_level=None)) as intruder:
            is_refused = _is_refused(intruder, fund, deed)
        found = prove(self._ours.every_block(fund), anchors=[told]).findings
        where = f"{NOTICED} at block {found[0].number}" if found else NOT_NOTICED
        return f"refused by the store; without its rules {where}" if is_refused else where


def _is_refused(intruder: sqlite3.Connection, fund: str, deed: Callable[[sqlite3.Connection, str], None]) -> bool:
    """Does the deed, once the store's rules are taken away if they stand against it; they are put back."""
    try:
        deed(intruder, fund)
    except sqlite3.IntegrityError:
        rules = intruder.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in rules:
            intruder.execute(f"DROP TRIGGER [{name}]")
        deed(intruder, fund)
        for _, sql in rules:
            intruder.execute(sql)
        return True
    return False


class ByHandSqlite(Embedded):
    """By hand: the verification compares kept balances with the sums of postings, and each entry with nought."""

    def __init__(self, folder: Path, synchronous: Any) -> None:
        self._by_hand = ByHand(folder, synchronous)
        super().__init__(self._by_hand)

    def verify(self) -> tuple[bool, int]:
        ask = self._by_hand.connection.execute
        unbalanced = ask(
            "SELECT count(*) FROM (SELECT 1 FROM posting GROUP BY entry HAVING sum(pence) <> 0)"
        ).fetchone()[0]
        holds = not unbalanced and not self._by_hand.faults(NAMES)
        return holds, ask("SELECT count(*) FROM entry").fetchone()[0]

    def deeds(self) -> Mapping[str, Callable[[], str]]:
        self.fill_for_deeds()
        ask = self._by_hand.connection.execute
        one, other = ask("SELECT min(id), max(id) FROM entry WHERE fund = ?", (NAMES[-1],)).fetchone()
        return judged(sql_deeds(one, other), ask, lambda: self.verify()[0])


def _told(spend: Spend) -> SideSpend:
    return SideSpend(fund=NAMES[spend.fund], payee=f"p{spend.payee}", pence=spend.pence, key=spend.key)


# ---------------------------------------------------------------------- deeds to a block, hash and all where that is no effort


def _changed(change: Callable[[Document], None]) -> Callable[[sqlite3.Connection, str], None]:
    """Block 3 with one thing changed, and its hash made anew."""

    def deed(intruder: sqlite3.Connection, fund: str) -> None:
        block = _read(intruder, fund, 3)
        change(block)
        _write(intruder, fund, 3, block)

    return deed


def _amount(block: Document) -> None:
    for posting in block["entries"][0]["postings"]:
        posting[1] += 100 if posting[1] > 0 else -100
        posting[2] += 100 if posting[1] > 0 else -100


def _dropped(intruder: sqlite3.Connection, fund: str) -> None:
    """The newest, which nothing links to."""
    intruder.execute("DELETE FROM blocks WHERE _id = ?", (block_id(fund, 4),))


def _swapped(intruder: sqlite3.Connection, fund: str) -> None:
    two, three = _read(intruder, fund, 2), _read(intruder, fund, 3)
    _write(intruder, fund, 2, {**two, "entries": three["entries"]})
    _write(intruder, fund, 3, {**three, "entries": two["entries"]})


def _read(intruder: sqlite3.Connection, fund: str, number: int) -> Document:
    row = intruder.execute("SELECT _body FROM blocks WHERE _id = ?", (block_id(fund, number),)).fetchone()
    block: Document = orjson.loads(row[0])
    return block


def _write(intruder: sqlite3.Connection, fund: str, number: int, block: Document) -> None:
    block["hash"] = digest(block)
    body = orjson.dumps(block).decode()
    intruder.execute("UPDATE blocks SET _body = ? WHERE _id = ?", (body, block_id(fund, number)))


DEEDS_OF_A_BLOCK: Mapping[str, Callable[[sqlite3.Connection, str], None]] = {
    "amount": _changed(_amount),
    "memo": _changed(lambda block: block["entries"][0].update(reference="another")),
    "date": _changed(lambda block: block["entries"][0].update(effective_on="2020-01-01")),
    "key": _changed(lambda block: block["entries"][0].update(idempotency_key="another")),
    "order": _changed(lambda block: block["entries"][0].update(recorded_at={"$at": 0})),
    "dropped": _dropped,
    "swapped": _swapped,
}

KINDS = {"steward": Steward, "sqlite": ByHandSqlite}

if __name__ == "__main__":
    kind, place, setting = sys.argv[1:]
    serve(KINDS[kind](Path(place), setting))
