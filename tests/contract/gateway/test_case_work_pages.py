"""Case work by page: each record's form, its steps, and who is led where."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.errors import NotFound
from tests.support.gateway_fakes import FROM_PAGE, FakeServices, a_clock, a_referral, sign_in_by_page, signed_in
from tests.unit.gateway.reading_pages import page_of, words_of
from tests.unit.gateway.test_pages import no_field_without_label

ADVISER = "demo-adviser-ce"
AT, THEN = "2026-03-02T14:30:00Z", "2026-03-02T15:30:00Z"
ACT = {"step": "attempt", "at": AT, "by": "adviser-1", "note": "no answer"}
RECORD = {
    "id": "rec-1",
    "version": 1,
    "council_id": "cheshire-east",
    "referral_id": "ref-1",
    "person_id": "per-1",
    "acts": [ACT],
}
MESSAGE = RECORD | {
    "channel": "phone",
    "left_at": AT,
    "left_by": "Robin Example",
    "text": "Please call.",
    "status": "open",
    "clocks": [a_clock(1, name="message_reply", state="breached")],
}
VISIT = RECORD | {
    "kind": "home-visit",
    "off_premises": True,
    "worker_id": "w-1",
    "starts_at": AT,
    "ends_at": THEN,
    "status": "planned",
}
PATHWAY = {"safeguarding": "Two go.", "lone_working": "Call at the door.", "contact_id": "w-2"}
ONWARD = RECORD | {"kind": "carers-service", "to": "Sample service", "reason": "Sample.", "consented": True}
PROBLEM = RECORD | {"kind": "equipment", "happened_at": AT, "names": ["A Example"], "text": "None.", "status": "logged"}
EVENT = RECORD | {
    "kind": "peer-meeting",
    "starts_at": AT,
    "way": "web",
    "topics": ["customer-journey"],
    "status": "planned",
}
APPOINTMENT = RECORD | {"worker_id": "w-1", "starts_at": AT, "status": "made"}
AUDIT = RECORD | {"starts_on": "2026-03-02", "status": "planned", "documents": [{"document_id": "d-1", "name": "Book"}]}


def at(name: str, clock: str = "14:30") -> dict[str, str]:
    """An instant of the second of March in a question's boxes."""
    return {f"{name}-day": "2", f"{name}-month": "3", f"{name}-year": "2026", f"{name}-time": clock}


def on(name: str) -> dict[str, str]:
    """The second of March in a question's boxes."""
    return {f"{name}-day": "2", f"{name}-month": "3", f"{name}-year": "2026"}


KEPT = [
    ("/messages", "get_message", "list_messages", MESSAGE, "Robin Example"),
    ("/visits", "get_visit", "list_visits", VISIT, "Home visit"),
    ("/onward-referrals", "get_onward_referral", "list_onward_referrals", ONWARD, "Sample service"),
    ("/resource-problems", "get_resource_problem", "list_resource_problems", PROBLEM, "Equipment"),
    ("/calendar", "get_calendar_event", "list_calendar_events", EVENT, "Peer meeting"),
    ("/appointments", "get_appointment", "list_appointments", APPOINTMENT, "w-1"),
    ("/audits", "get_audit_support", "list_audit_support", AUDIT, "Monday 2 March 2026"),
]


@pytest.mark.parametrize(("path", "get", "listing", "record", "fact"), KEPT, ids=[one[0] for one in KEPT])
def test_records_are_listed_and_each_shows_its_facts(
    browser: FlaskClient, services: FakeServices, path: str, get: str, listing: str, *, record: Any, fact: str
) -> None:
    services.answers["referrals", listing] = {"items": [record], "next": "later"}
    services.answers["referrals", get] = record

    listed = page_of(browser, f"{path}?referral_id=ref-1", ADVISER)
    shown = page_of(browser, f"{path}/rec-1")

    assert services.asked(listing).payload == {"limit": 20, "referral_id": "ref-1"}
    assert f'href="{path}/rec-1"' in listed
    assert f"{path}?referral_id=ref-1&amp;after=later" in listed
    assert fact in words_of(listed)
    assert fact in words_of(shown)
    assert "attempt, by adviser-1: no answer" in words_of(shown)
    for page in (listed, shown):
        assert page.count("<h1") == 1
        assert no_field_without_label(page)


