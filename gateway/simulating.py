"""Other rules tried on the records of every service with clocks: one list, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.asking import ask
from shared.policy.simulating import WHO_TELLS

Fields = dict[str, Any]
SERVICES = tuple(WHO_TELLS)


def simulated(asked: Mapping[str, Any]) -> Fields:
    """A page of what would change: one service's after another's. The cursor says whose the page is, and where in it."""
    service, after = _place(asked.get("after"))
    page: Fields = ask(service, WHO_TELLS[service], {**asked, "after": after})
    if page["next"] is not None:
        return page | {"next": f"{service}/{page['next']}"}
    following = SERVICES[SERVICES.index(service) + 1 :]
    return page | {"next": f"{following[0]}/" if following else None}


def _place(cursor: str | None) -> tuple[str, str | None]:
    service, _, after = (cursor or "").partition("/")
    if service in WHO_TELLS:
        return service, after or None
    return SERVICES[0], cursor
