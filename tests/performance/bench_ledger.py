"""How fast the ledger posts: commits a second through `post_entry`, against SQLite written by hand in the same run.

    python -m tests.performance.bench_ledger [--quick] [--funds N] [--commits N] [--rounds N] [--synchronous FULL|NORMAL]

Both sides do what a ledger must: look up the idempotency key, check the fund's limit, write the postings with the balances
after them, and commit to disk each time (`--synchronous FULL`). The side by hand keeps normalised tables in one process
with one connection a thread. Ours does more in the same write: it stores each entry whole with the reasons it carries,
hashes it into its book's chain, has the engine check the sums once more, and writes each entry's event for the relay; and
it works over any store. The aim is 0.7 of the other's single commits. Rounds of the two alternate; the first is not
counted. At the end the books of both are proved, and any difference ends the run with 1.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from typing import Any, Literal, Protocol

from services.ledger.handlers.posting import ForBook, key_of, post_entries, post_entry, post_to_books
from services.ledger.model.entries import Draft, EntryType, Key, Leg, paid_in, spent
from services.ledger.model.funds import Fund
from services.ledger.model.verification import Anchor, verify
from services.ledger.store import BLOCKS, StoredBooks
from shared.clock import SystemClock
from shared.context import Caller
from shared.messaging.cause import Cause, of_command
from shared.money import Pence
from shared.store.sqlite import SqliteStore

Synchronous = Literal["FULL", "NORMAL"]
TODAY = date(2026, 3, 2)
OPENING_PENCE = 10**9
BATCH = 100
CLIENTS = 4
ATTEMPTS = 1000

BY_HAND = """
CREATE TABLE entry(id INTEGER PRIMARY KEY, fund TEXT NOT NULL, key TEXT NOT NULL UNIQUE, recorded_at TEXT NOT NULL,
                   memo TEXT NOT NULL DEFAULT '');
CREATE TABLE posting(entry INTEGER NOT NULL, fund TEXT NOT NULL, account TEXT NOT NULL, pence INTEGER NOT NULL,
                     after INTEGER NOT NULL, PRIMARY KEY (entry, account)) WITHOUT ROWID;
CREATE INDEX posting_by_fund ON posting(fund, account);
CREATE TABLE balance(fund TEXT NOT NULL, account TEXT NOT NULL, pence INTEGER NOT NULL, PRIMARY KEY (fund, account))
             WITHOUT ROWID;
"""


@dataclass(frozen=True, kw_only=True)
class Spend:
    """One spend to post: from which fund, to which payee, how much, under which key."""

    fund: str
    payee: str
    pence: int
    key: str


class Side(Protocol):
    """Something that posts spends durably."""

    name: str

    def pay_in(self, funds: Sequence[str]) -> None: ...

    def post(self, spend: Spend) -> None: ...

    def post_many(self, spends: Sequence[Spend]) -> None: ...

    def post_page(self, spends: Sequence[Spend]) -> None: ...

    def in_hand(self, fund: str) -> int: ...

    def faults(self, funds: Sequence[str]) -> int: ...


class Ours:
    """`post_entry` over the SQLite store."""

    name = "ledger"

    def __init__(self, folder: Path, synchronous: Synchronous) -> None:
        self._store = SqliteStore(folder / "ledger.sqlite3", synchronous=synchronous)
        self._clock = SystemClock()
        self._documents = self._store.documents(BLOCKS)
        self._books = StoredBooks(documents=self._documents, clock=self._clock, nudge=lambda _: None)

    def pay_in(self, funds: Sequence[str]) -> None:
        for fund in funds:
            self._post(fund, f"open-{fund}", "payment-in", paid_in(Pence(OPENING_PENCE)))

    def post(self, spend: Spend) -> None:
        self._post(spend.fund, spend.key, "spend", spent(Pence(spend.pence), spend.payee))

    def post_many(self, spends: Sequence[Spend]) -> None:
        cause = _cause(spends[0].key)
        first = key_of(cause)
        drafts = [
            _draft("spend", spent(Pence(spend.pence), spend.payee), key=None if place else first)
            for place, spend in enumerate(spends)
        ]
        post_entries(
            lambda _: drafts,
            fund=_fund(spends[0].fund),
            cause=cause,
            books=self._books,
            clock=self._clock,
            attempts=ATTEMPTS,
        )

    def post_page(self, spends: Sequence[Spend]) -> None:
        """One spend of each of many funds, as a page of a payment run is posted."""
        wanted = []
        for spend in spends:
            cause = _cause(spend.key)
            draft = _draft("spend", spent(Pence(spend.pence), spend.payee), key=key_of(cause))
            wanted.append(ForBook(fund=_fund(spend.fund), decide=lambda _, draft=draft: draft, cause=cause))
        post_to_books(wanted, books=self._books, clock=self._clock, attempts=ATTEMPTS)

    def every_block(self, fund: str | None = None) -> Iterator[Mapping[str, Any]]:
        """The stored blocks, of all books or of one."""
        return self._documents.each() if fund is None else self._books.stored_blocks(fund)

    def told_head(self, fund: str) -> Anchor:
        """The book's head, as a statement tells it."""
        head = self._books.head(fund)
        return Anchor(book=fund, number=head.number, hash=head.hash)

    def in_hand(self, fund: str) -> int:
        return self._books.head(fund).in_hand.amount

    def faults(self, funds: Sequence[str]) -> int:
        return sum(len(verify(self._books.stored_blocks(fund))) for fund in funds)

    def _post(self, fund: str, key: str, type: EntryType, legs: tuple[Leg, ...]) -> None:
        cause = _cause(key)
        draft = _draft(type, legs, key=key_of(cause))
        post_entry(
            lambda _: draft, fund=_fund(fund), cause=cause, books=self._books, clock=self._clock, attempts=ATTEMPTS
        )


