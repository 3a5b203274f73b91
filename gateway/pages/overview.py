"""The front page: the platform's live picture, as far as one may see it; and what errors mean."""

from __future__ import annotations

from itertools import chain
from typing import Any
from urllib.parse import quote

from flask import Blueprint, render_template

from gateway import clock_asking
from gateway.api import API_PREFIX, serves
from gateway.asking import ask, gateway, may
from gateway.feed import FeedItem
from gateway.pages.showing import unless_away
from gateway.pages.words import council
from gateway.problems import MEANINGS
from gateway.readiness import platform_state
from gateway.routes.streams import Position, scope_of
from gateway.services import SAFEGUARDING, SERVICES

SHOWN = 10

overview = Blueprint("overview", __name__)


@overview.get("/")
@serves("pages.home")
def home() -> str:
    """What is happening now."""
    view: dict[str, Any] = {"services": platform_state().services, "figures": may("operations.health")}
    if may("alerts.list"):
        view["alerts"] = unless_away(open_alerts)
    if may("clocks.list"):
        view["clocks"] = unless_away(overdue_clocks)
    if may("streams.events"):
        view |= _latest_events()
    return render_template("home.html", view=view)


@overview.get("/problems")
@serves("pages.problems")
def problems() -> str:
    """What each kind of error means, and what to do about it."""
    return render_template("problems.html", meanings=MEANINGS)


def open_alerts() -> list[dict[str, Any]]:
    """Alerts that nobody has in hand."""
    return list(ask(SAFEGUARDING, "list_alerts", {"open": True, "limit": gateway().settings.page_limit})["items"])


def overdue_clocks() -> list[dict[str, Any]]:
    """The first few deadlines that have passed."""
    return list(clock_asking.list_clocks({"overdue": True, "limit": SHOWN})["items"])


def _latest_events() -> dict[str, Any]:
    """The newest events in the caller's scope, and the stream's address from there on."""
    scope = scope_of("events")
    by_service = [[item for item in _newest(service) if scope.admits(item)] for service in SERVICES]
    position = Position()
    for items in filter(None, by_service):
        position.move(items[-1])
    together = [*chain.from_iterable(by_service)][::-1]  # of one instant, the later in its stream comes first
    newest = sorted(together, key=lambda item: item.time, reverse=True)
    return {
        "events": newest[: gateway().settings.recent_events],
        "councils": {council_id: council(council_id) for council_id in gateway().policies.councils()},
        "stream": f"{API_PREFIX}/streams/events?after={quote(position.write())}",
    }


def _newest(service: str) -> list[FeedItem]:
    """More than are shown, because most can be another council's."""
    limit = gateway().settings.feed_page
    return unless_away(lambda: gateway().feed.feeds.newest(service, limit)[0]) or []