NEW: list[Any] = [
    (
        "/messages",
        "record_message",
        {"channel": "phone", "text": "Please call.", "left_by": "Robin Example", **at("left_at")},
        {"channel": "phone", "text": "Please call.", "left_by": "Robin Example", "left_at": "2026-03-02T14:30:00Z"},
    ),
    (
        "/visits",
        "plan_visit",
        {"kind": "home-visit", "off_premises": "yes", "worker_id": "w-1", **at("starts_at"), **at("ends_at", "15:30")},
        {
            "kind": "home-visit",
            "off_premises": True,
            "worker_id": "w-1",
            "starts_at": "2026-03-02T14:30:00Z",
            "ends_at": "2026-03-02T15:30:00Z",
        },
    ),
    (
        "/onward-referrals",
        "refer_onward",
        {
            "kind": "carers-service",
            "to": "Sample",
            "reason": "Sample.",
            "consented": "no",
            "without_consent_because": "Risk.",
        },
        {
            "kind": "carers-service",
            "to": "Sample",
            "reason": "Sample.",
            "consented": False,
            "without_consent_because": "Risk.",
        },
    ),
    (
        "/resource-problems",
        "log_resource_problem",
        {"kind": "equipment", "names": "A Example\r\nB Example", "text": "None.", **at("happened_at")},
        {
            "kind": "equipment",
            "names": ["A Example", "B Example"],
            "text": "None.",
            "happened_at": "2026-03-02T14:30:00Z",
        },
    ),
    (
        "/appointments",
        "make_appointment",
        {"worker_id": "w-1", "place": "Office", **at("starts_at")},
        {"worker_id": "w-1", "place": "Office", "starts_at": "2026-03-02T14:30:00Z"},
    ),
    ("/audits", "plan_audit_support", on("starts_on"), {"starts_on": "2026-03-02"}),
]
WHOM = {"council_id": "cheshire-east", "referral_id": "ref-1"}


@pytest.mark.parametrize(("path", "method", "form", "payload"), NEW, ids=[one[0] for one in NEW])
def test_a_new_record_is_made_by_its_form_about_the_referral_that_the_link_names(
    browser: FlaskClient, services: FakeServices, path: str, method: str, form: dict[str, Any], *, payload: Any
) -> None:
    services.answers["referrals", method] = {"id": "rec-1", "version": 1}

    page = page_of(browser, f"{path}/new?referral_id=ref-1", ADVISER)
    done = browser.post(f"{path}/new", data={**form, **WHOM, "key": "form-7"}, headers=FROM_PAGE)

    assert 'value="ref-1"' in page
    assert no_field_without_label(page)
    assert done.status_code == 303, done.get_data(as_text=True)
    assert done.headers["Location"].startswith(f"{path}/rec-1?done=")
    call = services.asked(method)
    assert call.payload == {**payload, **WHOM}
    assert call.caller.idempotency_key == "form-7"


def test_an_event_is_put_into_the_calendar_of_a_council(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "plan_calendar_event"] = {"id": "evt-1", "version": 1}
    form = {"kind": "workshop", "way": "in-person", "place": "Hall", "topics": ["customer-journey"], **at("starts_at")}
    sign_in_by_page(browser, ADVISER)

    done = browser.post("/calendar/new", data={**form, "council_id": "cheshire-east", "key": "k"}, headers=FROM_PAGE)

    assert done.status_code == 303
    assert services.asked("plan_calendar_event").payload == {
        "council_id": "cheshire-east",
        "kind": "workshop",
        "way": "in-person",
        "place": "Hall",
        "topics": ["customer-journey"],
        "starts_at": "2026-03-02T14:30:00Z",
    }


