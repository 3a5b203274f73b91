"""The councils' rules for people: what holds, why, and what another pack would change before it is published."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gateway.api import serves
from gateway.asking import ask, caller, gateway, may
from gateway.pages.forms import NOT_ABOUT_ANSWERS
from gateway.pages.showing import error_list, faults_of, fresh_key, submit
from gateway.pages.words import words
from gateway.problems import STATUS_BY_KIND
from gateway.services import REFERRALS
from gateway.simulating import simulated
from shared.errors import FieldError, NotFound, StewardError
from shared.policy.builtin import BuiltinPacks
from shared.policy.source import pack_texts
from shared.policy.views import clock_view

rules_pages = Blueprint("rules_pages", __name__)

Fields = dict[str, Any]
MOST_PAGES = 50
"""How many pages of referrals a page for people looks through; the API and the command go through all."""
MOST_LINES = 200
VERSION = re.compile(r"[a-z][a-z0-9-]*/[0-9]{4}-[0-9]{2}-[0-9]{2}")


@rules_pages.get("/rules")
@serves("pages.rules")
def rules() -> str:
    """Every council's packs, and which holds today."""
    packs = ask(REFERRALS, "list_policy_packs")["items"]
    return render_template("rules.html", packs=packs)


@rules_pages.get("/rules/<id:council_id>")
@serves("pages.rules")
def council_rules(council_id: str) -> str:
    """One council's rules of a day, today's if none is named, each with its clause; narrowed by words."""
    on = {"on": request.args["on"]} if request.args.get("on") else {}
    pack = ask(REFERRALS, "get_policy_pack", {"council_id": council_id, **on})
    wanted = request.args.get("q", "").strip()
    limits = _limits(pack["version"])
    clocks = [clock | {"limits": limits.get(clock["name"], "")} for clock in pack["clocks"]]
    values = [value | {"shown": _in_short(value)} for value in pack["values"]]
    return render_template(
        "rules_council.html",
        pack=pack,
        wanted=wanted,
        clocks=[one for one in clocks if _has(one, wanted, "starts", "stops", "id", "limits")],
        values=[one for one in values if _has(one, wanted, "shown")],
        versions=_versions(council_id),
        may_try=_may_try(council_id),
        published=_published(),
    )


@rules_pages.get("/rules/<id:council_id>/differences")
@serves("policies.compare")
def differences(council_id: str) -> str:
    """What two versions do not have alike."""
    pair = {name: request.args.get(name, "") for name in ("before", "after")}
    found = ask(REFERRALS, "show_policy_difference", {"council_id": council_id, **pair})
    items = [one | {"sides": [_side(one[side]) for side in ("before", "after")]} for one in found["items"]]
    return render_template("rules_differences.html", council_id=council_id, found=found, items=items)


@rules_pages.get("/rules/<id:council_id>/try")
@serves("policies.simulate")
def pack_form(council_id: str) -> str:
    """The form to try other rules, begun with a version that is built in where the address names one."""
    return _form(council_id, content=_built_in(council_id, request.args.get("from", "")))


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
        may_read_referrals=may("pages.referral"),
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
        page = simulated(asked)
        yield page
        if page["next"] is None:
            return
        asked["after"] = page["next"]


def _refused(council_id: str, content: str, refusal: StewardError) -> tuple[str, int]:
    """The form again with what was typed, and every fault at its one box. Raises what is no matter of the pack."""
    kind = str(refusal.problem()["kind"])
    if kind in NOT_ABOUT_ANSWERS or kind not in STATUS_BY_KIND:
        raise refusal
    found = refusal.errors or (FieldError(field="content", rule="invalid", message=refusal.detail),)
    errors = [FieldError(field="content", rule=each.rule, message=_sentence(each)) for each in found]
    return _form(council_id, content=content, errors=errors), STATUS_BY_KIND[kind]


def _sentence(error: FieldError) -> str:
    return error.message if error.field == "content" else f"{error.field}: {error.message}"


def _form(council_id: str, *, content: str, errors: Sequence[FieldError] = ()) -> str:
    versions = _versions(council_id)
    return render_template(
        "rules_try.html",
        council_id=council_id,
        content=content,
        built_in=[one for one in versions if _built_in(council_id, one["version"])],
        error_list=error_list(errors),
        faults=faults_of(errors),
    )


def _versions(council_id: str) -> list[Fields]:
    """The council's versions, the newest first, each with the one before it."""
    packs = [one for one in ask(REFERRALS, "list_policy_packs")["items"] if one["council_id"] == council_id]
    if not packs:
        raise NotFound(f"there is no policy pack for {council_id}")
    before: list[Fields] = [{}, *packs]
    return [pack | {"before": older.get("version", "")} for pack, older in zip(packs, before, strict=False)][::-1]


def _built_in(council_id: str, version: str) -> str:
    """The text of a version that comes with the platform; nothing for one that was published."""
    if not version.startswith(f"{council_id}/"):
        return ""
    return next((pack.text for pack in pack_texts(BuiltinPacks()) if pack.version == version), "")


def _may_try(council_id: str) -> bool:
    return may("policies.simulate") and caller().may_see(council_id)


def _published() -> str:
    """The version that has just been published, which the address names."""
    version = request.args.get("published", "")
    return version if VERSION.fullmatch(version) else ""


def _limits(version: str) -> dict[str, str]:
    """Each deadline's limits in words; none for a version that this gateway has not learned of yet."""
    try:
        pack = gateway().policies.version(version)
    except NotFound:
        return {}
    return {name: _limit(clock_view(clock)) for name, clock in pack.clocks.items()}


def _limit(clock: Mapping[str, Any]) -> str:
    if clock.get("unset"):
        return "Left open"
    first, later = " or ".join(clock["limits"]), clock.get("then")
    again = [f"{'then every' if first else 'Every'} {later['every']}"] if later else []
    return "; ".join([*([first] if first else []), *again])


def _has(rule: Mapping[str, Any], wanted: str, *names: str) -> bool:
    """Whether a rule has the words that somebody looks for."""
    text = " ".join(str(rule.get(name) or "") for name in ("name", "clause", "note", "title", *names)).lower()
    return all(word in text or word in text.replace("_", " ") for word in wanted.lower().split())


def _side(side: Mapping[str, Any] | None) -> str:
    """One side of a difference in short."""
    if side is None:
        return "–"
    if "starts" in side:
        return _limit(side)
    if "opens" in side:
        return f"{', '.join(map(words, side['days']))}, {side['opens']} to {side['closes']}"
    return _in_short({"unset": False, **side})


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
