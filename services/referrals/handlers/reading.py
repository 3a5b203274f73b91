"""Reading what comes in: a council's CloudEvents document, and the rules that every submission keeps, each field named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from marshmallow import ValidationError

from shared.errors import FieldError, Invalid, invalid
from shared.events.intake import (
    INCOMING,
    DirectPaymentNotice,
    ProviderListing,
    ReferralCancellation,
    ReferralSubmission,
    ReferralUpdate,
)
from shared.events.schemas import dump_event, schema_of
from shared.geography import MalformedPostcode, parse_postcode
from shared.intake.current_users import CurrentUser
from shared.money import MOST_PENCE
from shared.problems import field_errors

ATTRIBUTE_LIMIT = 256
REFERENCE_LIMIT = 100
REASON_LIMIT = 200
LONGEST_SENTENCE = 300
LIST_LIMIT = 20
FONT_SIZES = range(6, 97)
FIRST_DAY, LAST_DAY = date(1850, 1, 1), date(2199, 12, 31)
"""Any day that a person was born on or a payment began lies between; a calendar can count on from each."""

LOTS = (1, 2)
"""Care providers, support brokers (CP 3.1); what each is for is in the council's pack."""

_MARKUP = re.compile(r"<[A-Za-z/!?]")
_FORMULA = re.compile(r"\s*(?:[=@\uff1d\uff20]|[+\uff0b\uff0d-](?![\d\s().-]*$))")
"""As a spreadsheet reads it, in either width of the sign; a sign before a phone number is none."""
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DIGITS_OF_A_NUMBER = 3
OF_SEVERAL_LINES = ("letter", "reason")
"""Fields whose text may have lines: a postal address, and why."""

NO_PLACE = "ZZ99"
"""The outcode by which social care and the health service write down that someone has no fixed abode."""


def read_message(document: Any, council_id: str) -> Any:
    """The message in a council's CloudEvents document. Raises `Invalid` naming each attribute and field at fault."""
    if not isinstance(document, Mapping):
        raise invalid("body", "object", "a CloudEvents document is a JSON object")
    if "unreadable" in document:
        raise _unreadable(document)
    errors = [_missing(name) for name in ("id", "source", "type") if not attribute(document, name)]
    errors += _wrong_attributes(document, council_id) if not errors else []
    if errors:
        raise Invalid("the event's attributes are not valid", errors=errors)
    return check_message(_load(document), prefix="data.")


def _unreadable(document: Mapping[str, Any]) -> Invalid:
    """What an intake format could not read, with the fields that it named; anyone may have sent such a document."""
    why = str(document["unreadable"])[:LONGEST_SENTENCE]
    given = document.get("errors")
    named = [_named(error) for error in given if isinstance(error, Mapping)] if isinstance(given, list) else []
    return Invalid(why, errors=named or [FieldError(field="body", rule="readable", message=why)])


def _named(error: Mapping[str, Any]) -> FieldError:
    field, rule, message = (str(error.get(name, ""))[:LONGEST_SENTENCE] for name in ("field", "rule", "message"))
    return FieldError(field=field, rule=rule, message=message)


def attribute(document: Any, name: str) -> str:
    """An attribute of the event as text; empty where there is none that can be used."""
    value = document.get(name) if isinstance(document, Mapping) else None
    return value if isinstance(value, str) and len(value) <= ATTRIBUTE_LIMIT and value.isprintable() else ""


def check_message(message: Any, *, prefix: str = "") -> Any:
    """The message, if it keeps the rules that its shape alone doesn't say. Raises `Invalid` naming each field at fault."""
    errors = [*_unsafe(dump_event(message), ""), *_CHECKS[type(message)](message)]
    if errors:
        named = [FieldError(field=f"{prefix}{e.field}", rule=e.rule, message=e.message) for e in errors]
        raise Invalid("some fields are not valid", errors=named)
    return message


def _load(document: Mapping[str, Any]) -> Any:
    try:
        return schema_of(INCOMING[document["type"]]).load(document.get("data") or {})
    except ValidationError as error:
        raise Invalid("the event's data is not valid", errors=field_errors(error, prefix="data")) from error


def _wrong_attributes(document: Mapping[str, Any], council_id: str) -> list[FieldError]:
    wrong = []
    if document.get("specversion") != "1.0":
        wrong.append(FieldError(field="specversion", rule="version", message="specversion must be 1.0"))
    if document["source"] != f"/councils/{council_id}":
        wrong.append(FieldError(field="source", rule="own-council", message=f"source must be /councils/{council_id}"))
    if document["type"] not in INCOMING:
        known = ", ".join(sorted(INCOMING))
        wrong.append(FieldError(field="type", rule="known-type", message=f"the type is unknown; known: {known}"))
    return wrong


def _submission(message: ReferralSubmission) -> Iterator[FieldError]:
    yield from _reference("referral_reference", message.referral_reference)
    yield from _reference("person.person_reference", message.person.person_reference)
    if message.referrer is not None:
        yield from _reference("referrer.referrer_reference", message.referrer.referrer_reference)
    if message.lot is not None:
        yield from _lot("lot", message.lot)
    if not 0 <= (message.weekly_budget_pence or 0) <= MOST_PENCE:
        sentence = "the weekly budget is whole pence, from 0 to the most that the platform can hold"
        yield FieldError(field="weekly_budget_pence", rule="range", message=sentence)
    if not 0 <= (message.capital_pence or 0) <= MOST_PENCE:
        sentence = "capital is whole pence, from 0 to the most that the platform can hold"
        yield FieldError(field="capital_pence", rule="range", message=sentence)
    yield from _codes("client_groups", message.client_groups)
    yield from _codes("priority_groups", message.priority_groups)
    yield from _codes("person.communication_needs", message.person.communication_needs)
    size = message.person.font_size_points
    if size is not None and size not in FONT_SIZES:
        sentence = f"a size of print has {FONT_SIZES.start} to {FONT_SIZES.stop - 1} points"
        yield FieldError(field="person.font_size_points", rule="range", message=sentence)
    if message.person.born_on is not None:
        yield from _day("person.born_on", message.person.born_on)
    if message.person.postcode:
        yield from _postcode("person.postcode", message.person.postcode)
    yield from _reached(message)