STEPS: list[Any] = [
    ("/messages", "answer", "answer_message", MESSAGE, {"note": "Called."}, {"note": "Called."}),
    ("/messages", "attempt", "attempt_message", MESSAGE, {}, {}),
    ("/visits", "record-pathway", "record_pathway", VISIT, PATHWAY, PATHWAY),
    ("/visits", "confirm", "confirm_visit", VISIT | {"pathway": PATHWAY}, {}, {}),
    ("/visits", "return", "return_from_visit", VISIT | {"status": "confirmed"}, {}, {}),
    ("/visits", "cancel", "cancel_visit", VISIT, {}, {}),
    ("/onward-referrals", "end", "record_onward_outcome", ONWARD, {"outcome": "taken-up"}, {"outcome": "taken-up"}),
    ("/resource-problems", "share", "share_resource_problem", PROBLEM, {}, {}),
    ("/resource-problems", "resolve", "resolve_resource_problem", PROBLEM, {}, {}),
    ("/calendar", "hold", "hold_calendar_event", EVENT, {"attendance": "12"}, {"attendance": 12}),
    ("/calendar", "cancel", "cancel_calendar_event", EVENT, {}, {}),
    ("/appointments", "keep", "keep_appointment", APPOINTMENT, {}, {}),
    ("/appointments", "miss", "miss_appointment", APPOINTMENT, {}, {}),
    (
        "/appointments",
        "move",
        "move_appointment",
        APPOINTMENT,
        at("starts_at"),
        {"starts_at": "2026-03-02T14:30:00Z"},
    ),
    ("/appointments", "cancel", "cancel_appointment", APPOINTMENT, {}, {}),
    ("/audits", "tell", "tell_of_audit", AUDIT, {}, {}),
    ("/audits", "ask-for-document", "ask_for_audit_document", AUDIT, {"name": "Book"}, {"name": "Book"}),
    ("/audits", "finish", "finish_audit", AUDIT | {"status": "begun"}, {}, {}),
]
GETS = {path: get for path, get, *_ in KEPT}


@pytest.mark.parametrize(
    ("path", "step", "method", "record", "form", "payload"), STEPS, ids=[f"{one[0]}/{one[1]}" for one in STEPS]
)
def test_each_step_is_offered_where_it_is_possible_and_taken_by_its_form(
    browser: FlaskClient,
    services: FakeServices,
    path: str,
    step: str,
    *,
    method: str,
    record: Any,
    form: Any,
    payload: Any,
) -> None:
    services.answers["referrals", GETS[path]] = record
    services.answers["referrals", method] = record
    address = f"{path}/rec-1/{step}"

    offered = page_of(browser, f"{path}/rec-1", ADVISER)
    page = page_of(browser, address)
    done = browser.post(address, data={**form, "key": "form-7"}, headers=FROM_PAGE)

    assert f'"{address}"' in offered
    assert no_field_without_label(page)
    assert done.status_code == 303, done.get_data(as_text=True)
    assert services.asked(method).payload == {"id": "rec-1", **payload}
    assert "govuk-notification-banner--success" in page_of(browser, done.headers["Location"])


def test_a_visit_off_premises_leads_to_its_pathway_before_it_can_be_confirmed(
    browser: FlaskClient, services: FakeServices
) -> None:
    services.answers["referrals", "get_visit"] = VISIT
    without = words_of(page_of(browser, "/visits/rec-1", ADVISER))

    services.answers["referrals", "get_visit"] = VISIT | {"pathway": PATHWAY, "alarmed_at": THEN}
    with_it = words_of(page_of(browser, "/visits/rec-1"))

    assert "Confirm the visit" not in without
    assert "Record the safeguarding and lone-working pathway" in without
    assert "Confirm the visit" in with_it
    assert "Who looks for the worker w-2" in with_it
    assert "The worker was not back, and is looked for since 2 March 2026, 3:30pm" in with_it


def test_a_message_says_when_its_answer_is_due(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "list_messages"] = {"items": [MESSAGE], "next": None}

    page = words_of(page_of(browser, "/messages?status=open", ADVISER))

    assert services.asked("list_messages").payload == {"limit": 20, "status": "open"}
    assert "6 March 2026, 11:59pm Overdue" in page


def test_a_referral_that_is_not_there_is_said_beside_its_box_and_the_rest_stays(
    browser: FlaskClient, services: FakeServices
) -> None:
    missing = NotFound("there is no referral ref-9")
    services.answers["referrals", "get_referral"] = missing
    services.answers["referrals", "record_message"] = missing
    sign_in_by_page(browser, ADVISER)
    form = {"key": "k", "channel": "phone", "text": "Please call.", "referral_id": "ref-9"}

    answer = browser.post("/messages/new", data=form, headers=FROM_PAGE)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 404
    assert '<a href="#referral_id">There is no referral ref-9.</a>' in page
    assert "Please call.</textarea>" in page


