"""The three built-in formats say the same of the same movements."""

from __future__ import annotations

from datetime import date
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from shared.bank_statements import camt053, csv_profiles, loading, ofx
from shared.bank_statements.loading import BUILT_IN, StatementFormats, load_statement_formats
from shared.bank_statements.reading import BankStatement, checked
from shared.errors import Invalid, TooLarge
from shared.money import parse_pounds
from shared.plugins.points import StatementFormat
from shared.plugins.registry import BadPlugin
from shared.settings import BadSetting
from tests.contract.bank_statements.statement_contract import StatementContract
from tests.support import statement_files as files

MOVEMENTS = [
    (date(2026, 3, 2), "400.00", "B-1"),
    (date(2026, 3, 4), "-12.50", "B-2"),
    (date(2026, 3, 5), "-12.50", "B-3"),
    (date(2026, 3, 9), "-30.00", "B-4"),
]


class TestCsv(StatementContract):
    body, content_type, profile = files.CSV_SIGNED, "text/csv", "signed"

    @pytest.fixture
    def format(self) -> StatementFormat:
        return csv_profiles.build()


class TestOfx(StatementContract):
    body, content_type = files.OFX, "application/x-ofx"

    @pytest.fixture
    def format(self) -> StatementFormat:
        return ofx.build()


class TestCamt053(StatementContract):
    body, content_type = files.camt053(), "application/xml"

    @pytest.fixture
    def format(self) -> StatementFormat:
        return camt053.build()


@pytest.fixture(scope="module")
def formats() -> StatementFormats:
    """The built-in formats as the ledger loads them."""
    return load_statement_formats(BUILT_IN, profiles="", most_bytes=10_000, most_lines=10)


def read(
    formats: StatementFormats, body: bytes, kind: str = "text/csv", profile: str | None = "signed"
) -> BankStatement:
    [statement] = formats.read(body, content_type=kind, profile=profile)
    return statement


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (files.CSV_SIGNED, "text/csv; charset=utf-8"),
        (files.CSV_SIGNED.rstrip(b"\n"), "text/csv"),
        (files.OFX, "application/x-ofx"),
        (files.camt053(), "application/xml"),
        (files.camt053(version="02"), "text/xml"),
    ],
    ids=["csv", "csv without a last end of line", "ofx", "camt.053.001.08", "camt.053.001.02"],
)
def test_every_format_tells_the_same_movements_and_closing_balance(
    formats: StatementFormats, body: bytes, kind: str
) -> None:
    statement = read(formats, body, kind)

    assert [(line.booked_on, line.amount, line.bank_id) for line in statement.lines] == [
        (day, parse_pounds(amount), id) for day, amount, id in MOVEMENTS
    ]
    assert (statement.opening, statement.closing) == (parse_pounds("0.00"), parse_pounds("345.00"))
    assert statement.last_on == date(2026, 3, 9)
    assert "INV-1001" in statement.lines[1].description


@pytest.mark.parametrize(("body", "kind"), [(files.OFX, "application/ofx"), (files.camt053(), "text/xml")])
def test_a_bank_account_is_its_sort_code_and_number_in_every_format(
    formats: StatementFormats, body: bytes, kind: str
) -> None:
    assert read(formats, body, kind).account == "01020312345678"


def test_a_card_file_has_a_statement_for_each_card() -> None:
    body = (
        b"Transaction date,Amount,Merchant,Card reference,Anything else\n"
        b"02/03/2026,\xc2\xa3400.00,Load,CARD-0001,x\n"
        b"03/03/2026,-1.00,Pool,CARD-0002,y\n"
        b'04/03/2026,"-1,234.50",Pool,CARD-0001,z\n'
    )

    found = csv_profiles.build().read(body, content_type="text/csv", profile="card")

    assert [(each.account, [line.amount.amount for line in each.lines]) for each in found] == [
        ("CARD0001", [40000, -123450]),
        ("CARD0002", [-100]),
    ]


