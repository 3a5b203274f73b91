"""What a form makes of its boxes, and what it does when an answer is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.pages.fields import Field, Given, Kind, Unreadable
from shared.dates import london_time, parse_instant
from shared.errors import (
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    PolicyIncomplete,
    StewardError,
    Unavailable,
)
from tests.support.gateway_fakes import FROM_PAGE, FakeServices, a_referral, sign_in_by_page
from tests.unit.gateway.reading_pages import words_of

REFUSE = "/referrals/ref-1/refuse"
TYPED = {"key": "form-7", "reason": "not-resident", "told_verbally_on-day": "2"}
FULL = TYPED | {"told_verbally_on-month": "3", "told_verbally_on-year": "2026"}


def said(kind: Kind, **boxes: str) -> Any:
    """The answer of a question of this kind."""
    return Field(name="q", label="Question", kind=kind).said(
        Given({f"q-{name}" if name != "q" else name: text for name, text in boxes.items()})
    )


@pytest.mark.parametrize(
    ("kind", "boxes", "answer"),
    [
        ("text", {"q": "  Sample  "}, "Sample"),
        ("area", {"q": "one\r\ntwo"}, "one\ntwo"),
        ("yes_no", {"q": "no"}, False),
        ("yes_no", {"q": "perhaps"}, None),
        ("lines", {"q": "one\n\n two "}, ["one", "two"]),
        ("number", {"q": "12"}, 12),
        ("pounds", {"q": "£1,062.50"}, 106_250),
        ("day", {"day": "7", "month": "3", "year": "1961"}, "1961-03-07"),
        ("moment", {"day": "7", "month": "7", "year": "2026", "time": "14:30"}, "2026-07-07T13:30:00Z"),
        ("moment", {"day": "7", "month": "1", "year": "2026", "time": "9.05"}, "2026-01-07T09:05:00Z"),
    ],
)
def test_an_answer_is_read_as_the_api_writes_it(kind: Kind, boxes: dict[str, str], answer: Any) -> None:
    found = said(kind, **boxes)

    assert (parse_instant(found) if kind == "moment" else found) == (
        parse_instant(answer) if kind == "moment" else answer
    )


@pytest.mark.parametrize("kind", ["text", "area", "any_of", "yes_no", "lines", "number", "pounds", "day", "moment"])
def test_empty_boxes_say_nothing(kind: Kind) -> None:
    assert said(kind, q=" ", day="", month=" ", year="", time="") in (None, [" "])


@pytest.mark.parametrize(
    ("kind", "boxes", "sentence"),
    [
        ("number", {"q": "1.5"}, "whole number"),
        ("number", {"q": "-1"}, "whole number"),
        ("pounds", {"q": "1.005"}, "pounds"),
        ("pounds", {"q": "a lot"}, "pounds"),
        ("day", {"day": "31", "month": "2", "year": "2026"}, "real date"),
        ("day", {"day": "7", "year": "2026"}, "must have a month"),
        ("day", {"day": "7", "month": "March", "year": "2026"}, "in numbers"),
        ("day", {"day": "7", "month": "3", "year": "99999"}, "in numbers"),
        ("moment", {"time": "14:30"}, "a day, a month and a year"),
        ("moment", {"day": "7", "month": "3", "year": "2026"}, "24-hour clock"),
        ("moment", {"day": "7", "month": "3", "year": "2026", "time": "25:00"}, "24-hour clock"),
        ("moment", {"day": "29", "month": "3", "year": "2026", "time": "01:30"}, "clocks"),
    ],
)
def test_what_no_answer_can_be_is_told_what_to_write(kind: Kind, boxes: dict[str, str], sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        said(kind, **boxes)


@settings(max_examples=50)
@given(seconds=st.integers(min_value=0, max_value=3_700_000_000))
def test_a_time_that_london_shows_is_the_time_that_was_said(seconds: int) -> None:
    shown = london_time(datetime.fromtimestamp(seconds, UTC))

    found = said("moment", day=str(shown.day), month=str(shown.month), year=str(shown.year), time=f"{shown:%H:%M}")

    assert london_time(parse_instant(found)).replace(tzinfo=None, fold=0) == shown.replace(
        tzinfo=None, second=0, microsecond=0, fold=0
    )


def refused(browser: FlaskClient, services: FakeServices, refusal: StewardError, form: dict[str, str]) -> Any:
    """The page that comes back when the service refuses the form."""
    services.answers["referrals", "refuse_referral"] = refusal
    sign_in_by_page(browser, "demo-adviser-ce")
    return browser.post(REFUSE, data=form, headers=FROM_PAGE | {"Accept": "text/html"})


@pytest.mark.parametrize(
    ("refusal", "status", "sentence"),
    [
        (Conflict("the referral is closed and cannot refuse"), 409, "The referral is closed and cannot refuse."),
        (PolicyIncomplete("policy incomplete: cheshire-east refusal_acts"), 409, "refusal_acts."),
        (Forbidden("Only the council says so."), 403, "Only the council says so."),
        (Unavailable("referrals does not answer"), 503, "Referrals does not answer."),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, StewardError) else "",
)
def test_whatever_is_refused_what_was_typed_stays(
    browser: FlaskClient, services: FakeServices, refusal: StewardError, status: int, sentence: str
) -> None:
    answer = refused(browser, services, refusal, FULL)

    page = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert "There is a problem" in page
    assert sentence in page
    assert 'value="not-resident" checked' in page
    assert 'name="told_verbally_on-year" type="text" value="2026"' in page


def test_a_refusal_by_field_is_said_beside_its_question_by_its_label(
    browser: FlaskClient, services: FakeServices
) -> None:
    fault = FieldError(field="told_verbally_on", rule="past", message="this day is still to come")

    page = refused(browser, services, Invalid("no", errors=[fault]), FULL).get_data(as_text=True)

    sentence = "When was whoever referred told by word of mouth? This day is still to come."
    assert f'<a href="#told_verbally_on">{sentence}</a>' in page
    assert 'id="told_verbally_on-error"' in page


def test_a_form_that_a_service_did_not_answer_keeps_its_key_and_others_get_a_new_one(
    browser: FlaskClient, services: FakeServices
) -> None:
    away = refused(browser, services, Unavailable("referrals does not answer"), FULL).get_data(as_text=True)
    no = refused(browser, services, Conflict("the referral is closed"), FULL).get_data(as_text=True)

    assert 'name="key" value="form-7"' in away
    assert 'name="key" value="form-7"' not in no


def test_what_cannot_be_read_never_reaches_the_service(browser: FlaskClient, services: FakeServices) -> None:
    sign_in_by_page(browser, "demo-adviser-ce")

    answer = browser.post(REFUSE, data=TYPED | {"reason": ""}, headers=FROM_PAGE)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Choose why it is refused." in page
    assert "must have a month and a year" in page
    assert page.index("Choose why it is refused.") < page.index("must have a month")
    assert {call.method for call in services.calls} == {"get_referral"}


def test_a_record_that_is_not_there_has_no_form(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "get_referral"] = NotFound("there is no referral ref-1")
    sign_in_by_page(browser, "demo-adviser-ce")

    answers = [browser.get(REFUSE), browser.post(REFUSE, data=FULL, headers=FROM_PAGE)]

    assert [answer.status_code for answer in answers] == [404, 404]


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x>', "{{ 7 * 7 }}"])
def test_what_was_typed_or_linked_is_never_taken_for_markup(
    browser: FlaskClient, services: FakeServices, text: str
) -> None:
    sign_in_by_page(browser, "demo-adviser-ce")

    linked = browser.get("/referrals/ref-1/close", query_string={"reason": text}).get_data(as_text=True)
    typed = browser.post("/referrals/ref-1/close", data={"reason": text * 20, "key": "k"}, headers=FROM_PAGE)

    for page in (linked, typed.get_data(as_text=True)):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "49" not in words_of(page)


def test_a_change_from_another_site_is_refused(browser: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "refuse_referral"] = a_referral(status="refused")
    sign_in_by_page(browser, "demo-adviser-ce")

    answer = browser.post(REFUSE, data=FULL, headers={"Origin": "https://elsewhere.example.org"})

    assert answer.status_code == 403
    assert services.calls == []
