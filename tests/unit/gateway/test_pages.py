from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.errors import FieldError, Invalid
from tests.support.gateway_fakes import (
    FROM_PAGE,
    FakeServices,
    a_clock,
    a_referral,
    an_alert,
    an_explained_clock,
    sign_in_by_page,
)
from tests.unit.gateway.reading_pages import page_of, words_of

EMPLOYER = "per-dd5de688e49d5c2e9f3f13130abf2118"
CONCERN = {
    "key": "form-7",
    "council_id": "cheshire-east",
    "person_id": "per-1",
    "categories": ["physical", "financial"],
    "description": "Seen at the door.",
    "alleged_kind": "personal_assistant",
    "alleged_id": "pa-1",
    "urgent": "yes",
    "consent_sought": "no",
}


def test_a_visitor_sees_the_services_and_nothing_about_people(browser: FlaskClient, services: FakeServices) -> None:
    services.away.add("ledger")

    page = words_of(page_of(browser, "/"))

    assert "Funds Not answering" in page
    assert "Referrals Working" in page
    assert {call.method for call in services.calls} == {"health"}


def test_a_worker_sees_overdue_deadlines_and_events_but_no_alerts(browser: FlaskClient, services: FakeServices) -> None:
    services.feed_of("referrals").add("referral.accepted", subject="ref-9")
    services.feed_of("safeguarding").add("concern.raised", subject="concern-9")

    page = page_of(browser, "/", "demo-adviser-ce")

    assert "Referral response" in page
    assert "ref-9" in page
    assert "concern-9" not in page
    assert "Open alerts" not in page


def test_deadlines_are_listed_and_each_shows_the_days_that_it_counted_and_skipped(
    browser: FlaskClient, services: FakeServices
) -> None:
    twins = [a_clock(1, strictest=True, council_id="cheshire-east"), a_clock(2, state="paused", strictest=False)]
    services.answers["referrals", "list_clocks"] = {"items": twins, "next": "2100"}

    listed = page_of(browser, "/deadlines?overdue=true&rule=C1", "demo-adviser-ce")
    shown = words_of(page_of(browser, "/deadlines/clk-0001"))

    asked = services.asked("list_clocks", "referrals").payload
    assert (asked["overdue"], asked["rule"]) == (True, "C1")
    assert words_of(listed).count("Strictest") == 1
    assert "Paused" in words_of(listed)
    assert "overdue=true&amp;rule=C1&amp;after=2100" in listed
    assert "Monday 25 May 2026 No Bank holiday: Spring bank holiday" in shown
    assert "Friday 29 May 2026 Yes Working day 5 of 5" in shown


def test_a_deadline_that_was_paused_and_worked_out_anew_says_so(browser: FlaskClient, services: FakeServices) -> None:
    before, after = "2026-05-29T22:59:59Z", "2026-06-01T22:59:59Z"
    services.answers["referrals", "get_clock"] = an_explained_clock() | {
        "pauses": [{"from_at": before, "paused_by": "adviser-1", "reason": "in hospital"}],
        "recalculations": [
            {
                "at": before,
                "before": {"due_at": before, "policy": "cheshire-east/2019-04-01", "calendar_version": "one"},
                "after": {"due_at": after, "policy": "cheshire-east/2026-05-01", "calendar_version": "two"},
                "note": "It stays breached.",
            }
        ],
    }

    shown = words_of(page_of(browser, "/deadlines/clk-0001", "demo-adviser-ce"))

    assert "and standing still, by adviser-1: in hospital" in shown
    assert "cheshire-east/2026-05-01. It stays breached." in shown


