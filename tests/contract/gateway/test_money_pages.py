"""The pages of money: what each form sends to the ledger, what it refuses itself, and what each page says."""

from __future__ import annotations

import base64
import hashlib
import io
from typing import Any

import pytest
from flask.testing import FlaskClient

from gateway.pages.history_files import past_entries, row_of
from gateway.pages.seals import leads_to_root
from shared.errors import Conflict, FieldError, Invalid
from tests.support.fund_samples import FUND, a_life
from tests.support.gateway_fakes import FROM_PAGE, FakeServices, sign_in_by_page
from tests.unit.gateway.reading_pages import page_of, words_of
from tests.unit.gateway.test_pages import no_field_without_label

FINANCE, PROVIDER, WORKER = "demo-finance-cp", "demo-provider-cp", "demo-social-worker-cp"
COMMISSIONER, HISTORIAN, BROKERAGE = "demo-commissioner-cp", "demo-history-cp", "demo-brokerage-cp"
CP = "cambridgeshire-peterborough"
ENTRY: dict[str, Any] = {
    "id": "fund-1.5.1",
    "entry_id": "fund-1.5.1",
    "type": "spend",
    "words": "Spend",
    "effective_on": "2026-02-02",
    "recorded_at": "2026-02-02T12:00:00Z",
    "amount_pence": 4_950,
    "balance_pence": 95_050,
    "reference": "S-1",
    "evidence": "",
    "reverses": None,
    "category": "support",
    "payee_id": "sample-club",
    "reason": "",
    "imported": None,
    "reversed_by": None,
}
LINE: dict[str, Any] = {
    "id": "line-1",
    "version": 1,
    "fund_id": "fund-1",
    "booked_on": "2026-02-02",
    "amount_pence": -4_950,
    "description": "CLUB",
    "reference": "",
    "status": "queued",
    "words": "2 entries could be this line",
    "entry_id": None,
    "candidates": ["fund-1.5.1"],
}
RUN: dict[str, Any] = {
    "id": "payrun-1",
    "version": 2,
    "council_id": CP,
    "status": "prepared",
    "pay_on": "2026-04-01",
    "due_through": "2026-04-01",
    "send_bacs_by": None,
    "policy_version": f"{CP}/2022-04-01",
    "clause": "CP 5.4",
    "payments": 2,
    "amount_pence": 80_000,
    "by_method": [{"method": "card", "payments": 2, "amount_pence": 80_000}],
    "held_back": 1,
    "not_due": 3,
    "posted": 0,
    "posted_pence": 0,
    "refused": 0,
    "prepared_by": "somebody-else",
    "approved_by": None,
    "withdrawn_by": None,
    "reason": "",
}
REFUSED: dict[str, Any] = {
    "id": "spend-1",
    "fund_id": "fund-1",
    "category": "support",
    "payee_id": "sample-club",
    "amount_pence": 500,
    "outcome": "needs_agreement",
    "clause": "CP 6.17(g)",
    "reason": "This serves none of the outcomes.",
    "would_change": "The agreement of the commissioner would allow it.",
    "agreed_by": None,
    "policy_version": f"{CP}/2022-04-01",
    "asked_by": "somebody-else",
    "asked_at": "2026-02-02T12:00:00Z",
}


@pytest.fixture
def ledger(services: FakeServices) -> FakeServices:
    """A ledger with one fund, an entry, a bank line, a refused spend and a run that waits for approval."""
    answers = {
        "get_fund": FUND,
        "get_fund_life": a_life(),
        "list_allocations": {"fund_id": "fund-1", "items": [], "next": None},
        "get_entry": ENTRY,
        "get_bank_line": LINE,
        "get_payment_run": RUN,
        "get_refused_spend": REFUSED,
        "list_payment_run_lines": {"items": [], "next": None},
        "list_refused_spends": {"items": [REFUSED], "next": None},
        "list_entries": {"items": [ENTRY], "next": None},
        "get_balance": {"in_hand_pence": 95_050, "free_pence": 90_000},
    }
    services.answers |= {("ledger", method): answer for method, answer in answers.items()}
    return services


def on(name: str, year: int, month: int, day: int) -> dict[str, str]:
    """A day in a question's boxes."""
    return {f"{name}-year": str(year), f"{name}-month": str(month), f"{name}-day": str(day)}


