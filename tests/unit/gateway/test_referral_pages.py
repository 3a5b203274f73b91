"""Referrals and the waiting list as a worker reads them."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.support.gateway_fakes import FROM_PAGE, FakeServices, a_referral
from tests.unit.gateway.reading_pages import page_of, words_of


def test_referrals_are_listed_with_what_is_due_next(browser: FlaskClient, services: FakeServices) -> None:
    page = words_of(page_of(browser, "/referrals", "demo-adviser-ce"))

    assert "CE-0001 Submitted Not yet seen 6 March 2026, 11:59pm" in page
    assert services.asked("list_referrals").payload == {"limit": 20}


def test_the_list_of_referrals_is_narrowed_by_what_the_form_sends(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "list_referrals"] = {"items": [a_referral(possible_duplicates=[{}])], "next": None}

    address = "/referrals?q=REF-1&status=waiting&possible_duplicate=true&council_id=cheshire-east&unknown=1"
    page = page_of(browser, address, "demo-adviser-ce")

    assert services.asked("list_referrals").payload == {
        "limit": 20,
        "q": "REF-1",
        "status": "waiting",
        "possible_duplicate": True,
        "council_id": "cheshire-east",
    }
    assert 'value="REF-1"' in page
    assert "Possible duplicate" in words_of(page)


WAITING_PLACE = {
    "position": 2,
    "waiting": 5,
    "score": 54,
    "points": [
        {"criterion": "urgent", "label": "The referrer calls it urgent", "weight": 50, "times": 1, "points": 50},
        {"criterion": "week-waited", "label": "Each full week waited", "weight": 2, "times": 2, "points": 4},
    ],
}


def test_a_referral_that_waits_shows_its_place_and_what_makes_it_up(
    browser: FlaskClient, services: FakeServices
) -> None:
    entry = {"started_on": "2026-02-09", "reason": "no adviser is free"}
    services.answers["referrals", "get_referral"] = a_referral(
        status="waiting", waiting=entry, waiting_place=WAITING_PLACE
    )

    page = words_of(page_of(browser, "/referrals/ref-1", "demo-adviser-ce"))

    assert "2 of 5, since Monday 9 February 2026: no adviser is free" in page
    assert "Each full week waited (2 times) 4" in page


def test_a_referral_shows_what_is_known_of_it_and_what_is_not(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "get_referral"] = a_referral(
        client_groups=["autism", "carer"],
        priority_groups=["ex-service"],
        component="self-funder",
        in_contract=False,
        self_funder=True,
        self_funder_because="capital",
        eligibility=[{"condition": "adult", "met": True}, {"condition": "resident"}],
        over_target={"number": 76, "target": 75},
        refusal={"reason": "not-resident", "refused_by": "adviser-1", "acts": ["verbal", "written"]},
    )

    page = words_of(page_of(browser, "/referrals/ref-1", "demo-adviser-ce"))

    assert "Client groups Autism, Carer" in page
    assert "Adult: met; Resident: not known" in page
    assert "referral 76 in twelve months; the council&#39;s target is 75" in page
    assert "outside the contract and the council" in page
    assert "Told in writing Not yet recorded" in page
    assert "Seen Not yet" in page
    assert "Pays for themselves Yes: capital" in page


def test_a_flag_is_cleared_by_its_form_with_what_was_found(browser: FlaskClient, services: FakeServices) -> None:
    flag = {"duplicate_id": "dup-1", "referral_id": "ref-2", "person_id": "per-1", "because": "same-number"}
    services.answers["referrals", "get_referral"] = a_referral(possible_duplicates=[flag])
    services.answers["referrals", "clear_possible_duplicate"] = a_referral()

    page = page_of(browser, "/referrals/ref-1", "demo-adviser-ce")
    form = {"key": "form-7", "reason": "two sisters"}
    done = browser.post("/referrals/ref-1/possible-duplicates/dup-1/clear", data=form, headers=FROM_PAGE)
    without = browser.post(
        "/referrals/ref-1/possible-duplicates/dup-1/clear", data=form | {"reason": " "}, headers=FROM_PAGE
    )

    assert "the same social care number" in page
    assert done.status_code == 303
    call = services.asked("clear_possible_duplicate")
    assert call.payload == {"id": "ref-1", "duplicate_id": "dup-1", "reason": "two sisters"}
    assert without.status_code == 422
    assert '<a href="#reason">Say what you found.</a>' in without.text


def test_a_referral_is_marked_as_seen_by_its_button(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "get_referral"] = a_referral(possible_steps=["see", "accept"])
    services.answers["referrals", "see_referral"] = a_referral()

    page = page_of(browser, "/referrals/ref-1", "demo-adviser-ce")
    done = browser.post("/referrals/ref-1/see", data={"key": "form-8"}, headers=FROM_PAGE)

    assert "Mark as seen" in page
    assert done.status_code == 303
    assert services.asked("see_referral").payload == {"id": "ref-1"}


def test_the_waiting_list_shows_each_place_with_the_eight_fields_or_that_they_lack(
    browser: FlaskClient, services: FakeServices
) -> None:
    line = {
        "id": "ref-1",
        "reference": "CE-0001",
        "place": WAITING_PLACE,
        "social_care_number": "P-1",
        "born_on": "1961-04-05",
        "gender": "woman",
        "started_on": "2026-02-09",
        "reason": "no adviser is free",
        "client_category": ["autism"],
        "delay_reason": "no-care-available",
        "lacking": ["ethnicity"],
    }
    services.answers["referrals", "waiting_list"] = {"items": [line], "next": "20"}

    page = page_of(browser, "/waiting", "demo-adviser-ce")

    assert services.asked("waiting_list").payload == {"council_id": "cheshire-east", "limit": 20}
    shown = words_of(page)
    assert "2 of 5 CE-0001 54" in shown
    assert "P-1 , born 5 April 1961 , woman" in shown or "P-1, born 5 April 1961, woman" in shown
    assert "Not given: ethnicity" in shown
    assert "/waiting?after=20" in page
