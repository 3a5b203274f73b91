"""The list of funds and one fund's page: where it stands, for whom, and what the council's policy leaves open."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.errors import PolicyIncomplete
from tests.support.fund_samples import FUND, a_position, fund_answers
from tests.support.gateway_fakes import FakeServices
from tests.unit.gateway.reading_pages import page_of, words_of
from tests.unit.gateway.test_pages import no_field_without_label

WORKER, PROVIDER, FINANCE = "demo-social-worker-cp", "demo-provider-cp", "demo-finance-cp"
COMMISSIONER = "demo-commissioner-ce"


@pytest.fixture
def ledger(services: FakeServices) -> FakeServices:
    """A ledger with one active fund, and all that stands around it."""
    services.answers |= {("ledger", method): answer for method, answer in fund_answers().items()}
    return services


def test_funds_are_listed_by_what_is_asked_and_each_leads_to_its_page(
    browser: FlaskClient, ledger: FakeServices
) -> None:
    ledger.answers["ledger", "list_funds"] = {"items": [FUND], "next": "further"}

    page = page_of(browser, "/funds?status=active&person_id=per-0001&provider_id=", FINANCE)

    asked = ledger.asked("list_funds").payload
    assert asked == {"limit": 20, "status": "active", "person_id": "per-0001"}
    assert 'href="/funds/fund-1"' in page
    assert "£1,234.50" in page
    assert "/funds?status=active&amp;person_id=per-0001" in page.replace("&amp;provider_id=", "")
    assert no_field_without_label(page)


def test_a_commissioner_is_shown_funds_and_not_whose_they_are(browser: FlaskClient, ledger: FakeServices) -> None:
    ledger.answers["ledger", "list_funds"] = {"items": [FUND], "next": None}

    page = page_of(browser, "/funds", COMMISSIONER)
    told = browser.get("/api/v1/funds").get_json()["items"]
    one_persons = browser.get("/api/v1/funds?person_id=per-0001")

    assert 'href="/funds/fund-1"' in page
    assert "per-0001" not in page
    assert 'name="person_id"' not in page
    assert [set(fund) & {"person_id", "referral_id", "plan"} for fund in told] == [set()]
    assert told[0]["weekly_budget_pence"] == FUND["weekly_budget_pence"]
    assert one_persons.status_code == 422
    assert one_persons.get_json()["errors"][0]["field"] == "person_id"


def test_a_filter_that_can_be_none_is_refused_as_the_api_refuses_it(browser: FlaskClient) -> None:
    page_of(browser, "/problems", FINANCE)

    answer = browser.get("/funds?person_id=..%2F", headers={"Accept": "text/html"})

    assert answer.status_code == 422


def test_a_funds_page_tells_where_it_stands_its_steps_its_plan_and_what_is_due(
    browser: FlaskClient, ledger: FakeServices
) -> None:
    page = page_of(browser, "/funds/fund-1", WORKER)

    text = words_of(page)
    for told in (
        "Available £2,000.01",
        "Committed £200.00",
        "a shortfall is to be expected on Monday 1 June 2026",
        "The social worker agrees the plan (CP 3.2.4)",
        "2 of 15 items are signed off",
        "To see my friends",
        "Annual summary: 1 March 2026",
        "£1,000.00",
    ):
        assert told in text, told
    assert page.count("<h1") == 1
    assert 'href="/funds/fund-1/statement"' in page


def test_who_sees_a_fund_in_sums_only_is_shown_no_plan(browser: FlaskClient, ledger: FakeServices) -> None:
    page = words_of(page_of(browser, "/funds/fund-1", COMMISSIONER))

    assert "Available £2,000.01" in page
    assert {call.method for call in ledger.calls} & {"get_fund", "get_fund_life", "list_entries"} == set()


def test_what_a_policy_leaves_open_is_said_and_the_rest_is_shown(browser: FlaskClient, ledger: FakeServices) -> None:
    left_open = PolicyIncomplete("policy incomplete: sample surplus_inform_weeks")
    ledger.answers |= {("ledger", "get_position"): left_open, ("ledger", "get_fund_life"): left_open}

    page = words_of(page_of(browser, "/funds/fund-1", WORKER))

    assert page.count("This cannot be worked out: policy incomplete: sample surplus_inform_weeks") == 2
    assert "To see my friends" in page


@pytest.mark.parametrize(
    ("forecast", "said"),
    [
        ({"surplus_on": None, "shortfall_on": None}, "neither a surplus nor a shortfall is to be expected"),
        ({"surplus_on": "2026-05-04", "shortfall_on": None}, "a surplus is to be expected on Monday 4 May 2026"),
        (None, "There is no forecast without an agreed plan."),
    ],
)
def test_a_forecast_is_told_in_words(browser: FlaskClient, ledger: FakeServices, forecast: Any, said: str) -> None:
    found = {"weeks_ahead": 26, "weekly_cost_pence": 100_000} | forecast if forecast else None
    ledger.answers["ledger", "get_position"] = a_position() | {"forecast": found}

    assert said in words_of(page_of(browser, "/funds/fund-1", PROVIDER))