FORMS: list[Any] = [
    (
        PROVIDER,
        "/funds/fund-1/spends/new",
        "request_spend",
        {
            "amount": "1,234.50",
            "category": "day-opportunities",
            "other_category": "short_stay",
            "payee_id": "sample-club",
            "outcome_id": "out-1",
            **on("effective_on", 2026, 3, 2),
            **on("period.from", 2026, 3, 2),
            **on("period.to", 2026, 3, 4),
            "agreement.clause": "CP 6.17(h)",
            "agreement.agreed_by": "officer-1",
            **on("agreement.agreed_on", 2026, 3, 1),
        },
        {
            "id": "fund-1",
            "amount_pence": 123_450,
            "category": "short_stay",
            "payee_id": "sample-club",
            "outcome_id": "out-1",
            "effective_on": "2026-03-02",
            "period": {"from": "2026-03-02", "to": "2026-03-04"},
            "agreements": [{"clause": "CP 6.17(h)", "agreed_by": "officer-1", "agreed_on": "2026-03-01"}],
        },
    ),
    (
        PROVIDER,
        "/funds/fund-1/reservations/fund-1.5.1/pay",
        "post_reserved",
        {"amount": "15", **on("effective_on", 2026, 3, 2), "evidence": "invoice"},
        {
            "id": "fund-1",
            "entry_id": "fund-1.5.1",
            "amount_pence": 1_500,
            "effective_on": "2026-03-02",
            "evidence": "invoice",
        },
    ),
    (
        FINANCE,
        "/funds/fund-1/payments/new",
        "take_payment_in",
        on("effective_on", 2026, 3, 2),
        {"id": "fund-1", "effective_on": "2026-03-02"},
    ),
    (
        FINANCE,
        "/funds/fund-1/entries/fund-1.5.1/reverse",
        "reverse_entry",
        {"reason": "Sample."},
        {"id": "fund-1", "entry_id": "fund-1.5.1", "reason": "Sample."},
    ),
    (
        FINANCE,
        "/funds/fund-1/entries/fund-1.5.1/evidence",
        "attach_evidence",
        {"kind": "receipt", "reference": "REC-7"},
        {"id": "fund-1", "entry_id": "fund-1.5.1", "kind": "receipt", "reference": "REC-7"},
    ),
    (
        COMMISSIONER,
        "/funds/fund-1/refused-spends/spend-1/agree",
        "agree_to_spend",
        {"reason": "Sample.", "reference": "LETTER-1"},
        {"id": "fund-1", "spend_id": "spend-1", "reason": "Sample.", "reference": "LETTER-1"},
    ),
    (
        FINANCE,
        "/payment-runs/payrun-1/approve",
        "approve_payment_run",
        {"payments": "2", "amount_pence": "80000"},
        {"id": "payrun-1", "payments": 2, "amount_pence": 80_000},
    ),
    (
        FINANCE,
        "/funds/fund-1/payment-details/change",
        "enter_payment_details",
        {"method": "bank", "sort_code": "01-02-03", "account_number": "1234 5678", "account_name": "SAMPLE"},
        {
            "id": "fund-1",
            "method": "bank",
            "sort_code": "010203",
            "account_number": "12345678",
            "account_name": "SAMPLE",
        },
    ),
    (
        PROVIDER,
        "/funds/fund-1/bank-lines/line-1/match",
        "match_bank_line",
        {"entry_id": "fund-1.5.1", "other_id": "7.2"},
        {"id": "fund-1", "line_id": "line-1", "entry_id": "fund-1.7.2"},
    ),
    (
        BROKERAGE,
        "/funds/fund-1/move",
        "move_fund",
        {"reason": "Sample.", "to_provider_id": "prov-2"},
        {"id": "fund-1", "reason": "Sample.", "to_provider_id": "prov-2"},
    ),
]


@pytest.mark.parametrize("case", FORMS, ids=[one[2] for one in FORMS])
def test_a_form_sends_what_was_said(browser: FlaskClient, ledger: FakeServices, case: Any) -> None:
    person, place, method, boxes, told = case
    ledger.answers["ledger", method] = {"id": "made-1", "provider_id": "prov-2"}
    page = page_of(browser, place, person)

    answer = browser.post(place, data={"key": "k-1", **boxes}, headers=FROM_PAGE)

    assert answer.status_code in (200, 303), answer.get_data(as_text=True)
    assert ledger.asked(method).payload == told
    assert page.count("<h1") == 1
    assert no_field_without_label(page)


@pytest.mark.parametrize("amount", ["1e3", "12.345", "1,23", "-5", "£", "ten", "1 000"])
def test_money_that_is_not_written_as_money_never_reaches_the_ledger(
    browser: FlaskClient, ledger: FakeServices, amount: str
) -> None:
    sign_in_by_page(browser, PROVIDER)
    boxes = {"key": "k-1", "amount": amount, "category": "support", "payee_id": "x", **on("effective_on", 2026, 3, 2)}

    answer = browser.post("/funds/fund-1/spends/new", data=boxes, headers=FROM_PAGE)

    assert answer.status_code == 422
    assert 'href="#amount"' in answer.get_data(as_text=True)
    assert "request_spend" not in {call.method for call in ledger.calls}