def test_safeguarding_sees_open_alerts(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["safeguarding", "list_alerts"] = {"items": [an_alert(1), an_alert(2)], "next": None}

    page = words_of(page_of(browser, "/", "demo-safeguarding-ce"))

    assert "2 alerts need someone" in page
    assert services.asked("list_alerts").payload["open"] is True


def test_a_part_whose_service_is_away_says_so_and_the_rest_is_shown(
    browser: FlaskClient, services: FakeServices
) -> None:
    sign_in_by_page(browser, "demo-adviser-ce")
    services.away.add("referrals")

    page = words_of(page_of(browser, "/"))

    assert "Deadlines cannot be shown now" in page
    assert "Personal assistants Working" in page


def test_the_live_stream_goes_on_where_the_page_ended(browser: FlaskClient, services: FakeServices) -> None:
    event = services.feed_of("referrals").add("referral.accepted")

    page = page_of(browser, "/", "demo-adviser-ce")

    assert f'data-live="/api/v1/streams/events?after=referrals%3D{event["id"]}"' in page


def test_the_page_works_without_scripts(browser: FlaskClient) -> None:
    page = page_of(browser, "/", "demo-adviser-ce")

    assert '<a class="govuk-link" href="/">Refresh</a>' in page


@pytest.mark.parametrize(
    ("person", "shown", "hidden"),
    [
        ("demo-adviser-ce", "Referrals", "Alerts"),
        ("demo-safeguarding-ce", "Alerts", "Referrals"),
        (EMPLOYER, "Find a personal assistant", "Referrals"),
    ],
)
def test_the_menu_leads_only_where_one_may_go(browser: FlaskClient, person: str, shown: str, hidden: str) -> None:
    page = page_of(browser, "/problems", person)
    menu = page[page.index("<nav") : page.index("</nav>")]

    assert shown in menu
    assert hidden not in menu


def test_a_referral_shows_how_its_deadline_was_worked_out(browser: FlaskClient) -> None:
    page = words_of(page_of(browser, "/referrals/ref-1", "demo-adviser-ce"))

    assert "5 working days from Thursday 21 May 2026" in page
    assert "Monday 25 May 2026 No Bank holiday: Spring bank holiday" in page
    assert "Accept this referral" in page


def test_what_a_referral_lacks_is_named(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "get_referral"] = a_referral(
        status="incomplete", missing=["care_and_support_plan"], possible_steps=["refuse"]
    )

    page = words_of(page_of(browser, "/referrals/ref-1", "demo-adviser-ce"))

    assert "still lacks: Care and support plan" in page
    assert "Accept this referral" not in page


def test_accepting_by_page_makes_the_reader_its_worker_once(browser: FlaskClient, services: FakeServices) -> None:
    sign_in_by_page(browser, "demo-adviser-ce")

    answer = browser.post("/referrals/ref-1/accept", data={"key": "form-7"}, headers=FROM_PAGE)

    call = services.asked("accept_referral")
    assert answer.status_code == 303
    assert call.payload == {"id": "ref-1", "worker_id": "demo-adviser-ce"}
    assert call.caller.idempotency_key == "form-7"


def test_a_form_without_its_key_is_not_sent_on(browser: FlaskClient, services: FakeServices) -> None:
    sign_in_by_page(browser, "demo-adviser-ce")

    answer = browser.post("/referrals/ref-1/accept", data={}, headers=FROM_PAGE)

    assert answer.status_code == 400
    assert services.calls == []


def test_whoever_may_not_search_sees_totals_only(browser: FlaskClient, services: FakeServices) -> None:
    page = words_of(page_of(browser, "/find-a-personal-assistant"))

    assert "25 listed" in page
    assert "Hoisting 10" in page
    assert {call.method for call in services.calls} == {"summarise_personal_assistants"}


def test_a_search_by_page_shows_hits_with_reasons_and_counts(browser: FlaskClient, services: FakeServices) -> None:
    place = "/find-a-personal-assistant?q=&postcode=CW1+2BJ&radius_miles=5&skills=hoisting"

    page = words_of(page_of(browser, place, EMPLOYER))

    assert "2 found" in page
    assert "Within 5 miles" in page
    assert "skills, experience and care tasks: hoisting" in page
    assert "Tube feeding (0)" in page
    assert services.asked("search_personal_assistants").payload == {
        "limit": 20,
        "postcode": "CW1 2BJ",
        "radius_miles": 5,
        "sort": "distance",
        "selections": {"skills": ["hoisting"]},
    }


def test_a_distance_without_a_place_is_not_asked_for(browser: FlaskClient, services: FakeServices) -> None:
    page_of(browser, "/find-a-personal-assistant?q=swimming&postcode=&radius_miles=2", EMPLOYER)

    assert services.asked("search_personal_assistants").payload == {"limit": 20, "q": "swimming", "selections": {}}


def test_a_postcode_that_does_not_exist_is_said_beside_its_box(browser: FlaskClient, services: FakeServices) -> None:
    from shared.errors import invalid

    services.answers["pa_registry", "search_personal_assistants"] = invalid("postcode", "unknown", "No such postcode.")
    sign_in_by_page(browser, EMPLOYER)

    answer = browser.get("/find-a-personal-assistant?postcode=ZZ1+1ZZ", headers={"Accept": "text/html"})

    assert answer.status_code == 422
    assert 'id="postcode-error"' in answer.get_data(as_text=True)
    assert "No such postcode." in answer.get_data(as_text=True)


def test_a_concern_is_raised_by_page(browser: FlaskClient, services: FakeServices) -> None:
    sign_in_by_page(browser, "demo-adviser-ce")

    answer = browser.post("/raise-a-concern", data=CONCERN, headers=FROM_PAGE)

    call = services.asked("raise_concern")
    assert "Concern raised" in answer.get_data(as_text=True)
    assert call.caller.idempotency_key == "form-7"
    assert call.payload == {
        "council_id": "cheshire-east",
        "person_id": "per-1",
        "categories": ["physical", "financial"],
        "description": "Seen at the door.",
        "alleged_kind": "personal_assistant",
        "alleged_id": "pa-1",
        "urgent": True,
        "consent_sought": False,
    }


def test_what_is_missing_from_a_concern_is_said_in_plain_words(browser: FlaskClient, services: FakeServices) -> None:
    sign_in_by_page(browser, "demo-adviser-ce")

    answer = browser.post("/raise-a-concern", data={"key": "k", "wishes": "to stay"}, headers=FROM_PAGE)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert services.calls == []
    assert '<a href="#person_id">Enter the reference of the person who may be at risk.</a>' in page
    assert "Choose at least one kind of harm." in page
    assert "Error: Raise a safeguarding concern" in page
    assert "to stay" in page


def test_the_form_knows_whom_the_link_was_about(browser: FlaskClient) -> None:
    page = page_of(browser, "/raise-a-concern?alleged_kind=personal_assistant&alleged_id=pa-7", EMPLOYER)

    assert 'value="pa-7"' in page
    assert re.search(r'value="personal_assistant" checked', page)


def test_an_alert_is_acknowledged_by_page(browser: FlaskClient, services: FakeServices) -> None:
    sign_in_by_page(browser, "demo-safeguarding-ce")

    answer = browser.post("/alerts/alert-1/acknowledge", data={"key": "k"}, headers=FROM_PAGE)

    assert answer.status_code == 303
    assert services.asked("acknowledge_alert").payload == {"id": "alert-1"}


def test_safeguarding_reads_a_concern_and_nobody_else_does(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["safeguarding", "get_concern"] = {
        "id": "concern-1",
        "council_id": "cheshire-east",
        "state": "raised",
        "person_id": "per-1",
        "categories": ["self-neglect"],
        "description": "Seen at the door.",
        "alleged": {"kind": "personal_assistant", "party_id": "pa-1"},
        "consent": {"sought": False, "not_sought_reason": "They listen in."},
        "raised_at": "2026-03-02T11:30:00Z",
        "raised_by": "worker-1",
    }
    services.answers["safeguarding", "concern_history"] = {"items": [], "next": None}

    page = words_of(page_of(browser, "/concerns/concern-1", "demo-safeguarding-ce"))
    sign_in_by_page(browser, "demo-adviser-ce")

    assert "Seen at the door." in page
    assert "Self neglect" in page
    assert "Personal assistant pa-1" in page
    assert "They listen in." in page
    assert browser.get("/concerns/concern-1").status_code == 403


def test_an_alert_in_hand_offers_no_button(browser: FlaskClient, services: FakeServices) -> None:
    taken = an_alert(acknowledged_at="2026-03-02T11:45:00Z", acknowledged_by="demo-lead-ce")
    services.answers["safeguarding", "list_alerts"] = {"items": [taken], "next": None}

    page = page_of(browser, "/alerts", "demo-safeguarding-ce")

    assert "/acknowledge" not in page
    assert "by demo-lead-ce" in page


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}"])
def test_what_people_write_is_never_taken_for_markup(browser: FlaskClient, services: FakeServices, text: str) -> None:
    services.answers["referrals", "list_referrals"] = {"items": [a_referral(reference=text)], "next": None}
    services.answers["safeguarding", "raise_concern"] = {"id": text, "version": 1}
    sign_in_by_page(browser, "demo-adviser-ce")

    pages = [
        browser.get("/referrals").get_data(as_text=True),
        browser.post("/raise-a-concern", data=CONCERN, headers=FROM_PAGE).get_data(as_text=True),
        browser.post("/raise-a-concern", data={"key": "k", "person_id": text}, headers=FROM_PAGE).get_data(
            as_text=True
        ),
        browser.get("/raise-a-concern", query_string={"alleged_id": text}).get_data(as_text=True),
    ]

    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "49" not in words_of(page)


@pytest.mark.parametrize("place", ["/", "/sign-in", "/referrals", "/referrals/ref-1", "/raise-a-concern", "/problems"])
def test_every_page_has_what_readers_of_all_kinds_need(browser: FlaskClient, place: str) -> None:
    page = page_of(browser, place, "demo-adviser-ce")

    assert '<html lang="en"' in page
    assert page.count("<h1") == 1
    assert re.search(r"<title>.+ - Steward</title>", page)
    assert 'href="#main-content"' in page
    assert 'id="main-content"' in page
    assert 'name="viewport"' in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert no_field_without_label(page)


def no_field_without_label(page: str) -> bool:
    """Whether each visible field has a label of its own."""
    fields: list[Any] = re.findall(r"<(?:input|textarea|select)\b[^>]*>", page)
    visible = [field for field in fields if 'type="hidden"' not in field]
    labels = set(re.findall(r'<label[^>]*\bfor="([^"]+)"', page))
    return all(re.search(r'\bid="([^"]+)"', field)[1] in labels for field in visible)  # type: ignore[index]


def test_pages_carry_the_platforms_own_name_and_no_mark_of_govuk(browser: FlaskClient) -> None:
    page = page_of(browser, "/")

    assert "Steward" in page
    assert "GOV.UK" not in page
    assert "crown" not in page.lower()


HELD = {
    "id": "referral:ref-1:0000000007",
    "reason": "parked",
    "state": "held",
    "detail": "policy-incomplete: the pack leaves it open",
    "type": "provider.chosen",
    "held_at": "2026-02-27T10:00:00+00:00",
    "attempts": 2,
}
HELD_PLACE = "/set-aside/ledger/referral:ref-1:0000000007"


def holding(services: FakeServices) -> None:
    """The ledger has set one message aside, notifications do not answer, the others have nothing."""
    for service in ("referrals", "pa_registry", "safeguarding"):
        services.answers[service, "list_held"] = {"items": [], "next": None}
    services.answers["ledger", "list_held"] = {"items": [HELD], "next": None}
    services.answers["ledger", "show_held"] = HELD | {
        "envelope": {"data": {"note": "<b>not bold</b>"}},
        "originals": [
            {"replaced_at": "2026-02-27T11:00:00+00:00", "replaced_by": "ops-1", "why": "the provider had closed"}
        ],
    }
    services.away.add("notifications")


def test_operators_see_what_is_set_aside_why_and_which_service_cannot_say(
    browser: FlaskClient, services: FakeServices
) -> None:
    holding(services)

    page = words_of(page_of(browser, "/set-aside", "demo-ops"))

    assert "provider.chosen referral:ref-1:0000000007" in page
    assert "Someone must look: policy-incomplete: the pack leaves it open" in page
    assert "Notifications cannot be shown now" in page


def test_nothing_set_aside_is_said_so(browser: FlaskClient, services: FakeServices) -> None:
    holding(services)
    services.away.clear()
    for service in ("ledger", "notifications"):
        services.answers[service, "list_held"] = {"items": [], "next": None}

    assert "Nothing is set aside." in words_of(page_of(browser, "/set-aside", "demo-ops"))


def test_a_message_set_aside_is_shown_with_its_edits_and_its_content_as_text(
    browser: FlaskClient, services: FakeServices
) -> None:
    holding(services)

    page = page_of(browser, HELD_PLACE, "demo-ops")

    assert "by ops-1: the provider had closed" in words_of(page)
    assert "&lt;b&gt;not bold&lt;/b&gt;" in page
    assert "<b>not bold" not in page


@pytest.mark.parametrize(
    ("verb", "form", "method", "payload", "said"),
    [
        ("replay", {}, "replay_held", {}, "has been tried again"),
        ("discard", {"reason": " a test "}, "discard_held", {"reason": "a test"}, "is given up"),
    ],
)
def test_operators_try_a_message_again_or_give_it_up(
    *,
    browser: FlaskClient,
    services: FakeServices,
    verb: str,
    form: dict[str, str],
    method: str,
    payload: dict[str, str],
    said: str,
) -> None:
    holding(services)
    services.answers["ledger", method] = {"id": HELD["id"], "settled": True, "discarded": True}
    sign_in_by_page(browser, "demo-ops")

    answer = browser.post(f"{HELD_PLACE}/{verb}", data={"key": "k", **form}, headers=FROM_PAGE)

    assert answer.status_code == 303
    assert services.asked(method).payload == {"id": HELD["id"], **payload}
    assert said in words_of(page_of(browser, answer.headers["Location"]))


def an_edit(browser: FlaskClient, **form: str) -> Any:
    sign_in_by_page(browser, "demo-ops")
    given = {"key": "a-key", "data": '{"lot": "isf"}', "reason": "the provider had closed"} | form
    return browser.post(f"{HELD_PLACE}/edit", data=given, headers=FROM_PAGE)


def test_operators_edit_a_message_as_a_copy_with_the_reason(browser: FlaskClient, services: FakeServices) -> None:
    holding(services)
    services.answers["ledger", "edit_held"] = HELD

    answer = an_edit(browser)

    call = services.asked("edit_held")
    assert call.payload == {"id": HELD["id"], "data": {"lot": "isf"}, "reason": "the provider had closed"}
    assert (call.caller.actor_id, call.caller.idempotency_key) == ("demo-ops", "a-key")
    assert answer.status_code == 303
    assert "the original is kept" in words_of(page_of(browser, answer.headers["Location"]))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("{", "the body is not valid JSON"),
        ('{"lot": 1, "lot": 2}', "is there twice"),
        ("[]", "Give the whole data, between { and }."),
    ],
)
def test_an_edit_that_is_no_event_data_is_shown_again_with_what_is_wrong(
    browser: FlaskClient, services: FakeServices, data: str, sentence: str
) -> None:
    holding(services)

    answer = an_edit(browser, data=data)

    assert answer.status_code == 422
    assert sentence in words_of(answer.text)
    assert "the provider had closed" in answer.text
    assert not [call for call in services.calls if call.method == "edit_held"]


