"""Clocks of several services as one list: nothing twice, nothing passed over, each page in order."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.clock_asking import merged


def a_clock(hour: int, clock_id: str) -> dict[str, Any]:
    return {"id": clock_id, "due_at": f"2026-03-02T{hour:02}:00:00.000Z"}


def a_page(clocks: list[dict[str, Any]], after: str | None, limit: int) -> dict[str, Any]:
    """What a service would answer: its clocks after a place, the first due first."""
    following = sorted((c for c in clocks if after is None or place(c) > after), key=place)
    items = following[:limit]
    return {"items": items, "next": place(items[-1]) if len(items) == limit else None}


def place(clock: dict[str, Any]) -> str:
    return f"{clock['due_at']}|{clock['id']}"


@settings(max_examples=50, deadline=None)
@given(
    one=st.lists(st.integers(0, 23), max_size=8),
    other=st.lists(st.integers(0, 23), max_size=8),
    limit=st.integers(1, 5),
)
def test_following_next_to_the_end_gives_every_clock_once_and_in_order(
    one: list[int], other: list[int], limit: int
) -> None:
    mine = [a_clock(hour, f"clk-a{n}") for n, hour in enumerate(one)]
    theirs = [a_clock(hour, f"clk-b{n}") for n, hour in enumerate(other)]
    seen, after, pages = [], None, 0

    while pages == 0 or after is not None:
        page = merged([a_page(mine, after, limit), a_page(theirs, after, limit)], limit)
        seen, after, pages = [*seen, *page["items"]], page["next"], pages + 1
        assert len(page["items"]) <= limit
        assert pages <= len(mine) + len(theirs) + 1

    assert seen == sorted([*mine, *theirs], key=place)
