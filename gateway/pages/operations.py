"""For operators: the messages that services have set aside, and what can be done with one."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gateway.api import serves
from gateway.asking import ask, gateway, may
from gateway.pages.showing import fresh_key, submit, unless_away
from gateway.services import SERVICES
from shared.errors import NotFound

DONE = {
    "tried": "The message has been tried again.",
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
    held = ask(_known(service), "show_held", {"id": message_id})
    return render_template("set_aside_message.html", service=service, held=held, content=_shown(held), key=fresh_key())


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


def _back(done: str) -> Response:
    return redirect(url_for("operations_pages.set_aside", done=done), 303)


def _shown(held: dict[str, Any]) -> str:
    return json.dumps(held.get("envelope") or held.get("raw") or {}, indent=2, ensure_ascii=False)


def _known(service: str) -> str:
    if service not in SERVICES:
        raise NotFound(f"there is no service {service}")
    return service
