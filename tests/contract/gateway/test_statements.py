from __future__ import annotations

import csv
import io

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from tests.support.gateway_fakes import FakeServices, a_statement, a_statement_line, sign_in_by_page, signed_in

STATEMENT = "/api/v1/funds/fund-1/statement"
FINANCE = {"role": "finance_officer", "council": "cambridgeshire-peterborough"}


def rows_of(client: FlaskClient, place: str = f"{STATEMENT}?format=csv") -> list[list[str]]:
    """The CSV's rows."""
    answer = client.get(place, headers=signed_in(**FINANCE))
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    return list(csv.reader(io.StringIO(answer.get_data(as_text=True))))


def test_a_statement_is_json_unless_asked_for_otherwise(client: FlaskClient) -> None:
    answer = client.get(STATEMENT, headers=signed_in(**FINANCE))

    assert answer.get_json()["closing_pence"] == 95_050


@pytest.mark.parametrize(
    ("accept", "query", "mimetype"),
    [
        ("text/csv", "", "text/csv"),
        ("text/html", "", "text/html"),
        ("application/json", "", "application/json"),
        ("*/*", "", "application/json"),
        ("text/html", "?format=csv", "text/csv"),
        ("image/png", "", "application/json"),
        ("application/pdf", "", "application/pdf"),
        ("text/html", "?format=pdf", "application/pdf"),
    ],
)
def test_the_form_of_a_statement_follows_accept_and_format(
    client: FlaskClient, accept: str, query: str, mimetype: str
) -> None:
    answer = client.get(f"{STATEMENT}{query}", headers=signed_in(**FINANCE) | {"Accept": accept})

    assert answer.mimetype == mimetype


def test_an_unknown_form_is_refused_by_name(client: FlaskClient) -> None:
    answer = client.get(f"{STATEMENT}?format=xls", headers=signed_in(**FINANCE))

    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["field"] == "format"


def test_the_days_asked_for_go_to_the_ledger(client: FlaskClient, services: FakeServices) -> None:
    client.get(f"{STATEMENT}?from=2026-02-01&to=2026-02-28&format=csv", headers=signed_in(**FINANCE))

    assert services.asked("get_statement").payload == {"id": "fund-1", "from": "2026-02-01", "to": "2026-02-28"}


def test_a_spreadsheet_shows_each_entry_between_the_balances(client: FlaskClient) -> None:
    rows = rows_of(client)

    assert [row[3] for row in rows[1:]] == ["Opening balance", "Payment in", "Spend", "Closing balance"]
    assert [row[6:] for row in rows[1:]] == [
        ["", "", "0.00"],
        ["1000.00", "", "1000.00"],
        ["", "49.50", "950.50"],
        ["", "", "950.50"],
    ]


def test_money_below_a_pound_and_below_nought_is_written_right(client: FlaskClient, services: FakeServices) -> None:
    lines = [a_statement_line(amount_pence=-5, balance_pence=-5)]
    services.answers["ledger", "get_statement"] = a_statement(lines=lines, closing_pence=-5)

    rows = rows_of(client)

    assert rows[2][6:] == ["", "0.05", "-0.05"]


