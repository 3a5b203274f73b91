"""The page of a direct payment: why its test was not met, a missed check with its reckoning, a check made by phone."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.support.gateway_fakes import FROM_PAGE, FakeServices, an_explained_clock, sign_in_by_page
from tests.unit.gateway.test_pages import no_field_without_label, page_of, words_of


def test_a_direct_payment_says_why_its_test_was_not_met_and_how_a_missed_check_was_reckoned(
    browser: FlaskClient, services: FakeServices
) -> None:
    services.answers["referrals", "get_clock"] = an_explained_clock() | {"state": "breached"}

    page = words_of(page_of(browser, "/referrals/ref-1/direct-payment", "demo-adviser-ce"))

    assert "not met because condition 3" in page
    assert "Overdue" in page
    assert "How this was worked out" in page


def test_a_check_made_by_phone_is_recorded_from_its_page(browser: FlaskClient, services: FakeServices) -> None:
    sign_in_by_page(browser, "demo-adviser-ce")
    form = {"key": "k-1", "kind": "early_help_check", "reached": "yes", "outcome": "All is well.", "issue": " "}

    answer = browser.post("/referrals/ref-1/direct-payment/check", data=form, headers=FROM_PAGE)

    assert answer.status_code == 303
    told = services.asked("record_check").payload
    assert told | {"made_on": ""} == {
        "id": "ref-1",
        "kind": "early_help_check",
        "method": "phone",
        "made_on": "",
        "reached": True,
        "outcome": "All is well.",
    }


def test_every_field_of_the_page_has_a_label(browser: FlaskClient) -> None:
    page = page_of(browser, "/referrals/ref-1/direct-payment", "demo-adviser-ce")

    assert page.count("<h1") == 1
    assert no_field_without_label(page)
