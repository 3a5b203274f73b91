"""Each step of a referral by its form: what it sends on, who is offered it, and when."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.gateway_fakes import FROM_PAGE, FakeServices, a_referral, sign_in_by_page, signed_in
from tests.unit.gateway.reading_pages import page_of, words_of
from tests.unit.gateway.test_pages import no_field_without_label

ADVISER, BROKER = "demo-adviser-ce", "demo-brokerage-cp"
DAY = {"{}-day": "2", "{}-month": "3", "{}-year": "2026"}
OFFERED = a_referral(
    status="offered",
    council_id="cambridgeshire-peterborough",
    possible_steps=["choose_provider"],
    offers=[
        {"offer_id": "off-1", "provider_id": "prov-1", "has_capacity": True, "can_start_on": "2026-03-09"},
        {"offer_id": "off-2", "provider_id": "prov-2", "has_capacity": False},
    ],
)


def on(name: str) -> dict[str, str]:
    """The second of March in a question's boxes."""
    return {box.format(name): text for box, text in DAY.items()}


STEPS: list[Any] = [
    pytest.param(
        "refuse",
        "refuse_referral",
        {"reason": "not-resident", **on("told_verbally_on")},
        {"reason": "not-resident", "told_verbally_on": "2026-03-02"},
        id="refuse",
    ),
    pytest.param(
        "refusal-act",
        "record_refusal_act",
        {"act": "written", "how": "a letter", **on("told_on")},
        {"act": "written", "how": "a letter", "told_on": "2026-03-02"},
        id="how a refusal was told",
    ),
    pytest.param(
        "place-on-waiting-list",
        "place_on_waiting_list",
        {"reason": "no adviser", "delay_reason": "no-care-available", "criteria": ["carer-at-risk"]},
        {"reason": "no adviser", "delay_reason": "no-care-available", "criteria": ["carer-at-risk"]},
        id="wait",
    ),
    pytest.param("allocate", "allocate_referral", {"worker_id": "w-7"}, {"worker_id": "w-7"}, id="allocate"),
    pytest.param("withdraw", "withdraw_referral", {"reason": "moved"}, {"reason": "moved"}, id="withdraw"),
    pytest.param("close", "close_referral", {"reason": "done"}, {"reason": "done"}, id="close"),
    pytest.param("accept", "accept_referral", {"worker_id": "w-7"}, {"worker_id": "w-7"}, id="accept for another"),
]


@pytest.mark.parametrize(("step", "method", "form", "payload"), STEPS)
def test_a_step_is_taken_by_its_form_and_said_to_be_done(
    browser: FlaskClient, services: FakeServices, step: str, method: str, form: dict[str, Any], *, payload: Any
) -> None:
    services.answers["referrals", method] = a_referral()
    services.answers["referrals", "caseloads"] = {"items": [{"worker_id": "w-7", "open_referrals": 3}], "next": None}

    page = page_of(browser, f"/referrals/ref-1/{step}", ADVISER)
    done = browser.post(f"/referrals/ref-1/{step}", data=form | {"key": "form-7"}, headers=FROM_PAGE)
    shown = page_of(browser, done.headers["Location"])

    assert page.count("<h1") == 1
    assert no_field_without_label(page)
    assert done.status_code == 303
    call = services.asked(method)
    assert call.payload == {"id": "ref-1", **payload}
    assert call.caller.idempotency_key == "form-7"
    assert "govuk-notification-banner--success" in shown


def test_a_provider_is_chosen_among_those_who_said_yes(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "get_referral"] = OFFERED
    services.answers["referrals", "choose_provider"] = OFFERED

    page = words_of(page_of(browser, "/referrals/ref-1/choose-provider", BROKER))
    done = browser.post(
        "/referrals/ref-1/choose-provider", data={"key": "k", "provider_id": "prov-1"}, headers=FROM_PAGE
    )

    assert "prov-1, can start on Monday 9 March 2026" in page
    assert "prov-2" not in page
    assert done.status_code == 303
    assert services.asked("choose_provider").payload == {"id": "ref-1", "provider_id": "prov-1"}


def test_a_referral_is_offered_to_the_lot_that_is_chosen(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "get_referral"] = OFFERED
    services.answers["referrals", "offer_referral"] = OFFERED
    sign_in_by_page(browser, BROKER)

    done = browser.post("/referrals/ref-1/offer", data={"key": "k", "lot": "2"}, headers=FROM_PAGE)

    assert done.status_code == 303
    assert services.asked("offer_referral").payload == {"id": "ref-1", "lot": 2}


def test_the_page_offers_the_steps_that_status_and_role_allow_and_no_others(
    browser: FlaskClient, services: FakeServices
) -> None:
    services.answers["referrals", "get_referral"] = a_referral(possible_steps=["accept", "refuse", "offer", "close"])

    page = words_of(page_of(browser, "/referrals/ref-1", ADVISER))

    assert "Accept this referral" in page
    assert "Refuse this referral" in page
    assert "Close this case" in page
    assert "Offer it to providers" not in page
    assert "Take this referral back" not in page


def test_a_refusal_asks_for_the_act_that_is_not_recorded_yet(browser: FlaskClient, services: FakeServices) -> None:
    refusal = {"reason": "not-resident", "refused_by": "a", "acts": ["verbal", "written"], "told_verbally_on": None}
    told = refusal | {"told_verbally_on": "2026-03-02"}
    services.answers["referrals", "get_referral"] = a_referral(status="refused", refusal=told, possible_steps=["close"])

    page = words_of(page_of(browser, "/referrals/ref-1/refusal-act", ADVISER))

    assert "In writing" in page
    assert "By word of mouth" not in page
    assert "Record how the refusal was told" in words_of(page_of(browser, "/referrals/ref-1"))


def test_a_provider_sees_its_offers_and_answers_one(browser: FlaskClient, services: FakeServices) -> None:
    offer = {"offer_id": "off-1", "referral_id": "ref-1", "council_id": "cheshire-east", "provider_id": "prov-1"}
    services.answers["referrals", "list_offers"] = {"items": [offer], "next": None}
    services.answers["referrals", "answer_offer"] = offer | {"has_capacity": True}

    page = page_of(browser, "/offers", "demo-provider-cp")
    form = {"key": "k", "has_capacity": "yes", **on("can_start_on")}
    done = browser.post("/offers/off-1/answer", data=form, headers=FROM_PAGE)

    assert 'href="/offers/off-1/answer"' in page
    assert done.status_code == 303
    payload = {"id": "off-1", "has_capacity": True, "can_start_on": "2026-03-02"}
    assert services.asked("answer_offer").payload == payload
    assert "The answer is sent." in words_of(page_of(browser, done.headers["Location"]))


def test_whoever_may_not_take_a_step_gets_no_form(client: FlaskClient, services: FakeServices) -> None:
    answers = [
        client.get("/referrals/ref-1/refuse", headers=signed_in(role)) for role in ("social_worker", "person", "dpo")
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert services.calls == []
