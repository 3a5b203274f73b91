"""The page of a direct payment: why its test was not met, a missed check with its reckoning, a check made by phone."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.errors import NotFound
from tests.support.gateway_fakes import (
    FROM_PAGE,
    FakeServices,
    a_direct_payment,
    an_explained_clock,
    sign_in_by_page,
)
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
    form = {
        "key": "k-1",
        "kind": "early_help_check",
        "method": "phone",
        "made_on-day": "2",
        "made_on-month": "3",
        "made_on-year": "2026",
        "reached": "yes",
        "outcome": "All is well.",
        "issue": " ",
    }

    answer = browser.post("/referrals/ref-1/direct-payment/check", data=form, headers=FROM_PAGE)

    assert answer.status_code == 303
    told = services.asked("record_check").payload
    assert told == {
        "id": "ref-1",
        "kind": "early_help_check",
        "method": "phone",
        "made_on": "2026-03-02",
        "reached": True,
        "outcome": "All is well.",
    }


def test_every_field_of_the_page_has_a_label(browser: FlaskClient) -> None:
    page = page_of(browser, "/referrals/ref-1/direct-payment", "demo-adviser-ce")

    assert page.count("<h1") == 1
    assert no_field_without_label(page)


PLACE = "/referrals/ref-1/direct-payment"
CASEY = "demo-social-worker-ce"
DAYS = {"day": "2", "month": "3", "year": "2026"}
OPEN_TEST = {
    "outcome": "open",
    "words": "still open",
    "recipient": {"kind": "nominee", "party_id": "nom-1"},
    "conditions": [{"code": "can-manage", "label": "Can manage it", "clause": "CE 3.2", "state": "open"}],
}


def on(name: str) -> dict[str, str]:
    """The second of March in a question's boxes."""
    return {f"{name}-{part}": text for part, text in DAYS.items()}


STEPS: list[Any] = [
    (
        "test",
        "begin_capacity_test",
        {"has_capacity": "yes", "recipient.kind": "person"},
        {"has_capacity": True, "recipient": {"kind": "person", "party_id": "per-0001"}},
    ),
    (
        "test",
        "begin_capacity_test",
        {
            "has_capacity": "no",
            "recipient.kind": "suitable_person",
            "recipient.party_id": "sui-1",
            "recipient.route": "b",
            "recipient.authorised_person_id": "aut-1",
            **on("recipient.authorised_agreed_on"),
        },
        {
            "has_capacity": False,
            "recipient": {
                "kind": "suitable_person",
                "party_id": "sui-1",
                "route": "b",
                "authorised_person_id": "aut-1",
                "authorised_agreed_on": "2026-03-02",
            },
        },
    ),
    (
        "condition",
        "record_condition",
        {"condition": "can-manage", "holds": "no", "evidence": "Sample.", **on("found_on")},
        {"condition": "can-manage", "holds": False, "evidence": "Sample.", "found_on": "2026-03-02"},
    ),
    ("conclude", "conclude_capacity_test", {}, {}),
    (
        "agreement",
        "sign_payment_agreement",
        {"signed_by": "nom-1", **on("signed_on")},
        {"signed_by": "nom-1", "signed_on": "2026-03-02"},
    ),
    ("implement", "record_direct_payment", on("implemented_on"), {"implemented_on": "2026-03-02"}),
    ("use", "say_use_of_payment", {"employs_personal_assistant": "yes"}, {"employs_personal_assistant": True}),
    (
        "item",
        "record_set_up_item",
        {"item": "separate-account", "evidence": "Seen.", "account_holder_id": "per-1", **on("done_on")},
        {"item": "separate-account", "evidence": "Seen.", "account_holder_id": "per-1", "done_on": "2026-03-02"},
    ),
    (
        "contingency",
        "plan_contingency",
        {"situation": "holiday", "cover": "agency-list", "arrangement": "Sample."},
        {"situation": "holiday", "cover": "agency-list", "arrangement": "Sample."},
    ),
    (
        "start-up",
        "ask_start_up_funding",
        {"item": "insurance", "amount": "62.50", "purpose": "Sample."},
        {"item": "insurance", "amount_pence": 6250, "purpose": "Sample."},
    ),
    (
        "start-up/sur-1/decide",
        "decide_start_up_funding",
        {"agreed": "no", "reason": "Sample."},
        {"request_id": "sur-1", "agreed": False, "reason": "Sample."},
    ),
    ("service", "signpost_service", {"service": "payroll"}, {"service": "payroll"}),
    ("agency", "signpost_agency", {"agency_id": "agy-1"}, {"agency_id": "agy-1"}),
    (
        "change",
        "tell_payment_change",
        {"reason": "other", "details": "Sample.", **on("noticed_on")},
        {"reason": "other", "details": "Sample.", "noticed_on": "2026-03-02"},
    ),
    ("issues/iss-1/tell", "tell_check_issue", {"how": "phone"}, {"issue_id": "iss-1", "how": "phone"}),
    (
        "end",
        "end_direct_payment",
        {"reason": "moved", **on("ended_on")},
        {"reason": "moved", "ended_on": "2026-03-02"},
    ),
]


