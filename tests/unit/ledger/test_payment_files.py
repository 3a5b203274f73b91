"""The files that have a payment run paid, read back place by place."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date

import pytest

from services.ledger.errors import BanksClosed, NothingToSend, OriginatorUnknown, RunNotAtThatStep
from services.ledger.handlers.payment_runs import file_of
from services.ledger.model.bacs import Originator, bank_text, processing_day, standard_18
from services.ledger.model.payment_details import PayTo
from services.ledger.settings import read_originators
from shared.money import Pence
from shared.policy.calendars import england
from tests.support.ledger_builders import COUNCIL, TODAY
from tests.support.payment_runs import APPROVER, BANK, CARD, Runs, a_run_line

ORIGINATOR = Originator(
    service_user_number="987654", sort_code="998877", account_number="87654321", account_name="Sampleshire"
)


def a_file(*amounts: str) -> list[str]:
    """The records of a file that pays these amounts."""
    text = standard_18(
        [a_run_line(amount) for amount in amounts],
        originator=ORIGINATOR,
        serial="ABC123",
        made_on=date(2026, 3, 2),
        processed_on=date(2026, 3, 3),
        reference="ISF 20260304",
    )
    return text.removesuffix("\r\n").split("\r\n")


def at(record: str, first: int, last: int) -> str:
    """The field between two places, counted from 1 as the standard does."""
    return record[first - 1 : last]


def test_labels_are_of_80_characters_and_payments_of_100_in_the_standard_s_order() -> None:
    records = a_file("1.00", "2.50")

    assert [(record[:4], len(record)) for record in records if len(record) == 80] == [
        ("VOL1", 80),
        ("HDR1", 80),
        ("HDR2", 80),
        ("UHL1", 80),
        ("EOF1", 80),
        ("EOF2", 80),
        ("UTL1", 80),
    ]
    assert [len(record) for record in records] == [80] * 4 + [100] * 3 + [80] * 3


def test_labels_name_the_volume_the_user_and_the_days() -> None:
    volume, first, second, user = a_file("1.00")[:4]

    assert (at(volume, 5, 10), at(volume, 42, 47), at(volume, 80, 80)) == ("ABC123", "987654", "1")
    assert (at(first, 5, 21), at(first, 22, 35)) == ("A987654S  1987654", "ABC12300010001")
    assert (at(first, 42, 47), at(first, 48, 53), at(first, 55, 60)) == (" 26061", " 26068", "000000")
    assert (at(second, 5, 15), at(second, 51, 52)) == ("F0200000100", "00")
    assert (at(user, 5, 10), at(user, 11, 20), at(user, 21, 28)) == (" 26062", "999999    ", "00000000")
    assert (at(user, 29, 37), at(user, 38, 40)) == ("1 DAILY  ", "001")


def test_a_payment_credits_the_payee_and_one_contra_record_debits_the_council_by_the_total() -> None:
    records = a_file("1.00", "2.50")
    payment, contra, totals = records[4], records[6], records[9]

    assert (at(payment, 1, 14), at(payment, 15, 17), at(payment, 18, 31)) == (
        "01020312345678",
        "099",
        "99887787654321",
    )
    assert (at(payment, 32, 35), at(payment, 36, 46)) == ("    ", "00000000100")
    assert (at(payment, 47, 64), at(payment, 65, 82), at(payment, 83, 100)) == (
        "SAMPLESHIRE       ",
        "ISF 20260304      ",
        "SAMPLE PROVIDER   ",
    )
    assert (at(contra, 1, 17), at(contra, 36, 46), at(contra, 65, 82)) == (
        "99887787654321017",
        "00000000350",
        "CONTRA            ",
    )
    assert (at(totals, 5, 17), at(totals, 18, 30)) == ("0000000000350", "0000000000350")
    assert (at(totals, 31, 37), at(totals, 38, 44)) == ("0000001", "0000002")


@pytest.mark.parametrize(
    ("text", "taken"),
    [("Ärzte & Söhne", "ARZTE & SOHNE     "), ("A*B'C", "A B C             "), ("x" * 30, "X" * 18)],
)
def test_names_are_written_as_banks_take_them(text: str, taken: str) -> None:
    assert bank_text(text, 18) == taken


@pytest.mark.parametrize(
    ("pay_on", "processed_on"),
    [
        (date(2026, 3, 4), date(2026, 3, 3)),
        (date(2026, 3, 2), date(2026, 2, 27)),
        (date(2026, 4, 7), date(2026, 4, 2)),
    ],
    ids=["midweek", "over a weekend", "over Easter"],
)
def test_bacs_works_the_file_on_the_banking_day_before(pay_on: date, processed_on: date) -> None:
    assert processing_day(pay_on, england()) == processed_on


def test_a_run_says_by_when_bacs_must_have_its_file() -> None:
    runs = Runs()

    run = runs.run(runs.prepared(pay_on=date(2026, 4, 7), due_through=date(2026, 4, 7)))

    assert run.send_bacs_by == date(2026, 4, 1)


@pytest.mark.parametrize("day", [date(2026, 3, 7), date(2026, 12, 25)])
def test_no_money_moves_on_a_day_when_banks_rest(day: date) -> None:
    with pytest.raises(BanksClosed):
        processing_day(day, england())


@pytest.mark.parametrize("amount", [0, -1, 100_000_000_000])
def test_an_amount_that_no_record_holds_is_not_cut_short(amount: int) -> None:
    line = replace(a_run_line(), amount=Pence(amount))

    with pytest.raises(ValueError, match="no Bacs record holds"):
        standard_18([line], originator=ORIGINATOR, serial="ABC123", made_on=TODAY, processed_on=TODAY, reference="ISF")


def a_run(*destinations: PayTo) -> tuple[Runs, str]:
    """An approved run over funds paid to these."""
    runs = Runs()
    for pay_to in destinations:
        runs.fund(pay_to)
    run_id = runs.prepared()
    runs.approve(run_id)
    return runs, run_id


def the_file(runs: Runs, run_id: str, format: str, *, known: bool = True) -> str:
    """The text of one of the run's files."""
    originators = {COUNCIL: ORIGINATOR} if known else {}
    return file_of(run_id, format=format, caller=APPROVER, originators=originators, desk=runs.desk).text


