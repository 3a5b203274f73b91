"""Raising a concern, and the alerts that safeguarding must take in hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug.wrappers import Response

from gateway.api import serves
from gateway.asking import ask, gateway
from gateway.pages.forms import NO, YES, checked_items, council_choice, said_flags, said_texts
from gateway.pages.showing import error_list, faults_of, fresh_key, next_address, submit
from gateway.pages.words import words
from gateway.schemas.safeguarding import ALLEGED_KINDS, CATEGORIES, NewConcern
from gateway.services import SAFEGUARDING
from gateway.strict import refuse
from shared.errors import FieldError, Invalid

TEXTS = (
    "council_id",
    "person_id",
    "description",
    "alleged_kind",
    "alleged_id",
    "consent_not_sought_reason",
    "wishes",
)
FLAGS = ("urgent", "consent_sought")
SENTENCES = {
    "council_id": "Choose the council.",
    "person_id": "Enter the reference of the person who may be at risk.",
    "categories": "Choose at least one kind of harm.",
    "description": "Say what you have seen or been told.",
}

safeguarding_pages = Blueprint("safeguarding_pages", __name__)


@safeguarding_pages.get("/raise-a-concern")
@serves("pages.raise_concern")
def concern_form() -> str:
    """The form, with what the link already knew."""
    return _form(request.args.to_dict(), [], [])


@safeguarding_pages.post("/raise-a-concern")
@serves("concerns.raise")
def raise_concern() -> str | tuple[str, int]:
    """Raises the concern; what is missing or wrong is said beside its field."""
    try:
        concern = submit(SAFEGUARDING, "raise_concern", _given())
    except Invalid as refusal:
        errors = [_in_plain_words(error) for error in refusal.errors]
        return _form(request.form.to_dict(), request.form.getlist("categories"), errors), 422
    return render_template("concern_raised.html", concern=concern)


@safeguarding_pages.get("/alerts")
@serves("pages.alerts")
def alerts() -> str:
    """Alerts, those that wait first."""
    query: dict[str, Any] = {"limit": gateway().settings.page_size}
    query |= {"after": request.args["after"]} if request.args.get("after") else {}
    page = ask(SAFEGUARDING, "list_alerts", query)
    return render_template(
        "alerts.html",
        alerts=page["items"],
        next=page["next"],
        next_address=next_address(page["next"]),
        done=request.args.get("done") == YES,
        key=fresh_key(),
    )


@safeguarding_pages.get("/concerns/<id:concern_id>")
@serves("pages.concern")
def concern_page(concern_id: str) -> str:
    """One concern, for safeguarding."""
    concern = ask(SAFEGUARDING, "get_concern", {"id": concern_id})
    history = ask(SAFEGUARDING, "concern_history", {"id": concern_id})["items"]
    return render_template("concern_read.html", concern=concern, history=history)


@safeguarding_pages.post("/alerts/<id:alert_id>/acknowledge")
@serves("alerts.acknowledge")
def acknowledge(alert_id: str) -> Response:
    """Takes an alert in hand."""
    submit(SAFEGUARDING, "acknowledge_alert", {"id": alert_id})
    return redirect(url_for("safeguarding_pages.alerts", done=YES), 303)


def _given() -> dict[str, Any]:
    """What the form says, in the shape of the API. Raises `Invalid`."""
    given = said_texts(TEXTS) | said_flags(FLAGS) | {"categories": request.form.getlist("categories")}
    try:
        return dict(NewConcern().load(given))
    except ValidationError as error:
        refuse(error)


def _in_plain_words(error: FieldError) -> FieldError:
    """What an empty box asks for, in words for people; other errors speak for themselves."""
    if error.rule not in ("required", "length") or request.form.get(error.field, "").strip():
        return error
    return replace(error, message=SENTENCES.get(error.field, error.message))


def _form(given: dict[str, str], categories: Iterable[str], errors: Iterable[FieldError]) -> str:
    errors = list(errors)
    _, councils = council_choice(given.get("council_id", ""))
    return render_template(
        "concern.html",
        given=given,
        errors=errors,
        error_list=error_list(errors),
        faults=faults_of(errors),
        council_items=councils,
        category_items=checked_items({name: words(name) for name in CATEGORIES}, categories),
        alleged_items=checked_items({name: words(name) for name in ALLEGED_KINDS}, [given.get("alleged_kind", "")]),
        urgent_items=checked_items({YES: "Yes", NO: "No"}, [given.get("urgent", "")]),
        consent_items=checked_items({YES: "Yes", NO: "No"}, [given.get("consent_sought", "")]),
        key=fresh_key(),
    )
