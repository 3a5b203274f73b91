from __future__ import annotations

from flask.testing import FlaskClient

from tests.support.gateway_fakes import FROM_PAGE, FakeServices, a_referral, sign_in_by_page, signed_in
from tests.unit.gateway.test_pages import page_of, words_of

REFERRAL_FORM = {
    "key": "form-8",
    "council_id": "cheshire-east",
    "source": "self",
    "name": "Robin Example",
    "born_on-day": "7",
    "born_on-month": "3",
    "born_on-year": "1961",
    "postcode": "CW1 2BJ",
    "referrer.referrer_reference": "team-7",
    "client_groups": ["autism", "carer"],
    "has_eligible_needs": "yes",
    "urgency": "standard",
}


def test_a_referral_is_made_by_page_and_says_what_is_still_needed(browser: FlaskClient, services: FakeServices) -> None:
    made = a_referral(reference="FORM-form-8", missing=["care_and_support_plan"])
    services.answers["referrals", "submit_referral"] = made
    sign_in_by_page(browser, "demo-adviser-ce")

    answer = browser.post("/make-a-referral", data=REFERRAL_FORM, headers=FROM_PAGE)

    call, page = services.asked("submit_referral"), words_of(answer.get_data(as_text=True))
    assert call.caller.idempotency_key == "form-8"
    assert call.payload == {
        "council_id": "cheshire-east",
        "referral_reference": "FORM-form-8",
        "source": "self",
        "urgency": "standard",
        "has_eligible_needs": True,
        "client_groups": ["autism", "carer"],
        "referrer": {"referrer_reference": "team-7"},
        "person": {
            "person_reference": "FORM-form-8",
            "name": "Robin Example",
            "born_on": "1961-03-07",
            "postcode": "CW1 2BJ",
        },
    }
    assert "Referral received" in page
    assert "Care and support plan" in page


def test_what_is_wrong_with_a_referral_is_said_beside_its_field_and_kept(
    browser: FlaskClient, services: FakeServices
) -> None:
    sign_in_by_page(browser, "demo-adviser-ce")
    wrong = REFERRAL_FORM | {"born_on-month": "13", "name": "x" * 201, "council_id": ""}

    answer = browser.post("/make-a-referral", data=wrong, headers=FROM_PAGE)
    unsaid = browser.post("/make-a-referral", data={"key": "k", "postcode": "CW1 2BJ"}, headers=FROM_PAGE)

    page = answer.get_data(as_text=True)
    assert (answer.status_code, unsaid.status_code, services.calls) == (422, 422, [])
    assert 'href="#born_on"' in page
    assert 'href="#name"' in page
    assert "Choose the council." in page
    assert 'value="1961"' in page
    assert "Say who refers." in unsaid.get_data(as_text=True)
    assert 'value="CW1 2BJ"' in unsaid.get_data(as_text=True)


def test_the_form_of_a_referral_asks_for_the_groups_of_the_councils_policy(browser: FlaskClient) -> None:
    page = words_of(page_of(browser, "/make-a-referral", "demo-adviser-ce"))

    assert "Acquired brain injury" in page
    assert "Long-term health condition" in page


def test_who_refers_is_told_of_each_box_what_is_wrong_with_it(browser: FlaskClient, services: FakeServices) -> None:
    sign_in_by_page(browser, "demo-adviser-ce")
    wrong = REFERRAL_FORM | {"referrer.referrer_reference": "", "referrer.email": "x" * 255}

    page = browser.post("/make-a-referral", data=wrong, headers=FROM_PAGE).get_data(as_text=True)

    assert '<a href="#referrer-referrer_reference">Enter your team, or your name.</a>' in page
    assert '<a href="#referrer-email">Your email: ' in page
    assert 'id="referrer-email-error"' in page
    assert services.calls == []


def test_whoever_works_for_every_council_is_asked_for_the_groups_of_all(client: FlaskClient) -> None:
    answer = client.get("/make-a-referral", headers=signed_in("adviser", council="*") | {"Accept": "text/html"})

    page = words_of(answer.get_data(as_text=True))
    assert "Cambridgeshire" in page
    assert "Acquired brain injury" in page