def _reached(message: ReferralSubmission) -> Iterator[FieldError]:
    """Addresses and numbers that nobody could be reached by are told to whoever sends them, not found out later."""
    yield from _email("person.email", message.person.email)
    yield from _phone("person.sms", message.person.sms)
    yield from _phone("person.phone", message.person.phone)
    if message.referrer is not None:
        yield from _email("referrer.email", message.referrer.email)


def _current_user(message: CurrentUser) -> Iterator[FieldError]:
    yield from _submission(message)
    yield from _day("implemented_on", message.implemented_on)


def _cancellation(message: ReferralCancellation) -> Iterator[FieldError]:
    yield from _reference("referral_reference", message.referral_reference)
    if len(message.reason or "") > REASON_LIMIT:
        yield FieldError(field="reason", rule="length", message=f"the reason has at most {REASON_LIMIT} characters")


def _notice(message: DirectPaymentNotice) -> Iterator[FieldError]:
    yield from _reference("referral_reference", message.referral_reference)
    yield from _day("implemented_on", message.implemented_on)


def _listing(message: ProviderListing) -> Iterator[FieldError]:
    yield from _reference("provider_reference", message.provider_reference)
    yield from _email("email", message.email)
    if not message.lots:
        yield FieldError(field="lots", rule="required", message="name at least one lot (CP 3.1)")
    for index, lot in enumerate(message.lots):
        yield from _lot(f"lots.{index}", lot)


_CHECKS: Mapping[type, Any] = {
    ReferralSubmission: _submission,
    ReferralUpdate: _submission,
    CurrentUser: _current_user,
    ReferralCancellation: _cancellation,
    DirectPaymentNotice: _notice,
    ProviderListing: _listing,
}


def _reference(field: str, value: str) -> Iterator[FieldError]:
    if not 0 < len(value.strip()) <= REFERENCE_LIMIT:
        yield FieldError(field=field, rule="length", message=f"a reference has 1 to {REFERENCE_LIMIT} characters")


def _email(field: str, value: str | None) -> Iterator[FieldError]:
    if value and value.strip() and not _EMAIL.fullmatch(value.strip()):
        yield FieldError(field=field, rule="email", message="an email address is such as name@example.org")


def _phone(field: str, value: str | None) -> Iterator[FieldError]:
    """With whatever is written beside it, such as whom to ask for."""
    if value and value.strip() and sum(character.isdigit() for character in value) < _DIGITS_OF_A_NUMBER:
        yield FieldError(field=field, rule="phone", message="a phone number has digits")


def _codes(field: str, given: tuple[str, ...]) -> Iterator[FieldError]:
    if len(given) > LIST_LIMIT:
        yield FieldError(field=field, rule="length", message=f"a list has {LIST_LIMIT} entries at most")
    for index, code in enumerate(given[:LIST_LIMIT]):
        yield from _reference(f"{field}.{index}", code)


def _day(field: str, day: date) -> Iterator[FieldError]:
    if not FIRST_DAY <= day <= LAST_DAY:
        yield FieldError(field=field, rule="range", message=f"the day lies between {FIRST_DAY} and {LAST_DAY}")


def _lot(field: str, lot: int) -> Iterator[FieldError]:
    if lot not in LOTS:
        yield FieldError(field=field, rule="choice", message="the lot is 1 or 2 (CP 3.1)")


def _postcode(field: str, text: str) -> Iterator[FieldError]:
    """Its form only: a new home that no directory knows yet, or none at all, must not keep a referral out."""
    if text.upper().startswith(NO_PLACE):
        return
    try:
        parse_postcode(text, field=field)
    except MalformedPostcode as error:
        yield from error.errors


def _unsafe(value: Any, path: str) -> Iterator[FieldError]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _unsafe(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unsafe(inner, f"{path}.{index}")
    elif isinstance(value, str):
        yield from _hostile(value, path)


def _hostile(text: str, path: str) -> Iterator[FieldError]:
    """What a page, a spreadsheet or a terminal could take for more than text: nobody's name or address needs it."""
    if path.rpartition(".")[2] not in OF_SEVERAL_LINES and any(character in "\n\r\t" for character in text.strip()):
        yield FieldError(field=path, rule="one-line", message="the text has more than one line")
    elif not all(character.isprintable() or character in "\n\r\t" for character in text):
        sentence = "the text holds control characters, or marks that turn its direction"
        yield FieldError(field=path, rule="printable", message=sentence)
    if _MARKUP.search(text):
        yield FieldError(field=path, rule="no-markup", message="the text holds markup")
    if _FORMULA.match(text):
        yield FieldError(field=path, rule="no-formula", message="the text begins as a formula does")


def _missing(name: str) -> FieldError:
    sentence = f"{name} must be text of 1 to {ATTRIBUTE_LIMIT} characters, without control characters"
    return FieldError(field=name, rule="required", message=sentence)
