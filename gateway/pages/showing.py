"""What every page needs: who is looking, where they may go, and forms that are safe to send twice."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Flask, g, request

from gateway.asking import caller, caller_or_none, gateway
from gateway.permissions import PUBLIC
from gateway.strict import malformed
from shared.context import Caller
from shared.errors import FieldError, NotFound, StewardError, Unavailable

NAVIGATION = (
    ("Now", "/", "pages.home"),
    ("Referrals", "/referrals", "pages.referrals"),
    ("Waiting list", "/waiting", "pages.waiting"),
    ("Make a referral", "/make-a-referral", "pages.make_referral"),
    ("Deadlines", "/deadlines", "pages.clocks"),
    ("Case work", "/case-work", "pages.case_work"),
    ("Complaints", "/complaints", "pages.complaints"),
    ("Find a personal assistant", "/find-a-personal-assistant", "pages.find_personal_assistant"),
    ("Funds", "/funds", "pages.funds"),
    ("Money", "/money", "pages.money"),
    ("Raise a concern", "/raise-a-concern", "pages.raise_concern"),
    ("Alerts", "/alerts", "pages.alerts"),
    ("Rules", "/rules", "pages.rules"),
    ("Set aside", "/set-aside", "pages.set_aside"),
)
LONGEST_KEY = 100

T = TypeVar("T")


def add_layout(app: Flask) -> None:
    """Gives every template what the layout needs."""
    app.context_processor(layout)


def layout() -> dict[str, Any]:
    """Who is signed in, and the pages that they may open."""
    who = g.get("who")
    roles = (caller_or_none().roles if caller_or_none() else ()) or (PUBLIC,)  # type: ignore[union-attr]
    development = gateway().identity.sign_in is not None
    return {
        "platform_name": gateway().settings.platform_name,
        "navigation": _navigation(roles),
        "signed_in_as": (who.name or who.actor_id) if who else None,
        "can_sign_in": development,
        "can_sign_out": development,
        "development": development,
        "now": gateway().clock.now().isoformat(),
    }


def unless_away(question: Callable[[], T]) -> T | None:
    """The answer, or nothing when its service is away: a page shows what it can."""
    try:
        return question()
    except Unavailable:
        return None


def unless_missing(question: Callable[[], T]) -> T | None:
    """The answer, or nothing where there is no such record."""
    try:
        return question()
    except StewardError as refusal:
        if refusal.problem()["kind"] != NotFound.kind:
            raise
        return None


def fresh_key() -> str:
    """A key for a form, so that sending it twice does its work once."""
    return uuid.uuid4().hex


def form_key() -> str:
    """The key of the form that was sent. Raises `Malformed` without one."""
    key = request.form.get("key", "")
    if not 0 < len(key) <= LONGEST_KEY:
        raise malformed("key", "required", "Go back, load the page again and send the form once more.")
    return key


def submit(service: str, method: str, payload: dict[str, Any], *, as_nobody: bool = False) -> dict[str, Any]:
    """Sends a form's content to a service under the form's key; `as_nobody` without who sent it. Raises `Malformed` without one."""
    who = _nobody() if as_nobody else caller()
    return gateway().services.call(service, method, payload, replace(who, idempotency_key=form_key()))


def _nobody() -> Caller:
    """Somebody who is not signed in, whoever it is."""
    return Caller(actor_id=PUBLIC, roles=(PUBLIC,), councils=(), correlation_id=caller().correlation_id)


def faults_of(errors: Iterable[FieldError]) -> dict[str, dict[str, str]]:
    """Each field's first error, as the form components want it."""
    faults: dict[str, dict[str, str]] = {}
    for error in errors:
        faults.setdefault(error.field.partition(".")[0], {"text": error.message})
    return faults


def error_list(errors: Iterable[FieldError]) -> list[Mapping[str, str]]:
    """The errors for the summary at the top, each leading to its field."""
    return [{"text": error.message, "href": f"#{error.field.partition('.')[0]}"} for error in errors]


def next_address(cursor: str | None) -> str:
    """The address of the next page of the list that is shown."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "after"]
    return f"{request.path}?{urlencode([*kept, ('after', cursor or '')])}"


def _navigation(roles: Iterable[str]) -> list[dict[str, Any]]:
    held = tuple(roles)
    allowed = gateway().permissions.allows
    return [
        {"text": text, "href": address, "current": request.path == address}
        for text, address, operation in NAVIGATION
        if allowed(operation, held)
    ]
