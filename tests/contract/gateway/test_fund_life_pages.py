"""The life of a fund by form: each step as the API takes it, rows of a list, what is filled in, who is led where."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from gateway.pages.fields import Given, Known
from gateway.pages.plan_rows import line_rows
from shared.errors import FieldError, Invalid
from tests.support.fund_samples import DRAFT, FUND, a_life, fund_answers
from tests.support.gateway_fakes import FROM_PAGE, FakeServices, sign_in_by_page
from tests.unit.gateway.reading_pages import page_of, words_of
from tests.unit.gateway.test_pages import no_field_without_label

HUB = "/funds/fund-1"
WORKER, PROVIDER, FINANCE = "demo-social-worker-cp", "demo-provider-cp", "demo-finance-cp"
TO_AGREE = DRAFT | {"agreed": False}
ITEMS = [
    {
        "item": f"6.6.{n}",
        "label": f"Item {n}",
        "clause": f"CP 6.6.{n}",
        "version": v,
        "by_person": v,
        "by_circle": False,
    }
    for n, v in ((1, 0), (2, 2))
]
SIGNED = {"done": 0, "of": 15, "no_circle_reason": "", "items": ITEMS, "signatures": []}


@pytest.fixture
def ledger(services: FakeServices) -> FakeServices:
    """A ledger with one fund, which takes every step."""
    services.answers |= {("ledger", method): answer for method, answer in fund_answers().items()}
    services.answers["ledger", "get_fund_life"] = a_life(drafts=[TO_AGREE], sign_offs=SIGNED)
    steps = ("arrange_fund", "draft_plan", "sign_off", "record_path", "record_working_agreement", "start_plan")
    for method in (*steps, "agree_draft", "meet_duty", "close_fund", "open_fund"):
        services.answers["ledger", method] = FUND
    return services


def on(name: str) -> dict[str, str]:
    """The second of March in a question's boxes."""
    return {f"{name}-day": "2", f"{name}-month": "3", f"{name}-year": "2026"}


DAY = "2026-03-02"
SIGNATURE = {"signed_by": "per-0001", "capacity": "person", "signed_on": DAY, "format": "easy-read"}
STEPS: list[Any] = [
    (
        WORKER,
        "arrange",
        "arrange_fund",
        {
            "outcomes.0.outcome_id": "out-1",
            "outcomes.0.words": "To see my friends",
            "outcomes.1.words": "To keep well",
            "ways.isf": "1,234.50",
            "ways.council-managed": "10",
            "lot": "lot-2",
            "budget_lines.0.service_model": "home-care",
            "budget_lines.0.basis": "declared",
            "budget_lines.0.amount": "10.5",
            "budget_lines.0.unit": "hour",
            "budget_lines.0.rate": "117.57",
        },
        {
            "outcomes": [
                {"outcome_id": "out-1", "words": "To see my friends"},
                {"outcome_id": "outcome-1", "words": "To keep well"},
            ],
            "deployment": [
                {"way": "isf", "weekly_pence": 123_450},
                {"way": "council-managed", "weekly_pence": 1_000},
            ],
            "lot": "lot-2",
            "budget_lines": [
                {
                    "service_model": "home-care",
                    "basis": "declared",
                    "hundredths": 1050,
                    "unit": "hour",
                    "rate_pence": 11_757,
                }
            ],
        },
    ),
    (
        PROVIDER,
        "sign-off",
        "sign_off",
        {"items": ["6.6.1", "6.6.2"], "changed": "no", **SIGNATURE, **on("signed_on")},
        {"items": [SIGNATURE | {"item": "6.6.1", "version": 1}, SIGNATURE | {"item": "6.6.2", "version": 2}]},
    ),
    (
        PROVIDER,
        "sign-off",
        "sign_off",
        {"items": ["6.6.2"], "changed": "yes", "no_circle_reason": "None", **SIGNATURE, **on("signed_on")},
        {"items": [SIGNATURE | {"item": "6.6.2", "version": 3}], "no_circle_reason": "None"},
    ),
    (
        PROVIDER,
        "path",
        "record_path",
        {
            **on("drawn_on"),
            "steps.0.notes.0.words": "The sea",
            "steps.0.notes.0.who": "My sister",
            "steps.1.notes.0.words": "A week there",
            **on("steps.1.notes.0.by_on"),
        },
        {
            "drawn_on": DAY,
            "steps": [
                {"number": 1, "notes": [{"words": "The sea", "who": "My sister"}]},
                {"number": 2, "notes": [{"words": "A week there", "by_on": DAY}]},
            ],
        },
    ),
    (
        PROVIDER,
        "working-agreement",
        "record_working_agreement",
        {**on("agreed_on"), "agreed_with": "per-0001\r\nper-2", "reference": "Doc 7", "statements": ["reliable"]},
        {"agreed_on": DAY, "agreed_with": ["per-0001", "per-2"], "reference": "Doc 7", "statements": ["reliable"]},
    ),
    (WORKER, "start", "start_plan", on("started_on"), {"started_on": DAY}),
    (WORKER, "plan-drafts/1/agree", "agree_draft", {}, {"draft": 1}),
    (
        PROVIDER,
        "duties/annual-summary/meet",
        "meet_duty",
        {**on("met_on"), "reference": "S-1"},
        {"duty": "annual-summary", "met_on": DAY, "reference": "S-1"},
    ),
    (FINANCE, "close", "close_fund", {"reason": "Moved."}, {"reason": "Moved."}),
]


