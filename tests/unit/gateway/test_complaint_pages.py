"""Complaints by page, and reports under protection, which ask nobody who they are."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.errors import FieldError, Invalid
from tests.support.gateway_fakes import FROM_PAGE, FakeServices, a_clock, sign_in_by_page, signed_in
from tests.unit.gateway.reading_pages import page_of, words_of
from tests.unit.gateway.test_pages import no_field_without_label

ADVISER, MANAGER, ROBIN = "demo-adviser-ce", "demo-manager-ce", "per-dd5de688e49d5c2e9f3f13130abf2118"
REPORT = "/report-under-protection"
COMPLAINT = {
    "id": "cmp-1",
    "version": 1,
    "council_id": "cheshire-east",
    "kind": "complaint",
    "status": "received",
    "text": "Nobody called.",
    "reporter": "family",
    "subject": "service",
    "received_at": "2026-03-02T09:00:00Z",
    "possible_steps": ["acknowledge", "forward", "respond"],
    "clocks": [a_clock(1, name="complaint_acknowledgement")],
}
FORM = {"key": "form-7", "kind": "complaint", "text": "Nobody called.", "reporter": "family", "subject": "service"}


def on(name: str) -> dict[str, str]:
    """The second of March in a question's boxes."""
    return {f"{name}-day": "2", f"{name}-month": "3", f"{name}-year": "2026"}


def test_a_complaint_is_recorded_by_its_form(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "record_complaint"] = COMPLAINT
    services.answers["referrals", "get_complaint"] = COMPLAINT
    services.answers["referrals", "complaint_history"] = {"items": [], "next": None}
    sent = FORM | {"in_writing": "yes", "council_id": "cheshire-east", **on("happened_on")}

    page = page_of(browser, "/complaints/new", ADVISER)
    done = browser.post("/complaints/new", data=sent, headers=FROM_PAGE)

    assert no_field_without_label(page)
    assert done.status_code == 303
    assert services.asked("record_complaint").payload == {
        "kind": "complaint",
        "text": "Nobody called.",
        "reporter": "family",
        "subject": "service",
        "in_writing": True,
        "happened_on": "2026-03-02",
        "council_id": "cheshire-east",
    }
    assert "It is recorded." in words_of(page_of(browser, done.headers["Location"]))


def test_what_a_service_misses_in_a_complaint_is_said_beside_its_question(
    browser: FlaskClient, services: FakeServices
) -> None:
    fault = FieldError(field="happened_on", rule="required", message="say when it happened")
    services.answers["referrals", "record_complaint"] = Invalid("no", errors=[fault])
    sign_in_by_page(browser, ADVISER)

    answer = browser.post("/complaints/new", data=FORM, headers=FROM_PAGE)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert '<a href="#happened_on">Enter when it happened, or when they learned of it.</a>' in page
    assert "Nobody called.</textarea>" in page


def test_whoever_may_complain_but_not_read_complaints_is_told_that_it_is_recorded(
    client: FlaskClient, services: FakeServices
) -> None:
    services.answers["referrals", "record_complaint"] = COMPLAINT
    head = signed_in("circle") | {"Accept": "text/html"}

    done = client.post("/complaints/new", data=FORM, headers=head)
    shown = client.get(done.headers["Location"], headers=head)

    assert (done.status_code, shown.status_code) == (303, 200)
    assert "It is recorded." in shown.get_data(as_text=True)


def test_a_person_complains_for_themselves(browser: FlaskClient) -> None:
    page = page_of(browser, "/complaints/new", ROBIN)

    assert f'name="person_id" type="text" spellcheck="false" value="{ROBIN}"' in page
    assert 'value="person" checked' in page


STEPS: list[Any] = [
    ("forward", "forward_complaint", {}, {}),
    ("acknowledge", "acknowledge_complaint", {"note": "Called."}, {"note": "Called."}),
    (
        "respond",
        "respond_to_complaint",
        {"text": "Sorry.", "next_action": "practice-changed", **on("written_on")},
        {"text": "Sorry.", "next_action": "practice-changed", "written_on": "2026-03-02"},
    ),
    ("close", "close_complaint", {}, {}),
    (
        "review",
        "review_complaint",
        {"outcome": "Sample.", **on("held_on")},
        {"outcome": "Sample.", "held_on": "2026-03-02"},
    ),
    ("escalate", "escalate_complaint", {"note": "Sample."}, {"note": "Sample."}),
    ("open-ombudsman-case", "open_ombudsman_case", {"reference": "L-1"}, {"reference": "L-1"}),
    ("record-recommendation", "record_recommendation", {"text": "Sample."}, {"text": "Sample."}),
    (
        "recommendations/rec-1/carry-out",
        "carry_out_recommendation",
        {"how": "Sample.", **on("done_on")},
        {"recommendation_id": "rec-1", "how": "Sample.", "done_on": "2026-03-02"},
    ),
]


