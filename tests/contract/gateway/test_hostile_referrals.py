"""Each field of a referral, tried missing, wrong, oversized and hostile, in each of the four ways that one can come in.

The fields are read from the type itself, so that a new one is tried too. What is refused is refused by field and rule, and
nothing of it is kept; `tests/contract/intake/test_hostile_messages.py` has whole messages that are hostile.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, get_origin

import pytest
from flask.testing import FlaskClient

from gateway.pages.fields import Field
from gateway.pages.referring import FORM
from gateway.schemas.referrals import NewReferral
from services.referrals.handlers.intake import submit_by_call
from services.referrals.schemas.referrals import referral_out
from shared.events.intake import ReferralSubmission
from shared.events.schemas import schema_of
from shared.intake.columns import columns_of, nested
from shared.intake.csv_referrals import CSV
from shared.messaging.consuming.deliveries import Delivery
from shared.messaging.consuming.incoming import BUILT_IN_FORMATS, STRUCTURED, load_intake_formats
from shared.money import MOST_PENCE
from shared.problems import load
from tests.support.gateway_fakes import FROM_PAGE, FakeServices, sign_in_by_page, signed_in
from tests.unit.referrals.builders import CE, ReferralsDesk, a_command, an_adviser, an_event

FORMATS = load_intake_formats(BUILT_IN_FORMATS, body_bytes=262_144)
COLUMNS = columns_of(ReferralSubmission)
TEXTS = {
    "script": "<script>alert(1)</script>",
    "an image that runs": "Alex <img src=x onerror=alert(1)>",
    "formula": '=HYPERLINK("https://elsewhere.example.org")',
    "formula with a sign": "-2+3+cmd|' /C calc'!A0",
    "formula with an at": "@SUM(1+1)",
    "formula in the wide form": "\uff1d1+1",
    "a formula behind a tab": "\t=1+1",
    "control characters": "Alex\x00\x1b[2J",
    "marks that turn the text round": "Alex \u202eelpmaxE",
    "a mark from right to left": "\u200fAlex",
    "oversized": "x" * 5000,
}
WRONG: dict[Any, Any] = {str: 7, bool: "perhaps", int: "many", date: "1961-02-31", datetime: "lately"}
ALWAYS = {"referral_reference": "REF-1", "person.person_reference": "P-1", "referrer.referrer_reference": "SW-1"}


def wrong_for(kind: Any) -> Any:
    """A value of another type than the field's."""
    if get_origin(kind) is tuple:
        return "not a list"
    return WRONG.get(kind, "explode")


def attacks_on(field: str, *, only_text: bool) -> Iterator[tuple[str, Any]]:
    kind = COLUMNS[field]
    is_list = get_origin(kind) is tuple
    yield from ((name, [text] if is_list and not only_text else text) for name, text in TEXTS.items())
    if not (only_text and (kind is str or is_list)):
        yield "wrong", wrong_for(kind)


def submitted(field: str, value: Any) -> dict[str, Any]:
    """The data of a referral with this value in this field."""
    return nested(ALWAYS | {field: value})


def faults_of_event(desk: ReferralsDesk, document: Any) -> dict[str, str]:
    answer = desk.take_in(document)
    return {error.field.removeprefix("data."): error.rule for error in answer.errors} if answer.problem else {}


def by_amqp(desk: ReferralsDesk, field: str, value: Any) -> dict[str, str]:
    """Field -> rule of the refusal; nothing, if it was taken in."""
    sent = Delivery(
        body=json.dumps(an_event() | {"data": submitted(field, value)}).encode(),
        headers={},
        content_type=STRUCTURED,
        message_id="m-1",
        user_id=None,
        routing_key="referral.submitted",
        exchange=f"in.{CE}",
        redelivered=False,
        delivery_tag=1,
    )
    (document,) = FORMATS.documents_of(sent)
    return faults_of_event(desk, document)


def by_csv(desk: ReferralsDesk, field: str, value: Any) -> dict[str, str]:
    row, table = ALWAYS | {field: str(value)}, io.StringIO()
    csv.writer(table).writerows([row.keys(), row.values()])
    (document,) = FORMATS.read(table.getvalue().encode(), content_type=CSV, headers={}, council_id=CE)
    return faults_of_event(desk, document)


def names_it(faults: dict[str, str], field: str) -> bool:
    """Whether the field is at fault, or one value of it, or all that it stands in."""
    return any(
        name == field or name.startswith(f"{field}.") or field.startswith(f"{name}.")
        for name, rule in faults.items()
        if rule
    )


@pytest.mark.parametrize("field", sorted(COLUMNS))
@pytest.mark.parametrize("way", [by_amqp, by_csv])
def test_each_field_of_an_event_or_a_row_refuses_what_is_hostile(way: Any, field: str) -> None:
    unseen = []
    for name, value in attacks_on(field, only_text=way is by_csv):
        desk = ReferralsDesk()
        if not names_it(way(desk, field, value), field) or any(desk.everything().values()):
            unseen.append(name)

    assert unseen == []


@pytest.mark.parametrize("way", [by_amqp, by_csv])
@pytest.mark.parametrize("field", ["referral_reference", "person.person_reference"])
def test_what_must_be_there_is_named_when_it_is_missing(way: Any, field: str) -> None:
    desk = ReferralsDesk()

    faults = way(desk, field, "")

    assert names_it(faults, field)
    assert not any(desk.everything().values())


def test_what_the_policy_asks_for_is_named_when_it_is_missing_and_the_rest_is_kept() -> None:
    desk = ReferralsDesk()

    answer = desk.take_in(an_event() | {"data": nested({name: ALWAYS[name] for name in list(ALWAYS)[:2]})})

    assert (answer.outcome, set(answer.missing)) == ("accepted", {"care_and_support_plan", "referrer"})
    assert desk.referrals.records.get(str(answer.record_id)).state.status == "incomplete"