def test_money_in_and_out_in_two_columns_newest_first() -> None:
    body = (
        b"Date,Description,Money in,Money out,Balance\n"
        b"03/03/2026,Pool,,12.50,387.50\n"
        b"02/03/2026,Council,400.00,,400.00\n"
    )

    [found] = csv_profiles.build().read(body, content_type="text/csv", profile="in-and-out")

    assert [line.amount.amount for line in found.lines] == [-1250, 40000]
    assert (found.opening, found.closing) == (parse_pounds("0.00"), parse_pounds("387.50"))


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (b"2026-02-31,1.00,x", "row.2.booked_on"),
        (b"02/03/2026,1.00,x", "row.2.booked_on"),
        (b"2026-03-02,1.001,x", "row.2.amount"),
        (b"2026-03-02,1e3,x", "row.2.amount"),
        (b"2026-03-02,NaN,x", "row.2.amount"),
        (b"2026-03-02,,x", "row.2.amount"),
        (b"2026-03-02,1.00", "row.2"),
    ],
)
def test_a_row_that_cannot_be_read_refuses_the_file_by_its_number(row: bytes, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        csv_profiles.build().read(b"Date,Amount,Description\n" + row, content_type="text/csv", profile="signed")

    assert [error.field for error in refusal.value.errors] == [field]


@pytest.mark.parametrize("profile", [None, "no-such"])
def test_a_csv_without_a_known_profile_is_refused_naming_those_there_are(profile: str | None) -> None:
    with pytest.raises(Invalid, match="card, in-and-out, signed"):
        csv_profiles.build().read(files.CSV_SIGNED, content_type="text/csv", profile=profile)


def test_balances_that_do_not_follow_from_the_amounts_refuse_the_file() -> None:
    with pytest.raises(Invalid, match="do not follow"):
        csv_profiles.build().read(
            files.CSV_SIGNED.replace(b"387.50", b"387.51"), content_type="text/csv", profile="signed"
        )


def test_a_statement_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(Invalid, match="does not add up"):
        checked(
            camt053.build().read(files.camt053(closing="345.01"), content_type="text/xml", profile=None), most_lines=9
        )


def test_other_money_than_pounds_is_refused() -> None:
    with pytest.raises(Invalid, match="EUR"):
        camt053.build().read(files.camt053(currency="EUR"), content_type="text/xml", profile=None)
    with pytest.raises(Invalid, match="EUR"):
        ofx.build().read(files.OFX.replace(b"GBP", b"EUR"), content_type="application/ofx", profile=None)


def test_xml_with_entities_is_not_read() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb">]><Document>&b;</Document>'

    with pytest.raises(Invalid, match="not plain XML"):
        camt053.build().read(bomb, content_type="text/xml", profile=None)


def test_a_file_past_its_limits_or_of_an_unknown_kind_is_refused(formats: StatementFormats) -> None:
    with pytest.raises(TooLarge, match="bytes"):
        formats.read(b"x" * 10_001, content_type="text/csv", profile="signed")
    rows = b"".join(b"2026-03-02,1.00,x%d\n" % number for number in range(11))
    with pytest.raises(TooLarge, match="10 lines"):
        formats.read(b"Date,Amount,Description\n" + rows, content_type="text/csv", profile="signed")
    with pytest.raises(Invalid, match="statements are read as"):
        formats.read(b"x", content_type="application/pdf", profile=None)


def test_own_profiles_come_from_a_file(tmp_path: Path) -> None:
    own = tmp_path / "profiles.yaml"
    own.write_text(
        'ours:\n  days: "%d %b %Y"\n  columns: {booked_on: Tag, amount: Betrag, description: Text}\n', encoding="utf-8"
    )

    [found] = csv_profiles.build(profiles=str(own)).read(
        b"Tag,Betrag,Text\n02 Mar 2026,1.00,x\n", content_type="text/csv", profile="ours"
    )

    assert found.lines[0].booked_on == date(2026, 3, 2)


@pytest.mark.parametrize(
    "text",
    [
        "ours: {}",
        "- 1",
        "ours: {days: x, columns: {booked_on: A, colour: B}}",
        "ours: {days: x, columns: {booked_on: A}}",
    ],
)
def test_profiles_that_name_no_columns_stop_the_process(tmp_path: Path, text: str) -> None:
    own = tmp_path / "profiles.yaml"
    own.write_text(text, encoding="utf-8")

    with pytest.raises(BadSetting):
        csv_profiles.build(profiles=str(own))


def test_two_formats_of_one_content_type_stop_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = loading.load_plugins
    twice = [
        EntryPoint(name=name, value="shared.bank_statements.ofx:build", group="steward.statements")
        for name in ("ofx", "other")
    ]
    monkeypatch.setattr(loading, "load_plugins", lambda *args, **shape: usual(*args, installed=twice, **shape))

    with pytest.raises(BadPlugin, match="both 'ofx' and 'other' read"):
        load_statement_formats(("ofx", "other"), profiles="", most_bytes=1, most_lines=1)
