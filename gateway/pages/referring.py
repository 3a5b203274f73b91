"""Making a referral: the single point of access, for whoever has no case system (CE 3.1, 3.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template, request
from marshmallow import ValidationError

from gateway.api import serves
from gateway.asking import caller, gateway
from gateway.pages.forms import checked_items, council_choice, said_flags, said_texts
from gateway.pages.showing import error_list, faults_of, fresh_key, submit
from gateway.pages.words import words
from gateway.schemas.referrals import DEPLOYMENTS, NewReferral
from gateway.services import REFERRALS
from gateway.strict import refuse
from shared.dates import london_day
from shared.errors import FieldError, Invalid, PolicyIncomplete

OF_THE_REFERRAL = ("council_id", "referral_reference", "source", "urgency", "deployment", "care_and_support_plan")
OF_THE_PERSON = ("person_reference", "name", "postcode", "email", "phone")
OF_THE_REFERRER = ("referrer.referrer_reference", "referrer.email")
OWN_LENGTH = 12
DAY_PARTS = ("born_on-year", "born_on-month", "born_on-day")
FLAGS = ("has_eligible_needs",)
SOURCES = {
    "self": "The person, or someone close to them",
    "adult-social-care": "Adult social care",
    "other": "Someone else",
}
URGENCIES = {"standard": "No", "urgent": "Yes, support must start by tomorrow", "emergency": "It is an emergency"}
SENTENCES = {
    "council_id": "Choose the council.",
    "source": "Say who refers.",
}

referring_pages = Blueprint("referring_pages", __name__)


@referring_pages.get("/make-a-referral")
@serves("pages.make_referral")
def referral_form() -> str:
    """The form."""
    return _form(request.args.to_dict(), [], [])


@referring_pages.post("/make-a-referral")
@serves("referrals.submit")
def make_referral() -> str | tuple[str, int]:
    """Submits the referral; what is wrong is said beside its field, and what the policy misses is named afterwards."""
    try:
        referral = submit(REFERRALS, "submit_referral", _given())
    except Invalid as refusal:
        errors = [_in_plain_words(error) for error in refusal.errors]
        return _form(request.form.to_dict(), request.form.getlist("client_groups"), errors), 422
    return render_template("referral_made.html", referral=referral, clocks=referral.get("clocks", ()))


def _given() -> dict[str, Any]:
    """What the form says, in the shape of the API. Raises `Invalid`.

    Who knows no reference gets one of the form's own: the same form sent twice, or a later one under the same reference, is one
    referral of one person.
    """
    own = request.form.get("referral_reference", "").strip() or f"FORM-{request.form.get('key', '')[:OWN_LENGTH]}"
    person = {"person_reference": own} | said_texts(OF_THE_PERSON)
    if born_on := _day_given():
        person["born_on"] = born_on
    given = {"referral_reference": own} | said_texts(OF_THE_REFERRAL) | said_flags(FLAGS) | {"person": person}
    if referrer := {name.removeprefix("referrer."): said for name, said in said_texts(OF_THE_REFERRER).items()}:
        given["referrer"] = referrer
    if groups := request.form.getlist("client_groups"):
        given["client_groups"] = groups
    if "source" not in given:
        raise Invalid(
            "say who refers", errors=[FieldError(field="source", rule="required", message=SENTENCES["source"])]
        )
    try:
        return dict(NewReferral().load(given))
    except ValidationError as error:
        refuse(error)


def _day_given() -> str:
    year, month, day = (request.form.get(name, "").strip() for name in DAY_PARTS)
    return f"{year}-{month:0>2}-{day:0>2}" if year or month or day else ""


def _in_plain_words(error: FieldError) -> FieldError:
    """The field as the form names it, and what an empty box asks for, in words for people."""
    field = error.field.removeprefix("person.")
    is_empty = error.rule == "required" and not request.form.get(field, "").strip()
    return replace(error, field=field, message=SENTENCES.get(field, error.message) if is_empty else error.message)


def _form(given: dict[str, str], groups: Iterable[str], errors: Iterable[FieldError]) -> str:
    errors = list(errors)
    chosen, councils = council_choice(given.get("council_id", ""))
    return render_template(
        "refer.html",
        given=given,
        errors=errors,
        error_list=error_list(errors),
        faults=faults_of(errors),
        council_items=councils,
        source_items=checked_items(SOURCES, [given.get("source", "")]),
        urgency_items=checked_items(URGENCIES, [given.get("urgency", "standard")]),
        deployment_items=checked_items({name: words(name) for name in DEPLOYMENTS}, [given.get("deployment", "")]),
        needs_items=checked_items({"yes": "Yes", "no": "No"}, [given.get("has_eligible_needs", "")]),
        group_items=checked_items(_client_groups(chosen), groups),
        key=fresh_key(),
    )


def _client_groups(council_id: str) -> dict[str, str]:
    """The groups of the council's policy; with several councils to choose from, those of all of them."""
    councils = (
        [council_id] if council_id else [name for name in caller().councils if name in gateway().policies.councils()]
    )
    today = london_day(gateway().clock.now())
    found: dict[str, str] = {}
    for name in councils:
        try:
            rows = gateway().policies.pack(name, on=today).table("client_groups")
        except PolicyIncomplete:
            continue  # a council that names no groups is asked for none
        found |= {row["code"]: row["label"] for row in rows}
    return found
