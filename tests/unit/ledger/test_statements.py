"""Statements, balances on two dates, and their forms."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.ledger.handlers.proving import get_proof
from services.ledger.handlers.reading import get_balance, get_statement, list_entries
from services.ledger.model.statement_forms import (
    CSV_HEADINGS,
    balance_as_json,
    pounds,
    statement_as_csv,
    statement_as_json,
)
from services.ledger.model.statements import Balance, Statement
from services.ledger.model.verification import Anchor
from shared.errors import Invalid, NotFound
from shared.money import Pence
from tests.support.ledger_builders import TODAY, Ledger, a_caller
from tests.support.ledger_builders import pounds as given

APRIL = (date(2026, 4, 1), date(2026, 4, 30))


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def statement(ledger: Ledger, fund_id: str, from_on: date | None = None, to_on: date | None = None) -> Statement:
    return get_statement(
        fund_id,
        from_on=from_on,
        to_on=to_on,
        caller=a_caller(),
        funds=ledger.funds,
        books=ledger.books,
        clock=ledger.clock,
    )


def balance(ledger: Ledger, fund_id: str, as_of: date | None = None, known_at: datetime | None = None) -> Balance:
    return get_balance(
        fund_id,
        as_of=as_of,
        known_at=known_at,
        caller=a_caller(),
        funds=ledger.funds,
        books=ledger.books,
        clock=ledger.clock,
    )


def two_months(ledger: Ledger) -> str:
    """Paid in and spent in March; paid in, spent and reversed in April."""
    fund_id = ledger.open_and_funded()
    ledger.spend(fund_id)
    ledger.clock.at = datetime(2026, 4, 10, 9, tzinfo=UTC)
    ledger.pay_in(fund_id)
    wrong = ledger.spend(fund_id, effective_on=date(2026, 4, 10), amount=given("20.00")).posted
    assert wrong is not None
    ledger.reverse(fund_id, wrong.entry.entry_id)
    ledger.spend(fund_id, effective_on=date(2026, 4, 10), amount=given("7.50"))
    return fund_id


def test_opening_plus_movements_is_closing(ledger: Ledger) -> None:
    april = statement(ledger, two_months(ledger), *APRIL)

    assert (april.opening, april.closing) == (given("387.50"), given("780.00"))
    assert [line.movement.amount for line in april.lines] == [40000, -2000, 2000, -750]
    assert april.opening.amount + sum(line.movement.amount for line in april.lines) == april.closing.amount
    assert [line.balance.amount for line in april.lines][-1] == april.closing.amount


def test_every_account_of_a_statement_opens_moves_and_closes_and_all_close_at_nought(ledger: Ledger) -> None:
    april = statement(ledger, two_months(ledger), *APRIL)

    assert [line.account for line in april.accounts] == ["council", "held", "payee:payee-pool"]
    assert [line.closing.amount for line in april.accounts] == [-80000, 78000, 2000]
    assert sum(line.closing.amount for line in april.accounts) == 0
    assert [line.side for line in april.accounts] == ["Cr", "Dr", "Dr"]


def test_money_in_is_a_debit_and_money_out_a_credit_in_words(ledger: Ledger) -> None:
    lines = statement(ledger, two_months(ledger), *APRIL).lines

    assert [(line.side, line.entry.words) for line in lines] == [
        ("Dr", "Payment in"),
        ("Cr", "Spend"),
        ("Dr", "Reversal"),
        ("Cr", "Spend"),
    ]


def test_two_statements_on_end_meet(ledger: Ledger) -> None:
    fund_id = two_months(ledger)

    march = statement(ledger, fund_id, date(2026, 3, 1), date(2026, 3, 31))
    april = statement(ledger, fund_id, *APRIL)

    assert march.closing == april.opening


def test_a_statement_says_whose_it_is_under_which_policy_and_from_which_head(ledger: Ledger) -> None:
    fund_id = two_months(ledger)

    shown = statement_as_json(statement(ledger, fund_id, *APRIL))

    head = ledger.head(fund_id)
    assert shown["council_id"] == "cambridgeshire-peterborough"
    assert shown["person_id"] == "person-0007"
    assert shown["policy_versions"] == ["cambridgeshire-peterborough/2022-04-01"]
    assert shown["head"] == {"number": head.number, "hash": head.hash}


def test_a_statement_without_days_runs_from_the_fund_s_first_day_to_today(ledger: Ledger) -> None:
    whole = statement(ledger, two_months(ledger))

    assert (whole.period.from_on, whole.period.to_on) == (TODAY, date(2026, 4, 10))
    assert (whole.opening, whole.closing) == (Pence(0), given("780.00"))


def test_a_fund_without_entries_has_an_empty_statement(ledger: Ledger) -> None:
    empty = statement(ledger, ledger.open().id)

    assert (empty.opening, empty.closing, empty.lines) == (Pence(0), Pence(0), ())


def test_days_the_wrong_way_round_are_refused(ledger: Ledger) -> None:
    with pytest.raises(Invalid) as refusal:
        statement(ledger, ledger.open().id, date(2026, 4, 2), date(2026, 4, 1))

    assert [error.field for error in refusal.value.errors] == ["to"]


def test_a_late_entry_changes_the_balance_of_its_day_but_not_what_was_known_then(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    known_then = ledger.clock.now()
    ledger.clock.at += timedelta(days=30)
    ledger.spend(fund_id, effective_on=TODAY)

    assert balance(ledger, fund_id, as_of=TODAY).in_hand == given("387.50")
    assert balance(ledger, fund_id, as_of=TODAY, known_at=known_then).in_hand == given("400.00")


def test_a_balance_before_the_first_entry_is_nought(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()

    assert balance(ledger, fund_id, as_of=TODAY - timedelta(days=1)).in_hand == Pence(0)


def test_a_balance_shows_its_two_dates_and_every_account(ledger: Ledger) -> None:
    shown = balance_as_json(balance(ledger, ledger.open_and_funded()))

    assert (shown["as_of"], shown["in_hand_pence"], shown["free_pence"]) == (TODAY.isoformat(), 40000, 40000)
    assert shown["accounts"][0] == {
        "account": "council",
        "words": "Paid in by the council",
        "opening_pence": 0,
        "movement_pence": -40000,
        "closing_pence": -40000,
        "side": "Cr",
    }


def test_another_council_gets_no_balance_statement_entries_or_proof(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    stranger = a_caller(councils=("cheshire-east",))
    how: dict[str, Any] = {"caller": stranger, "funds": ledger.funds, "books": ledger.books}

    for ask in (
        lambda: get_balance(fund_id, as_of=None, known_at=None, clock=ledger.clock, **how),
        lambda: get_statement(fund_id, from_on=None, to_on=None, clock=ledger.clock, **how),
        lambda: list_entries(fund_id, after=None, limit=5, **how),
        lambda: get_proof(fund_id, expiries=ledger.expiries, **how),
    ):
        with pytest.raises(NotFound):
            ask()


def test_csv_has_a_row_an_entry_between_opening_and_closing(ledger: Ledger) -> None:
    rows = list(csv.reader(io.StringIO(statement_as_csv(statement(ledger, two_months(ledger), *APRIL)))))

    assert tuple(rows[0]) == CSV_HEADINGS
    assert (rows[1][3], rows[1][9]) == ("Opening balance", "387.50")
    assert [row[6:10] for row in rows[2:6]] == [
        ["400.00", "", "Dr", "787.50"],
        ["", "20.00", "Cr", "767.50"],
        ["20.00", "", "Dr", "787.50"],
        ["", "7.50", "Cr", "780.00"],
    ]
    assert (rows[6][3], rows[6][9]) == ("Closing balance", "780.00")


@pytest.mark.parametrize("reference", ["=1+1", "+44", "-1", "@sum", "\tx"])
def test_csv_hands_no_formula_to_a_spreadsheet(ledger: Ledger, reference: str) -> None:
    fund_id = ledger.open().id
    ledger.pay_in(fund_id, reference=reference)

    rows = list(csv.reader(io.StringIO(statement_as_csv(statement(ledger, fund_id)))))

    assert rows[2][4] == f"'{reference}"


@pytest.mark.parametrize(("pence", "text"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (-123450, "-1234.50")])
def test_pounds_in_csv_are_exact(pence: int, text: str) -> None:
    assert pounds(Pence(pence)) == text


def test_entries_are_listed_newest_first_page_by_page(ledger: Ledger) -> None:
    fund_id = two_months(ledger)
    seen: list[str] = []
    after: str | None = None

    while True:
        page = list_entries(fund_id, after=after, limit=2, caller=a_caller(), funds=ledger.funds, books=ledger.books)
        seen += [posted.entry.entry_id for posted in page.items]
        after = page.next
        if after is None:
            break

    assert seen == [f"{fund_id}.{number}.1" for number in range(6, 0, -1)]


def test_the_proof_of_a_fund_holds_against_the_head_on_its_statement(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    printed = statement(ledger, fund_id)
    ledger.spend(fund_id)
    anchor = Anchor(book=fund_id, number=printed.head_number, hash=printed.head_hash)

    proof = get_proof(
        fund_id, anchors=[anchor], caller=a_caller(), funds=ledger.funds, books=ledger.books, expiries=ledger.expiries
    )

    assert (proof.findings, proof.blocks, proof.in_balance) == ((), 2, True)
