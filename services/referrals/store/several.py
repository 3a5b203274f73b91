"""One page of several councils' records: each council's own page, merged, so that it costs the same however many there are."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from shared.messaging.aggregates import Found
from shared.store.documents import BadCursor

S = TypeVar("S")
OVER = "over"
"""In a cursor: this council has no more."""


class FindInCouncil(Protocol[S]):
    """A page of one council's records, in the order that is merged."""

    def __call__(self, council_id: str, *, after: str | None, limit: int) -> Found[S]: ...


def find_in_councils(
    councils: Sequence[str],
    find: FindInCouncil[S],
    *,
    newest: Callable[[S], datetime],
    after: str | None,
    limit: int,
) -> Found[S]:
    """The newest of all councils first. Raises `BadCursor`.

    A council of which some records are on this page and some are not is asked once more, for where it goes on.
    """
    places = _read(after, councils)
    pages = {
        council_id: find(council_id, after=places[council_id], limit=limit)
        for council_id in councils
        if places[council_id] != OVER
    }
    found = [(council_id, stored) for council_id, page in pages.items() for stored in page.items]
    found.sort(key=lambda line: (-newest(line[1].state).timestamp(), line[1].id))
    chosen = found[:limit]
    taken = {council_id: sum(of == council_id for of, _ in chosen) for council_id in pages}
    following = {
        council_id: _place_after(council_id, page, taken[council_id], places[council_id], find)
        for council_id, page in pages.items()
    }
    rest = {council_id: following.get(council_id, OVER) for council_id in councils}
    is_last = all(place == OVER for place in rest.values())
    return Found(items=[stored for _, stored in chosen], next=None if is_last else _written(rest))


def _place_after(council_id: str, page: Found[S], taken: int, place: str | None, find: FindInCouncil[S]) -> str | None:
    if taken == len(page.items):
        return page.next if page.next is not None else OVER
    if taken == 0:
        return place
    return find(council_id, after=place, limit=taken).next or OVER


def _written(places: Mapping[str, str | None]) -> str:
    return base64.urlsafe_b64encode(json.dumps(places, separators=(",", ":")).encode()).decode().rstrip("=")


def _read(after: str | None, councils: Sequence[str]) -> dict[str, str | None]:
    if after is None:
        return dict.fromkeys(councils)
    try:
        places = json.loads(base64.b64decode(after.encode() + b"=" * (-len(after) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError) as error:
        raise BadCursor("this is not a cursor of this list") from error
    if not isinstance(places, dict) or set(places) != set(councils):
        raise BadCursor("the cursor belongs to another question")
    if not all(place is None or isinstance(place, str) for place in places.values()):
        raise BadCursor("the cursor has been changed")
    return places