@pytest.mark.parametrize(("person", "path", "method", "form", "payload"), STEPS, ids=[one[1] for one in STEPS])
def test_each_step_of_a_funds_life_is_taken_by_its_form(
    browser: FlaskClient, ledger: FakeServices, person: str, path: str, method: str, *, form: Any, payload: Any
) -> None:
    page = page_of(browser, f"{HUB}/{path}", person)
    done = browser.post(f"{HUB}/{path}", data=form | {"key": "form-7"}, headers=FROM_PAGE)

    assert page.count("<h1") == 1
    assert no_field_without_label(page)
    assert done.status_code == 303, done.get_data(as_text=True)
    call = ledger.asked(method)
    assert call.payload == {"id": "fund-1", **payload}
    assert call.caller.idempotency_key == "form-7"
    assert "govuk-notification-banner--success" in page_of(browser, done.headers["Location"])


def test_a_fund_is_opened_with_whom_it_is_shared_and_who_might_be_paid(
    browser: FlaskClient, ledger: FakeServices
) -> None:
    sign_in_by_page(browser, FINANCE)
    council = {"council_id": "cambridgeshire-peterborough"}
    form = {"person_id": "per-1", "provider_id": "prov-1", "weekly_budget": "1,234.50", **on("starts_on"), **council}
    rows = {"household.0.party_id": "per-2", "household.0.relation": "Sister", "shared_with": "nom-1"}

    done = browser.post("/funds/new", data=form | rows | {"key": "k"}, headers=FROM_PAGE)

    assert done.headers["Location"].startswith("/funds/fund-1?done=open_fund")
    assert ledger.asked("open_fund").payload == {
        **council,
        "person_id": "per-1",
        "provider_id": "prov-1",
        "weekly_budget_pence": 123_450,
        "starts_on": DAY,
        "shared_with": ["nom-1"],
        "household": [{"party_id": "per-2", "relation": "Sister"}],
    }


LINE = {"category": "home-care", "outcome_id": "out-1", "weekly_cost": "100"}


def test_rows_left_empty_are_left_out_and_new_lines_get_ids_that_are_free(
    browser: FlaskClient, ledger: FakeServices
) -> None:
    sign_in_by_page(browser, PROVIDER)
    ledger.answers["ledger", "get_fund"] = FUND | {"plan": None}
    kept = {f"lines.1.{name}": text for name, text in LINE.items()} | {"lines.1.line_id": "line-1"}
    new = {f"lines.3.{name}": text for name, text in LINE.items()} | {"lines.3.line_id": ""}

    done = browser.post(f"{HUB}/draft-plan", data={**kept, **new, "lines.rows": "4", "key": "k"}, headers=FROM_PAGE)

    assert done.status_code == 303, done.get_data(as_text=True)
    line = {"category": "home-care", "outcome_id": "out-1", "weekly_cost_pence": 10_000}
    assert ledger.asked("draft_plan").payload["lines"] == [line | {"line_id": "line-1"}, line | {"line_id": "line-2"}]