class ByHand:
    """Hand-written SQL: key, limit, postings and kept balances in one transaction."""

    name = "by hand"

    def __init__(self, folder: Path, synchronous: Synchronous) -> None:
        self._path = folder / "by_hand.sqlite3"
        self._synchronous = synchronous
        self._own = threading.local()
        self._connection().executescript(BY_HAND)

    def pay_in(self, funds: Sequence[str]) -> None:
        for fund in funds:
            self._in_one_transaction(
                [("council", "held", Spend(fund=fund, payee="", pence=OPENING_PENCE, key=f"o{fund}"))]
            )

    def post(self, spend: Spend) -> None:
        self._in_one_transaction([("held", f"payee:{spend.payee}", spend)])

    def post_many(self, spends: Sequence[Spend]) -> None:
        self._in_one_transaction([("held", f"payee:{spend.payee}", spend) for spend in spends])

    def post_page(self, spends: Sequence[Spend]) -> None:
        self.post_many(spends)

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's own."""
        return self._connection()

    def in_hand(self, fund: str) -> int:
        rows = self._connection().execute("SELECT pence FROM balance WHERE fund=? AND account='held'", (fund,))
        return int(rows.fetchone()[0])

    def faults(self, funds: Sequence[str]) -> int:
        query = (
            "SELECT count(*) FROM balance LEFT JOIN (SELECT fund, account, sum(pence) AS total FROM posting"
            " GROUP BY fund, account) USING (fund, account) WHERE balance.pence <> coalesce(total, 0)"
        )
        return int(self._connection().execute(query).fetchone()[0])

    def _connection(self) -> sqlite3.Connection:
        held: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if held is None:
            held = sqlite3.connect(self._path, isolation_level=None, timeout=60)
            held.execute("PRAGMA journal_mode=WAL")
            held.execute(f"PRAGMA synchronous={self._synchronous}")
            self._own.connection = held
        return held

    def _in_one_transaction(self, moves: Sequence[tuple[str, str, Spend]]) -> None:
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            for out_of, to, spend in moves:
                self._move(connection, out_of, to, spend)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def _move(self, connection: sqlite3.Connection, out_of: str, to: str, spend: Spend) -> None:
        if connection.execute("SELECT id FROM entry WHERE key=?", (spend.key,)).fetchone():
            return
        entry = connection.execute(
            "INSERT INTO entry(fund, key, recorded_at) VALUES (?, ?, ?)",
            (spend.fund, spend.key, datetime.now(UTC).isoformat()),
        ).lastrowid
        for account, pence in ((out_of, -spend.pence), (to, spend.pence)):
            after = connection.execute(
                "INSERT INTO balance VALUES (?, ?, ?) ON CONFLICT(fund, account)"
                " DO UPDATE SET pence = pence + excluded.pence RETURNING pence",
                (spend.fund, account, pence),
            ).fetchone()[0]
            if account == "held" and after < 0:
                raise ValueError("overdrawn")
            connection.execute("INSERT INTO posting VALUES (?, ?, ?, ?, ?)", (entry, spend.fund, account, pence, after))


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the benchmark and prints rates and ratios; 1 if the two books differ or either does not add up."""
    asked = _read(argv)
    with tempfile.TemporaryDirectory(prefix="steward-bench-ledger-") as folder:
        sides: list[Side] = [Ours(Path(folder), asked.synchronous), ByHand(Path(folder), asked.synchronous)]
        funds = [f"fund-{number:05d}" for number in range(asked.funds)]
        for side in sides:
            side.pay_in(funds)
        _print_rates(asked, sides, funds)
        return _compare(sides, funds)


def _print_rates(asked: argparse.Namespace, sides: Sequence[Side], funds: Sequence[str]) -> None:
    random_spends = _Spends(funds, seed=1)
    shapes: dict[str, tuple[Callable[[Side, list[Spend]], None], int]] = {
        "commits/s, 1 client": (_one_by_one, 1),
        f"commits/s, {CLIENTS} clients": (_side_by_side, 1),
        f"entries/s, {BATCH} a commit": (_in_batches, BATCH),
    }
    print(f"{asked.funds} funds, {asked.rounds} rounds, synchronous={asked.synchronous}")
    for words, (run, of_one_fund) in shapes.items():
        rates: dict[str, list[float]] = {side.name: [] for side in sides}
        for number in range(asked.rounds + 1):
            spends = random_spends.next(asked.commits * (5 if of_one_fund > 1 else 1), of_one_fund)
            for side in sides if number % 2 else reversed(sides):
                rate = _timed(run, side, spends)
                if number:
                    rates[side.name].append(rate)
        _print_line(words, rates)


def _print_line(words: str, rates: dict[str, list[float]]) -> None:
    shown = "   ".join(
        f"{name} {median(each):8,.0f} [{min(each):,.0f}-{max(each):,.0f}]" for name, each in rates.items()
    )
    ours, by_hand = (median(each) for each in rates.values())
    print(f"{words:24} {shown}   ratio {ours / by_hand:.2f}")


class _Spends:
    """Ever new spends, the same on every machine."""

    def __init__(self, funds: Sequence[str], *, seed: int) -> None:
        self._funds = funds
        self._random = random.Random(seed)
        self._made = 0

    def next(self, count: int, of_one_fund: int) -> list[Spend]:
        spends = []
        for place in range(count):
            if place % of_one_fund == 0:
                fund = self._random.choice(self._funds)
            self._made += 1
            payee, pence = f"p{self._random.randrange(8)}", self._random.randrange(100, 5000)
            spends.append(Spend(fund=fund, payee=payee, pence=pence, key=f"key-{self._made}"))
        return spends


def _one_by_one(side: Side, spends: list[Spend]) -> None:
    for spend in spends:
        side.post(spend)


def _side_by_side(side: Side, spends: list[Spend]) -> None:
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(side.post, spends))


def _in_batches(side: Side, spends: list[Spend]) -> None:
    for first in range(0, len(spends), BATCH):
        side.post_many(spends[first : first + BATCH])


def _timed(run: Callable[[Side, list[Spend]], None], side: Side, spends: list[Spend]) -> float:
    began = time.perf_counter()
    run(side, spends)
    return len(spends) / (time.perf_counter() - began)


def _compare(sides: Sequence[Side], funds: Sequence[str]) -> int:
    began = time.perf_counter()
    faults = [side.faults(funds) for side in sides]
    different = [fund for fund in funds if len({side.in_hand(fund) for side in sides}) > 1]
    print(f"proof of both in {time.perf_counter() - began:.1f} s: faults {faults}, funds that differ {len(different)}")
    return 1 if any(faults) or different else 0


def _fund(fund_id: str) -> Fund:
    return Fund(
        fund_id=fund_id,
        council_id="bench-council",
        person_id="person-0007",
        provider_id="provider-0003",
        weekly_budget=Pence(10_000),
        opened_on=TODAY,
        starts_on=TODAY,
        policy_version="pack/1",
    )


def _draft(type: EntryType, legs: tuple[Leg, ...], *, key: Key | None) -> Draft:
    return Draft(type=type, legs=legs, effective_on=TODAY, policy_version="pack/1", key=key)


def _cause(key: str) -> Cause:
    caller = Caller(actor_id="bench", correlation_id="cor-bench", idempotency_key=key)
    return of_command("post_entry", {"key": key}, caller.as_dict())


def _read(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a small run, to see that it works")
    parser.add_argument("--funds", type=int, default=500, help="how many funds")
    parser.add_argument("--commits", type=int, default=1000, help="commits in each round")
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds of each side")
    parser.add_argument(
        "--synchronous", choices=("FULL", "NORMAL"), default="FULL", help="when a commit reaches the disk"
    )
    asked = parser.parse_args(argv)
    if asked.quick:
        asked.funds, asked.commits, asked.rounds = 50, 200, 2
    return asked


if __name__ == "__main__":
    sys.exit(main())
