"""Clocks of every service that keeps some: one list by due instant, and each clock wherever it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from heapq import merge
from typing import Any

from gateway.asking import ask, change, may
from gateway.services import LEDGER, REFERRALS
from shared.dates import parse_instant
from shared.errors import NotFound, StewardError
from shared.policy.clock_list import place_of

KEEPERS = (REFERRALS, LEDGER)
"""The services with clocks. Each lists its own by due instant; a cursor of one is a place in all of them."""
Fields = dict[str, Any]


def list_clocks(query: Mapping[str, Any]) -> Fields:
    """A page of all services' clocks, the one due first at the top.

    Where a service has not listed everything up to the end of another's page, the page ends there.
    """
    pages = [ask(service, "list_clocks", dict(query)) for service in KEEPERS]
    return merged(pages, int(query["limit"]))


def merged(pages: list[Fields], limit: int) -> Fields:
    """One page of these. What stands after a page's cursor is left to the following page, so that nothing is passed over."""
    ends = [page["next"] for page in pages if page["next"] is not None]
    known_up_to = min(ends, default=None)
    clocks = merge(*(sorted(page["items"], key=_place) for page in pages), key=_place)
    within = [clock for clock in clocks if known_up_to is None or _place(clock) <= known_up_to]
    if len(within) > limit:
        return {"items": within[:limit], "next": _place(within[limit - 1])}
    return {"items": within, "next": known_up_to}


def get_clock(clock_id: str) -> Fields:
    """One clock. Raises `NotFound` when no service has it."""
    return _of_whoever_has_it(lambda service: ask(service, "get_clock", {"id": clock_id}))


def explained(clocks: Iterable[Fields], *, service: str) -> list[Fields]:
    """A record's clocks, each with how it was worked out for who may read that; `service` has them."""
    return [ask(service, "get_clock", {"id": clock["id"]}) if may("clocks.read") else clock for clock in clocks]


def change_clock(method: str, payload: Fields) -> Fields:
    """Changes a clock where it runs. Raises `NotFound` when no service has it."""
    return _of_whoever_has_it(lambda service: change(service, method, payload))


def _of_whoever_has_it(asking: Callable[[str], Fields]) -> Fields:
    for service in KEEPERS[:-1]:
        try:
            return asking(service)
        except StewardError as refusal:
            if refusal.problem()["kind"] != NotFound.kind:
                raise
    return asking(KEEPERS[-1])


def _place(clock: Mapping[str, Any]) -> str:
    return place_of(parse_instant(clock["due_at"]), clock["id"])