@pytest.mark.parametrize(("step", "method", "form", "payload"), STEPS, ids=[one[0] for one in STEPS])
def test_each_step_of_a_complaint_is_taken_by_its_form(
    browser: FlaskClient, services: FakeServices, step: str, method: str, form: dict[str, str], *, payload: Any
) -> None:
    services.answers["referrals", "get_complaint"] = COMPLAINT
    services.answers["referrals", "complaint_history"] = {"items": [], "next": None}
    services.answers["referrals", method] = COMPLAINT

    page = page_of(browser, f"/complaints/cmp-1/{step}", MANAGER)
    done = browser.post(f"/complaints/cmp-1/{step}", data=form | {"key": "k"}, headers=FROM_PAGE)

    assert no_field_without_label(page)
    assert done.status_code == 303, done.get_data(as_text=True)
    assert services.asked(method).payload == {"id": "cmp-1", **payload}
    assert "govuk-notification-banner--success" in page_of(browser, done.headers["Location"])


def test_a_complaint_offers_what_is_possible_now(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "get_complaint"] = COMPLAINT
    services.answers["referrals", "complaint_history"] = {"items": [], "next": None}

    page = words_of(page_of(browser, "/complaints/cmp-1", ADVISER))

    assert "Pass on to the council" in page
    assert "Answer" in page
    assert "Take a dispute to the commissioners" not in page
    assert "Record the Ombudsman" not in page


@pytest.mark.parametrize("person", ["", ADVISER])
def test_anybody_reports_under_protection_and_is_not_asked_who_they_are(
    browser: FlaskClient, services: FakeServices, person: str
) -> None:
    services.answers["referrals", "report_whistleblowing"] = {"id": "whi-1", "version": 1}
    form = {"key": "k", "council_id": "cheshire-east", "text": "Seen at the office."}

    page = page_of(browser, REPORT, person)
    done = browser.post(REPORT, data=form, headers=FROM_PAGE)

    assert "reporter_" not in page
    assert "name" not in [part.split('"')[0] for part in page.split('<label class="govuk-label')[1:]]
    assert done.status_code == 303
    assert "whi-1" not in done.headers["Location"]
    payload = services.asked("report_whistleblowing").payload
    assert payload == {"council_id": "cheshire-east", "text": "Seen at the office."}
    sender = services.asked("report_whistleblowing").caller
    assert (sender.actor_id, sender.roles, sender.councils) == ("public", ("public",), ())
    assert "Your report has been received." in words_of(page_of(browser, done.headers["Location"]))


def test_a_report_without_words_or_council_says_so_and_keeps_what_was_typed(
    browser: FlaskClient, services: FakeServices
) -> None:
    answer = browser.post(REPORT, data={"key": "k", "text": "Seen at the office."}, headers=FROM_PAGE)
    empty = browser.post(REPORT, data={"key": "k", "council_id": "cheshire-east"}, headers=FROM_PAGE)

    assert (answer.status_code, empty.status_code) == (422, 422)
    assert "Choose the council." in answer.get_data(as_text=True)
    assert "Seen at the office.</textarea>" in answer.get_data(as_text=True)
    assert "Write what you have seen or been told." in empty.get_data(as_text=True)
    assert services.calls == []


def test_the_named_person_alone_reads_reports_and_who_made_them_with_a_reason(
    client: FlaskClient, services: FakeServices
) -> None:
    report = {
        "id": "whi-1",
        "version": 1,
        "council_id": "cheshire-east",
        "text": "Seen.",
        "has_reporter": True,
        "received_at": "2026-03-02T09:00:00Z",
        "status": "received",
    }
    reading = {"step": "read", "at": "2026-03-02T10:00:00Z", "by": "lead-1", "note": "to ask more"}
    services.answers["referrals", "get_whistleblowing"] = report
    services.answers["referrals", "list_whistleblowing"] = {"items": [report], "next": None}
    services.answers["referrals", "read_reporter"] = {"id": "wbr-1", "name": "Sample Reporter", "readings": [reading]}
    head = signed_in("whistleblowing_lead") | {"Accept": "text/html"}
    place = "/whistleblowing/whi-1/read-reporter"

    listed = client.get("/whistleblowing", headers=head).get_data(as_text=True)
    shown = client.get("/whistleblowing/whi-1", headers=head).get_data(as_text=True)
    without = client.post(place, data={"key": "k"}, headers=head)
    read = client.post(place, data={"key": "k", "note": "to ask more"}, headers=head)

    assert 'href="/whistleblowing/whi-1"' in listed
    assert "Sample Reporter" not in shown
    assert "Read who reported" in shown
    assert without.status_code == 422
    assert "Sample Reporter" in read.get_data(as_text=True)
    assert client.get("/whistleblowing/whi-1", headers=signed_in("dpss_manager")).status_code == 403