@pytest.mark.parametrize("blank", ["", "   "])
def test_a_plan_of_blanks_is_no_plan_and_the_referral_lacks_it_ce_4_3(blank: str) -> None:
    desk = ReferralsDesk()

    answer = desk.take_in(an_event() | {"data": nested(ALWAYS | {"care_and_support_plan": blank})})

    assert (answer.outcome, answer.missing) == ("accepted", ("care_and_support_plan",))


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("person.email", "not an address", "email"),
        ("referrer.email", "alex@", "email"),
        ("person.sms", "ask Alex", "phone"),
        ("person.phone", "none", "phone"),
        ("person.name", "Alex\r\nBcc: everybody@example.org", "one-line"),
        ("person.email", "alex@example.org\nBcc: everybody@example.org", "email"),
        ("care_and_support_plan", "CSP-1\tCSP-2", "one-line"),
        ("capital_pence", MOST_PENCE + 1, "range"),
        ("weekly_budget_pence", MOST_PENCE + 1, "range"),
    ],
)
@pytest.mark.parametrize("way", [by_amqp, by_csv])
def test_what_could_not_be_used_is_refused_by_field_and_rule(way: Any, field: str, value: Any, rule: str) -> None:
    desk = ReferralsDesk()

    assert way(desk, field, value).get(field) == rule
    assert not any(desk.everything().values())


@pytest.fixture
def desk(services: FakeServices) -> ReferralsDesk:
    """Referrals, behind the gateway."""
    desk = ReferralsDesk()

    def submit(payload: dict[str, Any]) -> dict[str, Any]:
        given = {name: value for name, value in payload.items() if name != "council_id"}
        message = load(schema_of(ReferralSubmission), given)
        stored = submit_by_call(message, council_id=payload["council_id"], cause=a_command(), desk=desk.intake)
        return referral_out(stored, an_adviser())

    services.answers["referrals", "submit_referral"] = submit
    return desk


def http_fields() -> list[str]:
    """Those that the API takes."""
    plain = NewReferral().fields
    inner = {name: plain[name].schema.fields for name in ("person", "referrer")}
    return sorted(
        name for name in COLUMNS if name in plain or (path := name.partition("."))[2] in inner.get(path[0], {})
    )


@pytest.mark.parametrize("field", http_fields())
def test_each_field_of_the_api_refuses_what_is_hostile(field: str, client: FlaskClient, desk: ReferralsDesk) -> None:
    unseen = []
    for name, value in attacks_on(field, only_text=False):
        body = submitted(field, value) | {"council_id": CE}
        answer = client.post("/api/v1/referrals", json=body, headers=signed_in("adviser"))
        faults = {error["field"]: error["rule"] for error in answer.get_json().get("errors", [])}
        if not (400 <= answer.status_code < 500 and names_it(faults, field)) or any(desk.everything().values()):
            unseen.append((name, answer.status_code))

    assert unseen == []


TYPED = [one for one in FORM.fields if one.kind in ("text", "one_of") and not one.closed]


@pytest.mark.parametrize("field", TYPED, ids=lambda field: field.name)
def test_each_field_of_the_form_says_beside_it_what_is_wrong(
    field: Field, browser: FlaskClient, desk: ReferralsDesk
) -> None:
    sign_in_by_page(browser, "demo-adviser-ce")
    unseen = []
    for name, text in TEXTS.items():
        answer = browser.post("/make-a-referral", data=a_form() | {field.name: text}, headers=FROM_PAGE)
        page = answer.get_data(as_text=True)
        is_beside = f'href="#{field.id}"' in page and f'id="{field.id}-error"' in page
        if answer.status_code != 422 or not is_beside or "<script>alert" in page:
            unseen.append((name, answer.status_code))

    assert unseen == []
    assert not any(desk.everything().values())


def a_form() -> dict[str, str]:
    """A form as somebody fills it in."""
    return {"key": "k-1", "council_id": CE, "source": "self", "referrer.referrer_reference": "SW-1"}


@pytest.mark.parametrize("text", [*TEXTS.values(), "another-council"])
def test_a_council_that_the_form_does_not_offer_is_refused_beside_its_question(
    text: str, browser: FlaskClient, desk: ReferralsDesk
) -> None:
    sign_in_by_page(browser, "demo-adviser-ce")

    answer = browser.post("/make-a-referral", data=a_form() | {"council_id": text}, headers=FROM_PAGE)

    assert answer.status_code == 422
    assert 'href="#council_id">Which council?' in answer.get_data(as_text=True)
    assert not any(desk.everything().values())


@pytest.mark.parametrize(
    "plain",
    [
        "+44 7700 900007",
        "O'Example-Sample",
        "Sample & Sons < 1",
        "-",
        "Zo\u00eb",
        "7 = 7 Sample Street",
        "a@example.org",
    ],
)
def test_what_people_write_is_not_taken_for_an_attack(plain: str) -> None:
    assert by_amqp(ReferralsDesk(), "person.name", plain) == {}


@pytest.mark.parametrize(
    ("field", "plain"),
    [
        ("person.letter", "7 Sample Street\nSampletown"),
        ("person.phone", "01270 000007 (ask for Alex)"),
        ("person.sms", "+44 7700 900007"),
        ("person.email", " alex@example.org "),
        ("person.email", ""),
    ],
)
def test_how_people_are_reached_is_taken_as_it_is_written(field: str, plain: str) -> None:
    assert by_amqp(ReferralsDesk(), field, plain) == {}
