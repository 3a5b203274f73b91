"""The councils' rules for people: what holds, why, and what another pack would change before it is published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gateway.api import serves
from gateway.asking import ask, caller, may
from gateway.pages.showing import error_list, faults_of, fresh_key, submit
from gateway.services import REFERRALS
from shared.errors import FieldError, Invalid, StewardError

rules_pages = Blueprint("rules_pages", __name__)

Fields = dict[str, Any]
MOST_PAGES = 50
"""How many pages of referrals a page for people looks through; the API and the command go through all."""
MOST_LINES = 200


@rules_pages.get("/rules")
@serves("pages.rules")
def rules() -> str:
    """Every council's packs, and which holds today."""
    packs = ask(REFERRALS, "list_policy_packs")["items"]
    return render_template("rules.html", packs=packs)


@rules_pages.get("/rules/<id:council_id>")
@serves("pages.rules")
def council_rules(council_id: str) -> str:
    """One council's rules today, each with its clause; and the form to try others, for those who may."""
    return _council(council_id)


@rules_pages.post("/rules/<id:council_id>/try")
@serves("policies.simulate")
def try_pack(council_id: str) -> str | tuple[str, int]:
    """What the pack in the form would change; a pack that is not valid is shown again with what is wrong."""
    content = request.form.get("content", "")
    try:
        found = list(_pages(council_id, content))
    except StewardError as refusal:
        return _refused(council_id, content, refusal)
    effects = [effect for page in found for effect in page["items"]]
    return render_template(
        "rules_tried.html",
        council_id=council_id,
        tried=found[-1],
        content=content,
        looked_at=sum(page["looked_at"] for page in found),
        counts=Counter(effect["kind"] for effect in effects),
        breaches=sum(effect["would_breach"] for effect in effects),
        effects=effects[:MOST_LINES],
        listed=len(effects),
        may_publish=may("policies.publish") and caller().may_see(council_id),
        key=fresh_key(),
    )


@rules_pages.post("/rules/<id:council_id>/publish")
@serves("policies.publish")
def publish_pack(council_id: str) -> Response | tuple[str, int]:
    """Publishes the pack in the form."""
    content = request.form.get("content", "")
    try:
        done = submit(REFERRALS, "publish_policy_pack", {"council_id": council_id, "content": content})
    except StewardError as refusal:
        return _refused(council_id, content, refusal)
    return redirect(url_for("rules_pages.council_rules", council_id=council_id, published=done["version"]), 303)


def _pages(council_id: str, content: str) -> Iterator[Fields]:
    asked: Fields = {"council_id": council_id, "content": content}
    for _ in range(MOST_PAGES):
        page = ask(REFERRALS, "list_policy_effects", asked)
        yield page
        if page["next"] is None:
            return
        asked["after"] = page["next"]


def _refused(council_id: str, content: str, refusal: StewardError) -> tuple[str, int]:
    """The form again, with every fault at its one box. Raises the refusal if it is not about the pack."""
    if refusal.problem()["kind"] != Invalid.kind:
        raise refusal
    found = refusal.errors or (FieldError(field="content", rule="invalid", message=refusal.detail),)
    errors = [FieldError(field="content", rule=each.rule, message=_sentence(each)) for each in found]
    return _council(council_id, content=content, errors=errors), 422


def _sentence(error: FieldError) -> str:
    return error.message if error.field == "content" else f"{error.field}: {error.message}"


def _council(council_id: str, *, content: str = "", errors: Sequence[FieldError] = ()) -> str:
    pack = ask(REFERRALS, "get_policy_pack", {"council_id": council_id})
    return render_template(
        "rules_council.html",
        pack=pack,
        values=[value | {"shown": _in_short(value)} for value in pack["values"]],
        content=content,
        error_list=error_list(errors),
        faults=faults_of(errors),
        may_try=may("policies.simulate") and caller().may_see(council_id),
        published=request.args.get("published", ""),
        key=fresh_key(),
    )


def _in_short(value: Mapping[str, Any]) -> str:
    if value["unset"]:
        return "Left open"
    given = value["value"]
    if isinstance(given, bool):
        return "Yes" if given else "No"
    if not isinstance(given, list):
        return str(given)
    texts = [row.get("label") or row.get("summary") or "" if isinstance(row, Mapping) else str(row) for row in given]
    return "; ".join(text for text in texts if text)
