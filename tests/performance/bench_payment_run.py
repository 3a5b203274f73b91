"""A council's payment run end to end, over books that have a history, step by step beside plain inserts.

    python -m tests.performance.bench_payment_run [--quick] [--funds N] [--mongodb URL]

Two runs over the same funds. Each is drawn up, approved by another officer, posted, and written to its Bacs file. Before the
first, every book has `--history` blocks that were never folded; before the second, `--month` more. Beside both: documents as
large as a posted block, a page in each transaction, with one unique key, in plain `sqlite3`, or by pymongo's `insert_many` with
the same write concern where a MongoDB server is named. The books are proved at the end.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from services.ledger.handlers import payment_runs
from services.ledger.handlers.payment_runs import PaymentRuns
from services.ledger.model.bacs import Originator
from services.ledger.model.blocks import Head, digest, next_block
from services.ledger.model.commands import ApproveRun, PrepareRun
from services.ledger.model.entries import Draft, Key, Period, paid_in, spent
from services.ledger.model.funds import Fund, Plan
from services.ledger.model.payment_details import PaymentDetails, PayTo
from services.ledger.model.verification import prove
from services.ledger.store import BLOCKS, COLLECTIONS, FUND, FUNDS, STANDING_PAYMENTS, FoldedPayments, StoredBooks
from services.ledger.store.payment_runs import PAYMENT_DETAIL, PAYMENT_DETAILS
from shared.clock import SystemClock
from shared.context import Caller
from shared.dates import add_days, london_day
from shared.messaging.aggregates import Decision
from shared.messaging.cause import Cause, of_command
from shared.money import Pence
from shared.policy.calendars import BankHolidays
from shared.store.documents import Store
from shared.store.opening import open_store
from shared.store.sqlite import SqliteStore
from tests.performance.bench_books import COUNCIL, PAGE, Bench

OPENED_ON = london_day(SystemClock().now())
WEEKLY = Pence(10_000)
TO = PayTo(method="bank", sort_code="000000", account_number="00000001", account_name="SAMPLE PROVIDER")
PAYER = Originator(
    service_user_number="000000", sort_code="000000", account_number="00000002", account_name="SAMPLE COUNCIL"
)
EVERYWHERE = Caller(actor_id="officer-2", councils=("*",), correlation_id="cor-bench")


@dataclass(kw_only=True)
class Timed:
    """What each step took, by the clock and of this process's processor."""

    steps: dict[str, tuple[float, float]] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began, worked = time.perf_counter(), time.process_time()
        yield
        self.steps[name] = (time.perf_counter() - began, time.process_time() - worked)


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the steps of both runs; 1 if a fund was not paid or a book does not prove."""
    asked = _read(argv)
    with tempfile.TemporaryDirectory(prefix="steward-bench-run-") as folder:
        store = SqliteStore(Path(folder) / "ledger.sqlite3", synchronous="FULL")
        faults = _on(store, "SQLite", asked, rows_a_second=_sqlite_rows(Path(folder), asked.funds))
        store.close()
    if asked.mongodb:
        faults += _on_mongodb(asked)
    return 1 if faults else 0


def _on(store: Store, name: str, asked: argparse.Namespace, *, rows_a_second: float) -> int:
    store.migrate(COLLECTIONS)
    bench = Bench(store=store)
    blocks = store.documents(BLOCKS)
    payments = FoldedPayments(blocks=blocks, kept=store.documents(STANDING_PAYMENTS))
    books = StoredBooks(documents=blocks, clock=SystemClock(), nudge=lambda _: None, payments=payments)
    desk = replace(bench.runs(), books=books)
    funds = _open_funds(bench, asked.funds)
    _add_history(bench, funds, asked.history, first="opened")
    print(f"{name}: {asked.funds} funds, {asked.history} blocks in each book; plain rows {rows_a_second:,.0f}/s")
    faults = _run(desk, "first", rows_a_second)
    _add_history(bench, funds, asked.month, first="spent")
    faults += _run(desk, "second", rows_a_second)
    proof = prove(blocks.each())
    print(f"proved: {proof.entries} entries, faults {len(proof.findings)}")
    return faults + len(proof.findings)


def _run(desk: PaymentRuns, which: str, rows_a_second: float) -> int:
    """One run to its file; how many payments are missing in it."""
    timed = Timed()
    with timed.step("drawn up"):
        command = PrepareRun(
            council_id=COUNCIL, pay_on=_banking_day(desk.holidays), due_through=add_days(OPENED_ON, 3650)
        )
        run_id = payment_runs.prepare(command, cause=_cause(f"prepare {which}", "officer-1"), desk=desk).id
        payment_runs.go_on(run_id, desk=desk)
    tally = desk.runs.get(run_id).state.tally
    with timed.step("approved"):
        approval = ApproveRun(run_id=run_id, lines=tally.lines, amount=tally.amount)
        payment_runs.approve(approval, cause=_cause(f"approve {which}", "officer-2"), desk=desk)
    with timed.step("posted"):
        payment_runs.go_on(run_id, desk=desk)
    with timed.step("Bacs file"):
        file = payment_runs.file_of(run_id, format="bacs18", caller=EVERYWHERE, originators={COUNCIL: PAYER}, desk=desk)
    posted = desk.runs.get(run_id).state.tally.posted
    for name, (seconds, worked) in timed.steps.items():
        print(
            f"  {which:6} run, {name:9} {seconds:8.2f} s  (processor {worked:7.2f} s)  {tally.lines / seconds:9,.0f}/s"
        )
    rate = posted / timed.steps["posted"][0]
    print(
        f"  {which:6} run: {posted} of {tally.lines} posted, file of {len(file.text)} bytes; ratio {rate / rows_a_second:.2f}"
    )
    return tally.lines - posted


def _open_funds(bench: Bench, count: int) -> list[Fund]:
    funds, details = bench.aggregates(FUNDS, FUND), bench.aggregates(PAYMENT_DETAILS, PAYMENT_DETAIL)
    opened = [_fund(f"fund-{number:05d}") for number in range(count)]
    for fund in opened:
        cause = _cause(f"open {fund.fund_id}", "officer-3")
        funds.create(fund.fund_id, Decision(state=fund), council_id=COUNCIL, cause=cause)
        entered = PaymentDetails(
            fund_id=fund.fund_id, pay_to=TO, entered_by="officer-3", entered_at=SystemClock().now(), account="SAMPLE1"
        )
        details.create(fund.fund_id, Decision(state=entered), council_id=COUNCIL, cause=cause)
    return opened


def _add_history(bench: Bench, funds: Sequence[Fund], blocks: int, *, first: str) -> None:
    """So many blocks of an entry each at the end of every book, as the relay leaves them."""
    stored, books = bench.store.documents(BLOCKS), bench.books
    waiting: list[dict[str, Any]] = []
    for fund in funds:
        head = books.head(fund.fund_id)
        for number in range(blocks):
            document, head = _next(fund, head, _paid() if first == "opened" and number == 0 else _spent())
            waiting.append(document)
        if len(waiting) >= 1000:
            stored.insert_many(waiting)
            waiting = []
    stored.insert_many(waiting)


def _next(fund: Fund, head: Head, draft: Draft) -> tuple[dict[str, Any], Head]:
    keyed = replace(draft, key=Key(key=f"history {fund.fund_id} {head.number}", input="0" * 64))
    now = SystemClock().now()
    block = next_block(head, [keyed], council_id=COUNCIL, actor_id="officer-1", recorded_at=now)
    hashed = block.as_json()
    hash = digest(hashed)
    document = hashed | {"_id": block.block_id, "version": 2, "outbox": [], "outbox_due": None, "hash": hash}
    return document, Head(
        book=block.book, number=block.number, hash=hash, sequence=block.sequence, balances=block.balances
    )


def _paid() -> Draft:
    days = Period(from_on=OPENED_ON, to_on=add_days(OPENED_ON, 27))
    return Draft(
        type="payment-in", legs=paid_in(WEEKLY.times(4)), effective_on=OPENED_ON, policy_version="pack/1", period=days
    )


def _spent() -> Draft:
    return Draft(type="spend", legs=spent(Pence(125), "payee-1"), effective_on=OPENED_ON, policy_version="pack/1")


def _fund(fund_id: str) -> Fund:
    return Fund(
        fund_id=fund_id,
        council_id=COUNCIL,
        person_id="person-0007",
        provider_id="provider-0003",
        weekly_budget=WEEKLY,
        opened_on=OPENED_ON,
        starts_on=OPENED_ON,
        policy_version="pack/1",
        plan=Plan(lines=(), written_by="staff-1", agreed_by="social-worker-1", agreed_on=OPENED_ON),
        status="active",
    )


def _sqlite_rows(folder: Path, count: int) -> float:
    connection = sqlite3.connect(folder / "plain.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE block(id TEXT PRIMARY KEY, key TEXT UNIQUE, body TEXT) WITHOUT ROWID")
    body = json.dumps({"filling": "x" * 1100})
    began = time.perf_counter()
    for page in _pages(count):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO block VALUES (?, ?, ?)", [(f"b{n}", f"k{n}", body) for n in page])
        connection.execute("COMMIT")
    rate = count / (time.perf_counter() - began)
    connection.close()
    return rate


def _on_mongodb(asked: argparse.Namespace) -> int:
    from pymongo import MongoClient, WriteConcern

    client: MongoClient[dict[str, Any]] = MongoClient(asked.mongodb, retryWrites=False)
    store = open_store(asked.mongodb, "bench_payment_run")
    try:
        client.drop_database("steward_bench_payment_run")
        client.drop_database("bench_payment_run_raw")
        raw = client.get_database("bench_payment_run_raw", write_concern=WriteConcern(w="majority", j=True)).blocks
        raw.create_index("keys", unique=True)
        began = time.perf_counter()
        for page in _pages(asked.mongodb_funds):
            raw.insert_many([{"_id": f"b{n}", "keys": [f"k{n}"], "body": "x" * 1100} for n in page], ordered=False)
        rate = asked.mongodb_funds / (time.perf_counter() - began)
        smaller = argparse.Namespace(**{**vars(asked), "funds": asked.mongodb_funds})
        return _on(store, "MongoDB", smaller, rows_a_second=rate)
    finally:
        client.drop_database("steward_bench_payment_run")
        client.drop_database("bench_payment_run_raw")
        client.close()
        store.close()


def _pages(count: int) -> Iterator[range]:
    for first in range(0, count, PAGE):
        yield range(first, min(first + PAGE, count))


def _banking_day(holidays: BankHolidays) -> Any:
    """The last banking day up to today, so that a run is posted at once."""
    day = OPENED_ON
    while day.weekday() > 4 or holidays.name_of(day):
        day = add_days(day, -1)
    return day


def _cause(key: str, actor_id: str) -> Cause:
    caller = Caller(actor_id=actor_id, councils=("*",), correlation_id="cor-bench", idempotency_key=key)
    return of_command("bench", {"key": key}, caller.as_dict())


def _read(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a small run, to see that it works")
    parser.add_argument("--funds", type=int, default=10_000, help="how many funds the run has on SQLite")
    parser.add_argument("--mongodb-funds", type=int, default=1_000, help="how many on MongoDB")
    parser.add_argument("--history", type=int, default=40, help="blocks in each book before the first run")
    parser.add_argument("--month", type=int, default=10, help="blocks more before the second")
    parser.add_argument("--mongodb", default="", help="a server to run on too")
    asked = parser.parse_args(argv)
    if asked.quick:
        asked.funds, asked.mongodb_funds, asked.history, asked.month = 300, 100, 35, 5
    return asked


if __name__ == "__main__":
    sys.exit(main())
