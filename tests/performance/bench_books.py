"""What the ledger does beside single commits: payment runs, proof, and reading a book that has grown long.

    python -m tests.performance.bench_books [--quick] [--mongodb URL]

On the embedded store: a payment run over many funds from its preparation to its last posting, beside one `executemany` a
page of rows of the same size in plain SQLite; entries proved a second (read from the store, and in memory alone: hashes,
chains, sums and limits); the head, the balance of today and the statement of the last four weeks of a book of a hundred
and of ten thousand entries, which came one a day. Where a MongoDB server is named (or `STEWARD_TEST_MONGODB_URL`): single
commits to open books and pages of a payment run beside pymongo's own `insert_one` and `insert_many` of documents of the
same size with the same write concern, into a collection with one unique index, and into one with the ledger's own indexes
and rule. The first round is not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from services.ledger.handlers import payment_runs
from services.ledger.handlers.payment_runs import PaymentRuns
from services.ledger.handlers.posting import ForBook, key_of, post_entries, post_entry, post_to_books
from services.ledger.model.commands import ApproveRun, PrepareRun
from services.ledger.model.entries import Draft, Period, paid_in, spent
from services.ledger.model.funds import Fund, Plan
from services.ledger.model.payment_details import PaymentDetails, PayTo
from services.ledger.model.payments import Cadence, PaymentTerms
from services.ledger.model.statements import make_balance, make_statement, read_from
from services.ledger.model.verification import prove
from services.ledger.store import BLOCKS, COLLECTIONS, FUND, FUNDS, StoredBooks
from services.ledger.store import payment_runs as stored
from shared.clock import Clock, SystemClock
from shared.context import Caller
from shared.dates import add_days, london_day
from shared.messaging.aggregates import Aggregates, Decision
from shared.messaging.cause import Cause, of_command
from shared.money import Pence
from shared.policy.calendars import BankHolidays, england
from shared.store.documents import Store
from shared.store.mongo_layout import indexes_of, validator_of
from shared.store.opening import open_store
from shared.store.sqlite import SqliteStore
from tests.performance.bench_ledger import ATTEMPTS, TODAY
from tests.support.clocks import FixedClock

COUNCIL = "bench-council"
PAGE = 200
LONG, SHORT = 10_000, 100
ENTRIES_A_BLOCK = 100
BUDGET = Pence(10_000)


class Terms:
    """Four weeks in advance every four weeks, without a policy pack in the way."""

    def payment_terms(self, council_id: str, on: object) -> PaymentTerms:
        return PaymentTerms(
            policy_version="pack/1", clause="CP 5.4", cadence=Cadence(count=4, unit="weeks"), weeks_per_payment=4
        )

    def spend_rules(self, council_id: str, on: object) -> Any:
        raise TypeError("a payment run asks for no rules of spending")


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A ledger over one store."""

    store: Store

    @property
    def books(self) -> StoredBooks:
        return StoredBooks(documents=self.store.documents(BLOCKS), clock=SystemClock(), nudge=lambda _: None)

    def aggregates(self, collection: Any, kind: Any) -> Aggregates[Any]:
        return Aggregates(
            documents=self.store.documents(collection), kind=kind, clock=SystemClock(), nudge=lambda _: None
        )

    def runs(self) -> PaymentRuns:
        """What payment runs work with."""
        funds = self.aggregates(FUNDS, FUND)
        details = self.aggregates(stored.PAYMENT_DETAILS, stored.PAYMENT_DETAIL)
        runs = self.aggregates(stored.PAYMENT_RUNS, stored.PAYMENT_RUN)
        return PaymentRuns(
            runs=runs,
            begin=partial(stored.begin_run, runs=runs),
            pages=stored.StoredRunPages(documents=self.store.documents(stored.PAYMENT_RUN_PAGES)),
            funds=stored.StoredFundList(funds=funds, details=details),
            books=self.books,
            policies=Terms(),
            holidays=england(),
            clock=SystemClock(),
            attempts=ATTEMPTS,
            page_lines=PAGE,
            lease=timedelta(seconds=30),
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs it and prints rates and ratios; 1 if a payment is missing or a book does not prove."""
    asked = _read(argv)
    with tempfile.TemporaryDirectory(prefix="steward-bench-books-") as folder:
        bench = Bench(store=SqliteStore(Path(folder) / "ledger.sqlite3", synchronous="FULL"))
        bench.store.migrate(COLLECTIONS)
        faults = _payment_run(bench, Path(folder), asked.funds)
        _reading(bench, asked)
    if asked.mongodb:
        _beside_pymongo(asked)
    return 1 if faults else 0


def _payment_run(bench: Bench, folder: Path, count: int) -> int:
    desk = bench.runs()
    funds = _open_funds(bench, count)
    began = time.perf_counter()
    run_id = payment_runs.prepare(
        PrepareRun(council_id=COUNCIL, pay_on=_banking_day(desk.holidays), due_through=add_days(TODAY, 3650)),
        cause=_cause("prepare", "officer-1"),
        desk=desk,
    ).id
    payment_runs.go_on(run_id, desk=desk)
    prepared = time.perf_counter()
    tally = desk.runs.get(run_id).state.tally
    approval = ApproveRun(run_id=run_id, lines=tally.lines, amount=tally.amount)
    payment_runs.approve(approval, cause=_cause("approve", "officer-2"), desk=desk)
    payment_runs.go_on(run_id, desk=desk)
    posted = time.perf_counter()
    rows = _rows_a_second(folder, count)
    print(
        f"payment run, {count} funds      prepared {count / (prepared - began):8,.0f} funds/s"
        f"   posted {count / (posted - prepared):8,.0f} entries/s"
        f"   plain SQLite, rows of that size {rows:8,.0f}/s   ratio {count / (posted - prepared) / rows:.2f}"
    )
    proof = prove(bench.store.documents(BLOCKS).each())
    missing = count - desk.runs.get(run_id).state.tally.posted
    print(f"proved: {proof.entries} entries, faults {len(proof.findings)}, funds not paid {missing} of {len(funds)}")
    return len(proof.findings) + missing


def _open_funds(bench: Bench, count: int) -> list[str]:
    funds = bench.aggregates(FUNDS, FUND)
    details = bench.aggregates(stored.PAYMENT_DETAILS, stored.PAYMENT_DETAIL)
    ids = [f"fund-{number:05d}" for number in range(count)]
    to = PayTo(method="card", card_reference="CARD-1")
    for fund_id in ids:
        cause = _cause(f"open {fund_id}", "officer-3")
        funds.create(fund_id, Decision(state=_fund(fund_id)), council_id=COUNCIL, cause=cause)
        entered = PaymentDetails(
            fund_id=fund_id, pay_to=to, entered_by="officer-3", entered_at=SystemClock().now(), account="CARD1"
        )
        details.create(fund_id, Decision(state=entered), council_id=COUNCIL, cause=cause)
    return ids


def _rows_a_second(folder: Path, count: int) -> float:
    """Rows as large as a block, a page in each transaction, with one unique key."""
    connection = sqlite3.connect(folder / "plain.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE block(id TEXT PRIMARY KEY, key TEXT UNIQUE, body TEXT) WITHOUT ROWID")
    body = json.dumps({"filling": "x" * 1100})
    began = time.perf_counter()
    for first in range(0, count, PAGE):
        connection.execute("BEGIN IMMEDIATE")
        rows = [(f"b{number}", f"k{number}", body) for number in range(first, min(first + PAGE, count))]
        connection.executemany("INSERT INTO block VALUES (?, ?, ?)", rows)
        connection.execute("COMMIT")
    rate = count / (time.perf_counter() - began)
    connection.close()
    return rate


def _reading(bench: Bench, asked: argparse.Namespace) -> None:
    """The head, the balance, the statement and the proof of a short and of a long book."""
    for entries in (SHORT, asked.long):
        fund = _fund(f"book-of-{entries}")
        books = _fill(bench, fund, entries)
        head = _milliseconds(partial(books.head, fund.fund_id), times=asked.times)
        balance = _milliseconds(partial(_balance, books, fund), times=asked.times)
        statement = _milliseconds(partial(_statement, books, fund), times=asked.times)
        read, proved = _proof_rates(books, fund)
        print(
            f"book of {entries:6} entries   head {head:7.3f} ms   balance {balance:7.3f} ms   four weeks' statement"
            f" {statement:7.3f} ms   proved {read:9,.0f} entries/s, in memory {proved:9,.0f}"
        )


def _fill(bench: Bench, fund: Fund, entries: int) -> StoredBooks:
    """One spend a day up to today, after what pays for them."""
    clock = FixedClock(at=SystemClock().now() - timedelta(days=entries))
    books = StoredBooks(documents=bench.store.documents(BLOCKS), clock=clock, nudge=lambda _: None)
    paid = _draft("payment-in", paid_in(Pence(10**9)))
    _post(books, fund, f"{fund.fund_id}-in", [_of_day(paid, clock)], clock=clock)
    for number in range(1, entries):
        clock.at += timedelta(days=1)
        draft = _of_day(_draft("spend", spent(Pence(125), "payee-1")), clock)
        _post(books, fund, f"{fund.fund_id}-{number}", [draft], clock=clock)
    return books


def _of_day(draft: Draft, clock: Clock) -> Draft:
    return replace(draft, effective_on=london_day(clock.now()))


def _balance(books: StoredBooks, fund: Fund) -> object:
    now = SystemClock().now()
    tail = books.tail(fund.fund_id, since=read_from(on=london_day(now), known_at=now))
    return make_balance(fund, tail, as_of=london_day(now), known_at=now)


def _statement(books: StoredBooks, fund: Fund) -> object:
    now = SystemClock().now()
    head, from_on = books.head(fund.fund_id), add_days(london_day(now), -27)
    return make_statement(
        fund,
        books.tail(fund.fund_id, since=read_from(on=from_on, known_at=now), up_to=head.number),
        period=Period(from_on=from_on, to_on=london_day(now)),
        made_at=now,
        head_number=head.number,
        head_hash=head.hash,
    )


def _proof_rates(books: StoredBooks, fund: Fund) -> tuple[float, float]:
    """Entries a second of a book of full blocks: with reading, and of blocks that are in memory."""
    full = replace(fund, fund_id=f"{fund.fund_id}-full")
    _post(books, full, f"{full.fund_id}-in", [_draft("payment-in", paid_in(Pence(10**9)))])
    for number in range(100):
        _post(
            books, full, f"{full.fund_id}-{number}", [_draft("spend", spent(Pence(125), "payee-1"))] * ENTRIES_A_BLOCK
        )
    blocks = list(books.stored_blocks(full.fund_id))
    count = 1 + 100 * ENTRIES_A_BLOCK
    seconds = [
        _milliseconds(each, times=5) / 1000 for each in (partial(_prove_stored, books, full), partial(prove, blocks))
    ]
    return count / seconds[0], count / seconds[1]


def _prove_stored(books: StoredBooks, fund: Fund) -> object:
    return prove(books.stored_blocks(fund.fund_id))


def _beside_pymongo(asked: argparse.Namespace) -> None:
    from pymongo import MongoClient, WriteConcern

    store = open_store(asked.mongodb, "bench_books")
    store.migrate(COLLECTIONS)
    books = Bench(store=store).books
    client: MongoClient[dict[str, Any]] = MongoClient(asked.mongodb, retryWrites=False)
    try:
        database = client.get_database("bench_books_raw", write_concern=WriteConcern(w="majority", j=True))
        plain = database.get_collection("plain")
        plain.create_index("keys", unique=True, partialFilterExpression={"keys": {"$exists": True}})
        alike = database.create_collection("alike", validator=validator_of(BLOCKS))
        for index in indexes_of(BLOCKS):
            alike.create_index(list(index.keys), **index.options)
        stamp, rates = str(time.time_ns()), dict[str, list[float]]()
        for number in range(asked.rounds + 1):
            found = _mongo_round(books, {"": plain, ", same indexes": alike}, f"{stamp}-{number}", asked.commits)
            for name, rate in found.items() if number else ():
                rates.setdefault(name, []).append(rate)
        _print_mongo(rates)
    finally:
        client.drop_database("steward_bench_books")
        client.drop_database("bench_books_raw")
        client.close()
        store.close()


def _mongo_round(books: StoredBooks, raw: dict[str, Any], name: str, count: int) -> dict[str, float]:
    """One round of each: single commits to open books, pages of a run over them, and the driver's own inserts."""
    funds = [_fund(f"s-{name}-{number}") for number in range(count)]
    draft = _draft("payment-in", paid_in(BUDGET))
    for page in _pages(funds):
        _post_page(books, page, draft, f"open {name}")
    found = {
        "commit": _rate(count, lambda: [_post(books, fund, f"{name} {fund.fund_id}", [draft]) for fund in funds]),
        "page": _rate(count, lambda: [_post_page(books, page, draft, f"run {name}") for page in _pages(funds)]),
    }
    like = next(iter(books.stored_blocks(funds[0].fund_id)))
    for words, collection in raw.items():
        ones, many = ([_like(like, f"{kind}-{name}", number) for number in range(count)] for kind in "om")
        found[f"insert_one{words}"] = _rate(count, partial(_one_by_one, collection, ones))
        found[f"insert_many{words}"] = _rate(count, partial(_by_pages, collection, many))
    return found


def _one_by_one(collection: Any, documents: Sequence[dict[str, Any]]) -> None:
    for document in documents:
        collection.insert_one(document)


def _by_pages(collection: Any, documents: Sequence[dict[str, Any]]) -> None:
    for page in _pages(documents):
        collection.insert_many(page, ordered=False)


def _print_mongo(rates: dict[str, list[float]]) -> None:
    shown = {name: median(each) for name, each in rates.items()}
    for ours, theirs in (("commit", "insert_one"), ("page", "insert_many")):
        for name in (theirs, f"{theirs}, same indexes"):
            print(
                f"MongoDB: {ours:8} {shown[ours]:8,.0f} entries/s   pymongo {name:26} {shown[name]:8,.0f}/s"
                f"   ratio {shown[ours] / shown[name]:.2f}"
            )


def _post_page(books: StoredBooks, funds: Sequence[Fund], draft: Draft, key: str) -> None:
    wanted = []
    for fund in funds:
        cause = _cause(f"{key} {fund.fund_id}", "officer-1")
        keyed = replace(draft, key=key_of(cause))
        wanted.append(ForBook(fund=fund, decide=lambda _, keyed=keyed: keyed, cause=cause))
    post_to_books(wanted, books=books, clock=SystemClock(), attempts=ATTEMPTS)


def _pages(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for first in range(0, len(things), PAGE):
        yield things[first : first + PAGE]


def _like(block: Any, book: str, number: int) -> dict[str, Any]:
    """A document of the block's size under another id and key."""
    id = f"{book}-{number:06d}/0000000001"
    return {**block, "_id": id, "keys": [id]}


def _post(books: StoredBooks, fund: Fund, key: str, drafts: Sequence[Draft], *, clock: Clock | None = None) -> None:
    when = clock or SystemClock()
    cause = _cause(key, "officer-1")
    keyed = [replace(drafts[0], key=key_of(cause)), *drafts[1:]]
    if len(keyed) == 1:
        post_entry(lambda _: keyed[0], fund=fund, cause=cause, books=books, clock=when, attempts=ATTEMPTS)
    else:
        post_entries(lambda _: keyed, fund=fund, cause=cause, books=books, clock=when, attempts=ATTEMPTS)


def _fund(fund_id: str) -> Fund:
    return Fund(
        fund_id=fund_id,
        council_id=COUNCIL,
        person_id="person-0007",
        provider_id="provider-0003",
        weekly_budget=BUDGET,
        opened_on=TODAY,
        starts_on=TODAY,
        policy_version="pack/1",
        plan=Plan(lines=(), written_by="staff-1", agreed_by="social-worker-1", agreed_on=TODAY),
        status="active",
    )


def _draft(type: Any, legs: Any) -> Draft:
    return Draft(type=type, legs=legs, effective_on=TODAY, policy_version="pack/1")


def _cause(key: str, actor_id: str) -> Cause:
    caller = Caller(actor_id=actor_id, councils=("*",), correlation_id="cor-bench", idempotency_key=key)
    return of_command("bench", {"key": key}, caller.as_dict())


def _banking_day(holidays: BankHolidays) -> Any:
    """The last banking day up to today, so that a run is posted at once."""
    day = london_day(SystemClock().now())
    while day.weekday() > 4 or holidays.name_of(day):
        day = add_days(day, -1)
    return day


def _rate(count: int, work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)


def _milliseconds(work: Callable[[], object], *, times: int) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return median(taken)


def _read(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a small run, to see that it works")
    parser.add_argument("--funds", type=int, default=10_000, help="how many funds the payment run has")
    parser.add_argument("--long", type=int, default=LONG, help="entries of the long book")
    parser.add_argument("--times", type=int, default=200, help="how often each is read")
    parser.add_argument("--commits", type=int, default=1000, help="commits in each round on MongoDB")
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds on MongoDB")
    parser.add_argument(
        "--mongodb", default=os.environ.get("STEWARD_TEST_MONGODB_URL", ""), help="a server to measure on too"
    )
    asked = parser.parse_args(argv)
    if asked.quick:
        asked.funds, asked.long, asked.times, asked.commits, asked.rounds = 400, 1000, 30, 100, 2
    return asked


if __name__ == "__main__":
    sys.exit(main())