@pytest.mark.parametrize("text", ["=1+1", "+44", "-2", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_can_be_taken_for_a_formula(client: FlaskClient, services: FakeServices, text: str) -> None:
    services.answers["ledger", "get_statement"] = a_statement(lines=[a_statement_line(reference=text)])

    assert rows_of(client)[2][4] == f"'{text}"


def test_a_page_shows_the_same_figures(browser: FlaskClient) -> None:
    sign_in_by_page(browser, "demo-finance-cp")

    page = browser.get("/funds/fund-1/statement").get_data(as_text=True)

    assert "£950.50" in page
    assert "£49.50" in page
    assert "Monday 2 February 2026" in page


def test_a_day_that_is_not_in_the_calendar_is_refused_on_the_page_too(
    browser: FlaskClient, services: FakeServices
) -> None:
    sign_in_by_page(browser, "demo-finance-cp")

    answer = browser.get("/funds/fund-1/statement?from=2026-02-31", headers={"Accept": "text/html"})

    assert answer.status_code == 422
    assert "2026-02-31 is not a day in the calendar." in answer.get_data(as_text=True)
    assert services.calls == []


def the_pdf(client: FlaskClient) -> PdfReader:
    """The statement as a PDF, read back."""
    answer = client.get(f"{STATEMENT}?format=pdf", headers=signed_in(**FINANCE))
    assert answer.status_code == 200
    return PdfReader(io.BytesIO(answer.get_data()))


def test_a_pdf_is_tagged_for_screen_readers_and_named_for_its_days(client: FlaskClient) -> None:
    answer = client.get(f"{STATEMENT}?format=pdf", headers=signed_in(**FINANCE))
    read = PdfReader(io.BytesIO(answer.get_data()))
    root = read.trailer["/Root"]

    assert "statement-fund-0001-2026-02-01-2026-02-28.pdf" in answer.headers["Content-Disposition"]
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"], "/StructTreeRoot" in root) == (True, "en-GB", True)
    assert "pdfuaid:part" in root["/Metadata"].get_data().decode()
    assert read.metadata is not None
    assert read.metadata.title == "Statement from 1 February 2026 to 28 February 2026"


def test_a_pdf_says_what_the_statement_says(client: FlaskClient, services: FakeServices) -> None:
    account = {"account": "payee:pa-0009", "words": "Paid to a payee", "opening_pence": 0, "side": "Dr"}
    services.answers["ledger", "get_statement"] = a_statement(
        accounts=[{**account, "movement_pence": 4950, "closing_pence": 4950}]
    )

    [page] = the_pdf(client).pages
    text = " ".join(page.extract_text().split())

    for told in ("In hand at the end £950.50", "2 February 2026 Spend", "£49.50 £950.50", "Paid to a payee, pa-0009"):
        assert told in text
    assert "£0.00 £49.50 Dr £49.50 Dr" in text
    assert "ab" * 16 in text


def test_a_pdf_tells_the_last_seal_over_all_books_and_says_nothing_before_the_first(
    client: FlaskClient, services: FakeServices
) -> None:
    seal = {"id": "seal-7", "number": 7, "root": "cd" * 32, "books": 12, "made_at": "2026-03-01T09:30:00Z"}
    services.answers["ledger", "get_statement"] = a_statement(seal=seal)
    sealed = " ".join(the_pdf(client).pages[-1].extract_text().split())
    services.answers["ledger", "get_statement"] = a_statement(seal=None)
    unsealed = the_pdf(client).pages[-1].extract_text()

    assert "Last seal over all books: number 7 (seal-7), over 12 books, made 1 March 2026 at 09:30." in sealed
    assert "cd" * 32 in sealed.replace(" ", "")
    assert "seal" not in unsealed


@pytest.mark.parametrize("hostile", ["#panic()", "$x$ *b* _i_", '#read("/etc/passwd")', "\\", '"]}', "<label> @ref"])
def test_a_reference_is_words_and_never_markup(client: FlaskClient, services: FakeServices, hostile: str) -> None:
    services.answers["ledger", "get_statement"] = a_statement(lines=[a_statement_line(reference=hostile)])

    [page] = the_pdf(client).pages

    assert hostile in " ".join(page.extract_text().split())


def test_the_same_statement_is_the_same_pdf(client: FlaskClient) -> None:
    first, again = (client.get(f"{STATEMENT}?format=pdf", headers=signed_in(**FINANCE)) for _ in range(2))

    assert first.get_data() == again.get_data()


def test_a_long_statement_runs_over_pages_with_its_headings_on_each(
    client: FlaskClient, services: FakeServices
) -> None:
    services.answers["ledger", "get_statement"] = a_statement(lines=[a_statement_line() for _ in range(80)])

    pages = the_pdf(client).pages

    assert len(pages) > 2
    assert all("Balance" in page.extract_text() for page in pages[:2])
    assert f"Page 1 of {len(pages)}" in pages[0].extract_text()
