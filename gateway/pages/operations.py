"""For operators: the messages that services have set aside, and what can be done with one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gateway.api import serves
from gateway.asking import ask, gateway, may
from gateway.pages.showing import error_list, faults_of, fresh_key, submit, unless_away
from gateway.services import SERVICES
from shared.errors import FieldError, Invalid, NotFound, StewardError, invalid
from shared.strict_json import read_strict_json

DONE = {
    "tried": "The message has been tried again.",
    "edited": "An edited copy stands in the message's place; the original is kept. Try it again now.",
    "given-up": "The message is given up. Who, when and why are kept.",
}

operations_pages = Blueprint("operations_pages", __name__)


@operations_pages.get("/set-aside")
@serves("pages.set_aside")
def set_aside() -> str:
    """What each service has set aside, the oldest first; one that does not answer is named."""
    limit = gateway().settings.page_limit
    pages = {name: unless_away(partial(ask, name, "list_held", {"limit": limit})) for name in SERVICES}
    held = [{"service": name, **line} for name, page in pages.items() if page for line in page["items"]]
    return render_template(
        "set_aside.html",
        held=held,
        more=[name for name, page in pages.items() if page and page["next"]],
        away=[name for name, page in pages.items() if page is None],
        may_read=may("operations.read_parked"),
        done=DONE.get(request.args.get("done", "")),
    )


@operations_pages.get("/set-aside/<id:service>/<id:message_id>")
@serves("pages.set_aside_message")
def message(service: str, message_id: str) -> str:
    """One message: why it is set aside, what it holds, what was edited in it, how it ended."""
    return _message(_known(service), message_id)


@operations_pages.post("/set-aside/<id:service>/<id:message_id>/replay")
@serves("operations.replay_parked")
def try_again(service: str, message_id: str) -> Response:
    """Tries it again, and what waits behind it."""
    submit(_known(service), "replay_held", {"id": message_id})
    return _back("tried")


@operations_pages.post("/set-aside/<id:service>/<id:message_id>/discard")
@serves("operations.discard_parked")
def give_up(service: str, message_id: str) -> Response:
    """Gives it up, with the reason."""
    submit(_known(service), "discard_held", {"id": message_id, "reason": request.form.get("reason", "").strip()})
    return _back("given-up")


@operations_pages.post("/set-aside/<id:service>/<id:message_id>/edit")
@serves("operations.edit_parked")
def edit(service: str, message_id: str) -> Response | tuple[str, int]:
    """Puts a copy with other data in its place; what can't be taken is shown again with what is wrong."""
    given = {name: request.form.get(name, "").strip() for name in ("data", "reason")}
    try:
        data = _data(given["data"])
        submit(_known(service), "edit_held", {"id": message_id, "data": data, "reason": given["reason"]})
    except StewardError as refusal:
        if refusal.problem()["kind"] != Invalid.kind:
            raise
        found = refusal.errors or [FieldError(field="data", rule="invalid", message=refusal.detail)]
        return _message(service, message_id, given=given, errors=[_at_its_field(each) for each in found]), 422
    return redirect(url_for("operations_pages.message", service=service, message_id=message_id, done="edited"), 303)


def _message(
    service: str, message_id: str, *, given: Mapping[str, str] | None = None, errors: Sequence[FieldError] = ()
) -> str:
    held = ask(service, "show_held", {"id": message_id})
    return render_template(
        "set_aside_message.html",
        service=service,
        held=held,
        content=_shown(held),
        given=given or {"data": _lines(held["envelope"]["data"]) if held.get("envelope") else "", "reason": ""},
        error_list=error_list(errors),
        faults=faults_of(errors),
        may_edit=may("operations.edit_parked"),
        done=DONE.get(request.args.get("done", "")),
        key=fresh_key(),
    )


def _data(text: str) -> dict[str, Any]:
    """The event's data as the form gives them. Raises `Invalid`."""
    data = read_strict_json(text.encode())
    if not isinstance(data, dict):
        raise invalid("data", "object", "Give the whole data, between { and }.")
    return data


def _at_its_field(error: FieldError) -> FieldError:
    """An error of one field within the data stands at the box that holds them all."""
    if error.field == "reason":
        return replace(error, field="edit-reason", message="Say why it is edited.")
    named = "" if error.field in ("data", "body") else f"{error.field}: "
    return replace(error, field="data", message=f"{named}{error.message}")


def _back(done: str) -> Response:
    return redirect(url_for("operations_pages.set_aside", done=done), 303)


def _shown(held: dict[str, Any]) -> str:
    return _lines(held.get("envelope") or held.get("raw") or {})


def _lines(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _known(service: str) -> str:
    if service not in SERVICES:
        raise NotFound(f"there is no service {service}")
    return service
