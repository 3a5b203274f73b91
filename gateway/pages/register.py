"""Finding a personal assistant: a search for those signed in who may, rounded totals for anyone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, render_template, request
from marshmallow import ValidationError

from gateway.api import serves
from gateway.asking import ask, gateway, may
from gateway.pages.showing import error_list, faults_of, next_address
from gateway.pages.words import facet, words
from gateway.routes.pa_registry import selections
from gateway.schemas.pa_registry import RADII_MILES, Search
from gateway.services import PA_REGISTRY
from gateway.strict import refuse
from shared.errors import FieldError, StewardError

TEXTS = ("q", "postcode", "radius_miles")

register_pages = Blueprint("register_pages", __name__)


@register_pages.get("/find-a-personal-assistant")
@serves("pages.find_personal_assistant")
def find() -> str | tuple[str, int]:
    """The search page, or the totals for whoever may not search."""
    if not may("personal_assistants.search"):
        return render_template("register_summary.html", councils=[_summary(name) for name in _councils()])
    try:
        found = ask(PA_REGISTRY, "search_personal_assistants", {**_query(), "selections": selections()})
    except StewardError as refusal:
        if not refusal.errors:
            raise
        return _page(None, refusal.errors), 422
    return _page(found, ())


def _query() -> dict[str, Any]:
    """What was asked for; empty boxes of the form count as not asked. Raises `Invalid`."""
    asked = {name: request.args[name].strip() for name in (*TEXTS, "after") if request.args.get(name, "").strip()}
    if "postcode" not in asked:
        asked.pop("radius_miles", None)
    elif "q" not in asked:
        asked["sort"] = "distance"
    try:
        return dict(Search().load(asked))
    except ValidationError as error:
        refuse(error)


def _page(found: Mapping[str, Any] | None, errors: Iterable[FieldError]) -> str:
    errors = list(errors)
    given = {name: request.args.get(name, "") for name in TEXTS}
    return render_template(
        "find.html",
        found=found,
        given=given,
        errors=error_list(errors),
        faults=faults_of(errors),
        facets=_facets(found) if found else [],
        radius_items=_radii(given["radius_miles"]),
        may_raise=may("concerns.raise"),
        next_address=next_address(found["next"] if found else None),
    )


def _radii(chosen: str) -> list[dict[str, Any]]:
    return [{"value": miles, "text": f"{miles} miles", "selected": str(miles) == chosen} for miles in RADII_MILES]


def _facets(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every facet with its values and exact counts, those chosen ticked."""
    return [_facet(name, counts) for name, counts in found["facets"].items()]


def _facet(name: str, counts: Mapping[str, int]) -> dict[str, Any]:
    chosen = set(request.args.getlist(name))
    items = [
        {"value": value, "text": f"{words(value)} ({count})", "checked": value in chosen}
        for value, count in counts.items()
    ]
    return {"name": name, "label": facet(name), "items": items, "open": bool(chosen)}


def _councils() -> tuple[str, ...]:
    return gateway().policies.councils()


def _summary(council_id: str) -> dict[str, Any]:
    summary = ask(PA_REGISTRY, "summarise_personal_assistants", {"council_id": council_id})
    facets = [
        {"label": facet(name), "items": [{"label": words(value), "count": count} for value, count in counts.items()]}
        for name, counts in summary.get("facets", {}).items()
    ]
    return {"id": council_id, "summary": summary, "facets": facets}