def test_a_fault_of_a_row_stands_in_that_row_and_one_of_the_list_at_its_beginning(
    browser: FlaskClient, ledger: FakeServices
) -> None:
    sign_in_by_page(browser, PROVIDER)
    form = {f"lines.2.{name}": text for name, text in LINE.items()} | {"lines.rows": "3", "key": "k"}
    prohibited = FieldError(field="lines.0.category", rule="prohibited", message="The fund may not be used for this.")
    too_much = FieldError(field="lines", rule="within-budget", message="The plan costs too much.")
    ledger.answers["ledger", "draft_plan"] = Invalid("no", errors=[prohibited, too_much])

    refused = browser.post(f"{HUB}/draft-plan", data=form, headers=FROM_PAGE)
    nothing = browser.post(f"{HUB}/draft-plan", data={"key": "k"}, headers=FROM_PAGE).get_data(as_text=True)
    unreadable = browser.post(f"{HUB}/draft-plan", data=form | {"lines.2.weekly_cost": "9.999"}, headers=FROM_PAGE)

    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert '<a href="#lines-2-category">Line 3: What for: the fund may not be used for this.</a>' in page
    assert ">The plan costs too much.</a>" in page
    assert 'value="home-care"' in page
    assert '<a href="#lines-0-category">Say what it is for.</a>' in nothing
    assert '<a href="#lines-2-weekly_cost">Line 3: Cost a week must be' in unreadable.get_data(as_text=True)


def test_another_row_is_added_without_losing_what_was_typed_and_without_sending_anything(
    browser: FlaskClient, ledger: FakeServices
) -> None:
    sign_in_by_page(browser, PROVIDER)
    form = {"lines.0.category": "Sample words", "lines.rows": "3", "more": "lines", "key": "form-7"}

    answer = browser.post(f"{HUB}/draft-plan", data=form, headers=FROM_PAGE)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert ("Line 4" in page, "Line 5" in page) == (True, False)
    assert 'value="Sample words"' in page
    assert 'value="form-7"' in page
    assert "There is a problem" not in page
    assert [call for call in ledger.calls if call.method == "draft_plan"] == []


def test_a_list_shows_no_more_rows_than_it_may_have_whatever_its_counter_says() -> None:
    rows = line_rows(lambda _: ())

    counted = [rows.count(Given({"lines.rows": said}), Known()) for said in ("", "7", "9999", "-1", "99999", "x")]

    assert counted == [3, 7, 200, 3, 3, 3]


def test_the_draft_before_stands_in_the_form_and_its_outcomes_are_there_to_choose(
    browser: FlaskClient, ledger: FakeServices
) -> None:
    page = page_of(browser, f"{HUB}/draft-plan", PROVIDER)

    assert 'value="day-opportunities"' in page
    assert 'value="1,000.00"' in page
    assert '<option value="out-1" selected>To see my friends</option>' in page
    assert 'name="lines.0.line_id" value="line-1"' in page


def test_only_another_than_the_writer_is_led_to_agree_a_draft(browser: FlaskClient, ledger: FakeServices) -> None:
    ledger.answers["ledger", "get_fund"] = FUND | {"plan": None, "status": "opened"}

    as_provider, as_worker = (page_of(browser, HUB, person) for person in (PROVIDER, WORKER))
    ledger.answers["ledger", "get_fund_life"] = a_life(drafts=[TO_AGREE | {"written_by": WORKER}])
    as_writer = page_of(browser, HUB, WORKER)

    assert "Agree draft 1 of the plan" in as_worker
    assert "Agree draft" not in as_provider + as_writer
    assert ("Draw up the plan" in as_provider, "Draw up the plan" in as_worker) == (True, False)


def test_what_stands_around_a_funds_money_has_a_page(browser: FlaskClient, ledger: FakeServices) -> None:
    note = {"words": "The sea", "by_on": None, "who": ""}
    path = {
        "version": 1,
        "drawn_on": DAY,
        "missing_steps": [2],
        "steps": [{"number": 1, "label": "Dreams", "notes": [note]}],
    }
    rate = {"service_model": "home-care", "hundredths": 1050, "unit": "hour", "rate_pence": 11_757, "basis": "average"}
    ledger.answers["ledger", "get_fund_life"] = a_life(
        sign_offs=SIGNED, path=path, budget_lines=[rate | {"weekly_pence": 123_450, "declared_in": ""}]
    )

    page = page_of(browser, f"{HUB}/life", PROVIDER)

    text = words_of(page)
    for told in ("Draft 1, the plan in force", "Item 2 (CP 6.6.2) 2 Signed", "1. Dreams The sea", "10.50 by the hour"):
        assert told in text, told
    assert page.count("<h1") == 1


def test_a_closed_fund_offers_nothing(browser: FlaskClient, ledger: FakeServices) -> None:
    ledger.answers["ledger", "get_fund"] = FUND | {"status": "closed"}

    page = page_of(browser, HUB, PROVIDER)

    assert "What you can do" not in page
    assert "Close this fund" not in page