def test_a_refused_spend_comes_back_with_its_clause_at_the_question(browser: FlaskClient, ledger: FakeServices) -> None:
    error = FieldError(field="category", rule="CP 6.17(e)", message="Gambling is barred (CP 6.17(e)).")
    ledger.answers["ledger", "request_spend"] = Conflict("not allowed", errors=[error])
    sign_in_by_page(browser, PROVIDER)
    boxes = {
        "key": "k-1",
        "amount": "5",
        "other_category": "lottery",
        "payee_id": "x",
        **on("effective_on", 2026, 3, 2),
    }

    answer = browser.post("/funds/fund-1/spends/new", data=boxes, headers=FROM_PAGE)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert 'href="#category"' in page
    assert "Gambling is barred (CP 6.17(e))." in page
    assert 'value="lottery"' in page


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("march.csv", "text/csv"),
        ("C:\\bank\\MARCH.OFX", "application/x-ofx"),
        ("march.xml", "application/xml"),
        ("march.mt940", "application/x-mt940"),
    ],
)
def test_a_statement_goes_to_the_ledger_as_it_is_by_its_kind(
    browser: FlaskClient, ledger: FakeServices, name: str, kind: str
) -> None:
    taken = {"fund_id": "fund-1", "from": None, "to": None, "lines": 1, "new": 1, "matched": 0, "queued": 1}
    ledger.answers["ledger", "import_statement"] = {"statements": [taken | {"closing_pence": None}]}
    sign_in_by_page(browser, FINANCE)
    file = (io.BytesIO(b"\x00\xffbytes"), name, "application/x-mt940")

    answer = browser.post(
        "/statement-imports/new", data={"key": "k-1", "fund_id": "fund-1", "file": file}, headers=FROM_PAGE
    )

    told = ledger.asked("import_statement").payload
    assert answer.status_code == 200
    assert told == {
        "fund_id": "fund-1",
        "content_type": kind,
        "body_base64": base64.b64encode(b"\x00\xffbytes").decode(),
    }


def test_without_a_file_the_form_asks_for_one_once(browser: FlaskClient, ledger: FakeServices) -> None:
    sign_in_by_page(browser, FINANCE)

    answer = browser.post("/statement-imports/new", data={"key": "k-1"}, headers=FROM_PAGE)

    assert answer.status_code == 422
    assert answer.get_data(as_text=True).count('href="#file"') == 1
    assert 'enctype="multipart/form-data"' in answer.get_data(as_text=True)
    assert ledger.calls == []


def test_who_prepared_a_run_is_told_that_another_approves_it(browser: FlaskClient, ledger: FakeServices) -> None:
    seen = page_of(browser, "/payment-runs/payrun-1", FINANCE)
    ledger.answers["ledger", "get_payment_run"] = RUN | {"prepared_by": FINANCE}
    own = page_of(browser, "/payment-runs/payrun-1")

    assert "/payment-runs/payrun-1/approve" in seen
    assert "/payment-runs/payrun-1/approve" not in own
    assert "another finance officer approves it" in words_of(own)


def test_only_who_may_agree_and_did_not_ask_is_led_to_agreeing(browser: FlaskClient, ledger: FakeServices) -> None:
    worker = page_of(browser, "/funds/fund-1/refused-spends", WORKER)
    commissioner = page_of(browser, "/funds/fund-1/refused-spends", COMMISSIONER)
    ledger.answers["ledger", "list_refused_spends"] = {"items": [REFUSED | {"asked_by": COMMISSIONER}], "next": None}
    own = page_of(browser, "/funds/fund-1/refused-spends")
    ledger.answers["ledger", "list_refused_spends"] = {"items": [REFUSED | {"agreed_by": "fund-1.9.1"}], "next": None}
    agreed = page_of(browser, "/funds/fund-1/refused-spends")

    assert [page.count("/spend-1/agree") for page in (worker, commissioner, own, agreed)] == [0, 1, 0, 0]
    assert "The agreement of the commissioner would allow it." in words_of(worker)
    assert "Posted as Entry 9.1" in words_of(agreed)


def test_a_reader_of_the_book_is_led_to_no_change_of_it(browser: FlaskClient, ledger: FakeServices) -> None:
    reader = page_of(browser, "/funds/fund-1/entries", WORKER)
    keeper = page_of(browser, "/funds/fund-1/entries", PROVIDER)
    ledger.answers["ledger", "list_entries"] = {
        "items": [ENTRY | {"id": "fund-1.6.1", "type": "reversal", "reverses": "fund-1.5.1"}, ENTRY],
        "next": None,
    }
    undone = page_of(browser, "/funds/fund-1/entries")

    assert "/reverse" not in reader
    assert "/spends/new" not in reader
    assert "/entries/fund-1.5.1/reverse" in keeper
    assert "/reverse" not in undone