@pytest.mark.parametrize(("step", "method", "form", "payload"), STEPS, ids=[f"{one[0]}" for one in STEPS])
def test_each_step_of_a_direct_payment_is_taken_by_its_form(
    browser: FlaskClient, services: FakeServices, step: str, method: str, form: dict[str, Any], *, payload: Any
) -> None:
    agency = {"id": "agy-1", "name": "Sample Care", "council_id": "cheshire-east", "rating": {"rating": "good"}}
    services.answers["referrals", "list_agencies"] = {"items": [agency], "next": None}
    services.answers["referrals", "get_direct_payment"] = a_direct_payment() | {"test": OPEN_TEST}
    services.answers["referrals", method] = a_direct_payment()

    page = page_of(browser, f"{PLACE}/{step}", CASEY)
    done = browser.post(f"{PLACE}/{step}", data=form | {"key": "form-7"}, headers=FROM_PAGE)

    assert page.count("<h1") == 1
    assert no_field_without_label(page)
    assert done.status_code == 303, done.get_data(as_text=True)
    assert services.asked(method).payload == {"id": "ref-1", **payload}
    assert "govuk-notification-banner--success" in page_of(browser, done.headers["Location"])


def test_a_referral_without_a_payment_offers_to_begin_its_test(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "get_direct_payment"] = NotFound("referral ref-1 has no direct payment")

    page = words_of(page_of(browser, PLACE, CASEY))

    assert "Nobody has looked yet into who may receive a direct payment." in page
    assert "Begin the capacity test" in page
    assert "Record a check" not in page


def test_a_condition_is_recorded_from_its_own_line(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "get_direct_payment"] = a_direct_payment() | {"test": OPEN_TEST}

    page = page_of(browser, PLACE, CASEY)
    form = page_of(browser, f"{PLACE}/condition?condition=can-manage")

    assert f'href="{PLACE}/condition?condition=can-manage"' in page
    assert 'value="can-manage" checked' in form


def test_only_the_practitioner_is_led_to_decide_on_start_up_money(browser: FlaskClient, services: FakeServices) -> None:
    asked = {"request_id": "sur-1", "item": "insurance", "amount_pence": 6250, "purpose": "x", "asked_by": "adviser-1"}
    services.answers["referrals", "get_direct_payment"] = a_direct_payment() | {"start_up": [asked]}

    as_adviser, as_practitioner = page_of(browser, PLACE, "demo-adviser-ce"), page_of(browser, PLACE, CASEY)

    assert "start-up/sur-1/decide" not in as_adviser
    assert "start-up/sur-1/decide" in as_practitioner


PROGRAMME = {
    "id": "rvp-1",
    "version": 1,
    "council_id": "cheshire-east",
    "referral_id": "ref-1",
    "support_began_on": "2026-01-05",
    "cycles": ["statutory"],
    "reviews": [
        {
            "held_on": "2026-02-02",
            "held_by": "w-1",
            "outcome": "Goes well.",
            "satisfied": [{"cycle": "statutory", "occurrence": 1, "because": "all of reg 7 was looked at"}],
        }
    ],
    "clocks": [],
}


def test_a_meeting_is_recorded_with_why_it_counts_and_a_review_without_a_reason_is_refused(
    browser: FlaskClient, services: FakeServices
) -> None:
    services.answers["referrals", "get_reviews"] = PROGRAMME
    services.answers["referrals", "record_review"] = PROGRAMME
    form = {"key": "k", "outcome": "Well.", **on("held_on")}

    page = words_of(page_of(browser, "/referrals/ref-1/reviews", CASEY))
    without = browser.post("/referrals/ref-1/reviews/record", data=form, headers=FROM_PAGE)
    reasons = {"because.council": "yearly", "because.statutory": "reg 7"}
    done = browser.post("/referrals/ref-1/reviews/record", data=form | reasons, headers=FROM_PAGE)

    assert "Counts as the law&#39;s review (1): all of reg 7 was looked at" in page
    assert without.status_code == 422
    assert '<a href="#because-council">Say for at least one cycle' in without.get_data(as_text=True)
    assert done.status_code == 303
    assert services.asked("record_review").payload == {
        "id": "ref-1",
        "held_on": "2026-03-02",
        "outcome": "Well.",
        "satisfied": [{"cycle": "council", "because": "yearly"}, {"cycle": "statutory", "because": "reg 7"}],
    }


def test_a_referral_whose_support_has_not_begun_has_no_review(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "get_reviews"] = NotFound("no reviews")

    assert "No review is programmed" in words_of(page_of(browser, "/referrals/ref-1/reviews", CASEY))