def test_each_file_holds_the_payments_of_its_kind_and_is_the_same_once_posted() -> None:
    runs, run_id = a_run(CARD, BANK, PayTo(method="other", reference="SUPPLIER 12"))
    before = [the_file(runs, run_id, format) for format in ("bacs18", "card-load", "csv")]

    runs.sweep()

    assert [the_file(runs, run_id, format) for format in ("bacs18", "card-load", "csv")] == before
    bacs, loads, every = before
    assert [len(record) for record in bacs.splitlines()].count(100) == 2
    [load] = csv.DictReader(io.StringIO(loads))
    assert (load["Card reference"], load["Amount"], load["Load on"]) == ("CARD-0007", "400.00", "2026-03-02")
    assert sorted(row["Paid by"] for row in csv.DictReader(io.StringIO(every))) == ["bank", "card", "other"]


def test_there_is_no_file_before_approval_nor_one_without_payments() -> None:
    runs = Runs()
    runs.fund(CARD)
    run_id = runs.prepared()

    with pytest.raises(RunNotAtThatStep):
        the_file(runs, run_id, "card-load")
    runs.approve(run_id)
    with pytest.raises(NothingToSend):
        the_file(runs, run_id, "bacs18")


def test_without_the_council_s_own_account_there_is_no_bacs_file() -> None:
    runs, run_id = a_run(BANK)

    with pytest.raises(OriginatorUnknown):
        the_file(runs, run_id, "bacs18", known=False)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "7",
        '{"a": {}}',
        '{"a": {"service_user_number": "12", "sort_code": "123456", "account_number": "12345678", "account_name": "A"}}',
        "not json",
    ],
)
def test_an_account_that_no_bank_has_is_refused_at_start(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_originators(text)