def test_a_path_leads_to_a_root_only_as_it_was_made() -> None:
    leaf = hashlib.sha256(b"\x00fund-1/3/" + b"ab" * 32).digest()
    left, right = b"\x01" * 32, b"\x02" * 32
    root = hashlib.sha256(b"\x01" + hashlib.sha256(b"\x01" + left + leaf).digest() + right).hexdigest()
    path = [{"side": "left", "hash": left.hex()}, {"side": "right", "hash": right.hex()}]
    inclusion = {"fund_id": "fund-1", "head": {"number": 3, "hash": "ab" * 32}, "path": path, "seal": {"root": root}}

    assert leads_to_root(inclusion)
    assert not leads_to_root(inclusion | {"path": path[::-1]})
    assert not leads_to_root(inclusion | {"head": {"number": 4, "hash": "ab" * 32}})


HEADER = "type,amount,effective_on,recorded_at,reference,category,payee_id,from,to\n"


def test_an_earlier_book_is_read_row_by_row_in_pence() -> None:
    rows = "payment-in,£400.00,2026-01-05,2026-01-05T10:00:00Z,P-1,,,,\nspend,62.5,2026-01-12,x,S-1,stay,club,a,b\n"

    first, second = past_entries((HEADER + rows).encode())

    assert first == {
        "type": "payment-in",
        "amount_pence": 40_000,
        "effective_on": "2026-01-05",
        "recorded_at": "2026-01-05T10:00:00Z",
        "reference": "P-1",
    }
    assert (second["amount_pence"], second["period"]) == (6_250, {"from": "a", "to": "b"})
    assert row_of("entries.1.period.from") == "Row 3, period from"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("\n", "the column type is missing"),
        (HEADER, "no row below its header"),
        (HEADER + "spend,5\n", "row 2 has 2 cells"),
        (HEADER + "spend,5.001,d,r,S,c,p,,\n", "row 2: "),
        ("type,amount\nspend,5\n", "the column reference is missing"),
    ],
)
def test_an_earlier_book_that_cannot_be_read_is_refused_by_its_fault(content: str, fault: str) -> None:
    with pytest.raises(Invalid) as refused:
        past_entries(content.encode())

    assert fault in " ".join([refused.value.detail, *(error.message for error in refused.value.errors)])


def test_an_answer_tells_clause_reading_pack_and_what_would_change_it(
    browser: FlaskClient, ledger: FakeServices
) -> None:
    ledger.answers["ledger", "get_decision_by_facts"] = {
        "question": "spend",
        "council_id": CP,
        "fund_id": None,
        "on": "2026-03-02",
        "policy_version": f"{CP}/2022-04-01",
        "answer": "needs-agreement",
        "grounds": [{"clause": "CP 6.17(h)", "reason": "They live there.", "would_change": "A letter would."}],
        "clauses": ["CP 6.17(h)"],
        "readings": [{"name": "own", "clause": "CP 6.17", "chosen": "So.", "others": ["Or so."], "ours": True}],
        "would_change": ["A letter would."],
        "values": {"free_pence": 5, "year": {"from": "2026-01-01"}, "due": [{"paid": False}], "tier": None},
    }
    sign_in_by_page(browser, WORKER)
    boxes = {"key": "k-1", "category": "support", "amount": "5", "earlier_stays": "2026-01-05 to 2026-01-09\r\nrubbish"}

    answer = browser.post(f"/ask/{CP}/spend", data=boxes, headers=FROM_PAGE)

    page = words_of(answer.get_data(as_text=True))
    for told in ("Needs agreement", "They live there. (CP 6.17(h))", "A letter would.", "Or so.", f"{CP}/2022-04-01"):
        assert told in page
    for told in ("Free £0.05", "Year from 1 January 2026", "Due paid No"):
        assert told in page
    assert ledger.asked("get_decision_by_facts").payload == {
        "council_id": CP,
        "question": "spend",
        "facts": {
            "category": "support",
            "amount_pence": 500,
            "earlier_stays": [{"from": "2026-01-05", "to": "2026-01-09"}, {"from": "rubbish", "to": "rubbish"}],
        },
    }


def test_another_councils_rules_are_nowhere_to_be_asked(browser: FlaskClient, ledger: FakeServices) -> None:
    sign_in_by_page(browser, WORKER)

    assert browser.get("/ask/cheshire-east/spend", headers={"Accept": "text/html"}).status_code == 404
    assert browser.get("/history/new", headers={"Accept": "text/html"}).status_code == 403
    assert ledger.calls == []