def test_a_form_is_asked_for_the_codes_of_the_referrals_own_council(
    client: FlaskClient, services: FakeServices
) -> None:
    services.answers["referrals", "get_referral"] = a_referral(council_id="cambridgeshire-peterborough")
    head = signed_in("adviser", council="*") | {"Accept": "text/html"}

    linked = client.get("/visits/new?referral_id=ref-1", headers=head).get_data(as_text=True)
    alone = client.get("/visits/new", headers=head).get_data(as_text=True)

    assert 'value="home-visit"' in alone
    assert 'value="home-visit"' not in linked
    assert '<label class="govuk-label govuk-label--s" for="kind">' in " ".join(linked.split())


def test_a_year_of_the_calendar_says_what_it_lacks(browser: FlaskClient, services: FakeServices) -> None:
    line = {"kind": "peer-meeting", "label": "Peer support meeting", "planned": 1, "places": 1, "least": 4, "most": 12}
    gap = {"missing": 3, "empty": [{"from_on": "2026-04-01", "before_on": "2026-07-01"}]}
    services.answers["referrals", "show_calendar_year"] = {"items": [line | gap], "next": None}

    page = words_of(page_of(browser, "/calendar/year", ADVISER))

    assert services.asked("show_calendar_year").payload == {"council_id": "cheshire-east", "from_on": "2026-01-01"}
    assert "Peer support meeting 1 in 1 place 4 12 3 more" in page
    assert "None from 1 April 2026 to before 1 July 2026" in page


def test_an_agency_is_added_and_rated(browser: FlaskClient, services: FakeServices) -> None:
    rating = {"rating": "good", "rated_on": "2026-03-02", "source": "cqc.example.org"}
    agency = {"id": "agy-1", "version": 1, "name": "Sample Care", "council_id": "cheshire-east", "rating": rating}
    services.answers["referrals", "list_agencies"] = {"items": [agency], "next": None}
    for method in ("add_agency", "rate_agency"):
        services.answers["referrals", method] = agency
    form = {"key": "k", "rating": "good", "source": "cqc.example.org", **on("rated_on")}
    more = {"name": "Sample Care", "reference": "1-123", "council_id": "cheshire-east"}

    page = page_of(browser, "/agencies", ADVISER)
    added = browser.post("/agencies/new", data=form | more, headers=FROM_PAGE)
    rated = browser.post("/agencies/agy-1/rating", data=form, headers=FROM_PAGE)

    assert "Sample Care Good, 2 March 2026" in words_of(page)
    assert 'href="/agencies/agy-1/rating"' in page
    assert (added.status_code, rated.status_code) == (303, 303)
    assert services.asked("add_agency").payload == {**rating, **more}
    assert services.asked("rate_agency").payload == {"id": "agy-1", **rating}


def test_case_work_leads_only_where_one_may_go(browser: FlaskClient) -> None:
    as_adviser = words_of(page_of(browser, "/case-work", ADVISER))
    as_provider = words_of(page_of(browser, "/case-work", "demo-provider-cp"))

    assert "Calendar of events" in as_adviser
    assert "Reports under protection" not in as_adviser
    assert "Offers" in as_provider
    assert "Calendar of events" not in as_provider


TOLD = {
    "id": "inf-1",
    "version": 0,
    "council_id": "cheshire-east",
    "referral_id": "ref-1",
    "lists": {
        "advice": [
            {"item": "general", "label": "Direct payments in general", "given_on": "2026-03-01"},
            {"item": "tax", "label": "Tax", "given_on": None},
        ]
    },
}


def test_what_a_person_was_told_is_shown_and_recorded_list_by_list(
    browser: FlaskClient, services: FakeServices
) -> None:
    services.answers["referrals", "get_information"] = TOLD
    services.answers["referrals", "give_information"] = TOLD
    place = "/referrals/ref-1/information"

    page = words_of(page_of(browser, place, ADVISER))
    form = page_of(browser, f"{place}/give?topic_list=advice")
    sent = {"key": "k", "topic_list": "advice", "items": ["tax"], **on("given_on")}
    done = browser.post(f"{place}/give", data=sent, headers=FROM_PAGE)

    assert "Direct payments in general: 1 March 2026 Tax: not told yet" in page
    assert 'value="advice" checked' in form
    assert "Direct payments in general" not in form
    assert done.status_code == 303
    assert services.asked("give_information").payload == {
        "referral_id": "ref-1",
        "topic_list": "advice",
        "items": ["tax"],
        "given_on": "2026-03-02",
    }