def test_an_edit_that_the_service_refuses_names_each_field_and_loses_nothing(
    browser: FlaskClient, services: FakeServices
) -> None:
    holding(services)
    faults = [
        FieldError(field="person_id", rule="required", message="Missing data for required field."),
        FieldError(field="reason", rule="required", message="say why"),
    ]
    services.answers["ledger", "edit_held"] = Invalid("some fields are not valid", errors=faults)

    answer = an_edit(browser, reason=" ")

    assert answer.status_code == 422
    assert "person_id: Missing data for required field." in words_of(answer.text)
    assert 'href="#edit-reason"' in answer.text
    assert "&#34;lot&#34;: &#34;isf&#34;" in answer.text
    assert '<details class="govuk-details" open>' in answer.text


def test_an_edit_that_is_refused_as_a_whole_says_so(browser: FlaskClient, services: FakeServices) -> None:
    holding(services)
    services.answers["ledger", "edit_held"] = Invalid("the dataschema is not one of referral.accepted")

    answer = an_edit(browser)

    assert answer.status_code == 422
    assert "There is a problem the dataschema is not one of referral.accepted" in words_of(answer.text)


@pytest.mark.parametrize("place", ["/set-aside", HELD_PLACE])
def test_those_who_are_no_operators_see_no_messages_set_aside(
    browser: FlaskClient, services: FakeServices, place: str
) -> None:
    holding(services)
    sign_in_by_page(browser, "demo-adviser-ce")

    assert browser.get(place, headers={"Accept": "text/html"}).status_code == 403
    assert not [call for call in services.calls if "held" in call.method]


def test_a_message_of_a_service_that_does_not_exist_is_not_found(browser: FlaskClient, services: FakeServices) -> None:
    sign_in_by_page(browser, "demo-ops")

    assert browser.get("/set-aside/nothing/m-1", headers={"Accept": "text/html"}).status_code == 404
