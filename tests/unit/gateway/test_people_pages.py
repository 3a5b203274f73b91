"""What is decided for a person, who supports them, and how they are told things, by page."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.errors import NotFound
from tests.support.gateway_fakes import FROM_PAGE, FakeServices, a_referral, sign_in_by_page
from tests.unit.gateway.reading_pages import page_of, words_of
from tests.unit.gateway.test_pages import no_field_without_label

WORKER, ROBIN = "demo-social-worker-cp", "per-dd5de688e49d5c2e9f3f13130abf2118"
CP = "cambridgeshire-peterborough"
DECISION = {
    "id": "bid-1",
    "version": 1,
    "council_id": CP,
    "referral_id": "ref-1",
    "person_id": "per-1",
    "matter": "Where to live.",
    "has_family": False,
    "decision_maker": {"role": "social-worker", "name": "Kit Example"},
    "recorded_at": "2026-03-02T09:00:00Z",
}
DECIDED = {"outcome": "for", "decided_on": "2026-03-02", "reasons": "All was weighed.", "consulted": "A friend."}
BEGIN = {
    "matter": "Where to live.",
    "has_family": False,
    "decision_maker": "social-worker",
    "decision_maker_name": "Kit Example",
}
NEEDS = {
    "id": "per-1",
    "version": 4,
    "council_id": "cheshire-east",
    "name": "Robin",
    "email": "robin@example.org",
    "unsafe_channels": ["phone"],
    "communication_needs": ["pictorial", "older-code"],
    "formats": ["large print", "BSL"],
    "font_size_points": 18,
}
PLACE = "/people/per-1/communication-needs"


def on(name: str) -> dict[str, str]:
    """The second of March in a question's boxes."""
    return {f"{name}-day": "2", f"{name}-month": "3", f"{name}-year": "2026"}


def test_a_decision_is_begun_on_a_referral_and_made_on_its_page(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "get_referral"] = a_referral(council_id=CP)
    for method in ("begin_best_interests", "name_advocate", "decide_best_interests"):
        services.answers["referrals", method] = DECISION
    services.answers["referrals", "get_best_interests"] = DECISION
    sign_in_by_page(browser, WORKER)

    def sent(place: str, **form: str) -> int:
        return browser.post(place, data={"key": "k", **form}, headers=FROM_PAGE).status_code

    form = BEGIN | {"has_family": "no"}
    begun = browser.post("/referrals/ref-1/best-interests", data={"key": "k", **form}, headers=FROM_PAGE)
    named = sent("/best-interests/bid-1/name-advocate", advocate_id="adv-1", name="Sample Advocate")
    made = sent("/best-interests/bid-1/decide", outcome="for", reasons="All.", consulted="All.", **on("decided_on"))

    assert (begun.status_code, named, made) == (303, 303, 303)
    assert begun.headers["Location"].startswith("/best-interests/bid-1?")
    assert services.asked("begin_best_interests").payload == {"referral_id": "ref-1", **BEGIN}
    assert services.asked("name_advocate").payload == {"id": "bid-1", "advocate_id": "adv-1", "name": "Sample Advocate"}
    assert services.asked("decide_best_interests").payload == {
        "id": "bid-1",
        "outcome": "for",
        "decided_on": "2026-03-02",
        "reasons": "All.",
        "consulted": "All.",
    }


@pytest.mark.parametrize("decided", [False, True])
def test_a_decision_says_who_makes_it_and_what_was_decided(
    browser: FlaskClient, services: FakeServices, decided: bool
) -> None:
    record = DECISION | ({"decided": DECIDED} if decided else {})
    services.answers["referrals", "get_best_interests"] = record
    services.answers["referrals", "list_best_interests"] = {"items": [record], "next": None}

    page = words_of(page_of(browser, "/best-interests/bid-1", WORKER))
    listed = words_of(page_of(browser, "/best-interests"))

    assert "Who decides Kit Example (social worker)" in page
    assert ("2 March 2026: for" in page) is decided
    assert ("Record the decision" in page) is not decided
    assert "Where to live." in listed


def test_a_provider_is_asked_to_be_changed_and_ended_by_form(browser: FlaskClient, services: FakeServices) -> None:
    former = {"round": 1, "provider_id": "prov-1", "ended_on": "2026-02-02", "at_wish_of": "person", "reason": "Moved."}
    wish = {"wish": "change", "reason": "Too far.", "asked_by": "w-1", "asked_at": "2026-03-01T09:00:00Z"}
    referral = a_referral(
        status="in_support",
        provider_id="prov-2",
        council_id=CP,
        possible_steps=["end_provider", "close"],
        former_providers=[former],
        provider_wishes=[wish],
    )
    for method in ("get_referral", "ask_provider_change", "end_provider"):
        services.answers["referrals", method] = referral

    page = words_of(page_of(browser, "/referrals/ref-1", WORKER))
    asked = browser.post(
        "/referrals/ref-1/provider/change", data={"key": "k", "wish": "end", "reason": "Tired."}, headers=FROM_PAGE
    )
    form = {"key": "k", "at_wish_of": "person", "reason": "Moved.", **on("ended_on")}
    ended = browser.post("/referrals/ref-1/provider/end", data=form, headers=FROM_PAGE)

    assert "prov-1, until Monday 2 February 2026, at the wish of the person: Moved." in page
    assert "Another provider, asked for 1 March 2026, 9:00am by w-1: Too far." in page
    assert (asked.status_code, ended.status_code) == (303, 303)
    assert services.asked("ask_provider_change").payload == {"id": "ref-1", "wish": "end", "reason": "Tired."}
    assert services.asked("end_provider").payload == {
        "id": "ref-1",
        "at_wish_of": "person",
        "reason": "Moved.",
        "ended_on": "2026-03-02",
    }


def test_the_form_begins_with_how_the_person_is_told_things_today(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "get_communication_needs"] = NEEDS

    page = page_of(browser, PLACE, "demo-adviser-ce")

    assert 'value="robin@example.org"' in page
    assert 'value="phone" checked' in page
    assert 'value="pictorial" checked' in page
    assert 'value="older-code" checked' in page
    assert "large print\nBSL</textarea>" in page
    assert 'value="18"' in page
    assert no_field_without_label(page)


def test_what_is_unticked_stays_unticked_when_the_form_comes_back(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "get_communication_needs"] = NEEDS
    sign_in_by_page(browser, "demo-adviser-ce")

    answer = browser.post(PLACE, data={"key": "k", "font_size_points": "large"}, headers=FROM_PAGE)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Say how to address them." in page
    assert "It must be a whole number" in page
    assert " checked" not in page
    assert "robin@example.org" not in page


def test_how_a_person_is_told_things_is_saved_whole(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "get_communication_needs"] = NotFound("nothing yet")
    services.answers["referrals", "set_communication_needs"] = NEEDS
    form: dict[str, Any] = {
        "key": "k",
        "name": "Robin",
        "email": "robin@example.org",
        "unsafe_channels": ["phone", "letter"],
        "communication_needs": ["pictorial"],
        "formats": "large print\r\nBSL",
        "font_size_points": "18",
    }
    sign_in_by_page(browser, "demo-adviser-ce")

    done = browser.post(PLACE, data=form, headers=FROM_PAGE)

    assert done.status_code == 303
    assert services.asked("set_communication_needs").payload == {
        "id": "per-1",
        "name": "Robin",
        "email": "robin@example.org",
        "unsafe_channels": ["phone", "letter"],
        "communication_needs": ["pictorial"],
        "formats": ["large print", "BSL"],
        "font_size_points": 18,
    }
