"""Funds and the spends refused them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Literal

from services.ledger.model.funds import Fund, is_officer
from services.ledger.model.refusals import RefusedSpend
from shared.context import EVERY_COUNCIL, Caller
from shared.messaging.aggregates import Aggregates, Found, Kind, collection_of
from shared.store.documents import (
    AnyOf,
    Condition,
    Equal,
    Field,
    Order,
)
from shared.store.records import dump_record, load_record

AT_ONCE = 500
"""Funds fetched in one page while all are gone through."""

NEWEST: tuple[str, Literal["descending"]] = ("state.opened_on", "descending")
NEWEST_FIRST = "newest-first"


def _narrowed(name: str, *paths: str) -> Order:
    """What is asked for together, in one index in its order, so that a page costs the same however many other funds there are."""
    return Order(name=name, by=(*((path, "ascending") for path in paths), NEWEST))


NARROWED = (
    _narrowed("of-person", "state.person_id"),
    _narrowed("of-provider", "state.provider_id"),
    _narrowed("of-council-and-status", "council_id", "state.status"),
    _narrowed("of-council", "council_id"),
)
"""The orders of lists that are narrowed, the narrowest first."""
FUNDS = collection_of(
    "funds",
    fields=(
        Field(path="state.person_id"),
        Field(path="state.readers", kind="texts"),
        Field(path="state.provider_id"),
        Field(path="state.status"),
        Field(path="state.opened_on"),
    ),
    orders=(Order(name=NEWEST_FIRST, by=(NEWEST,)), *NARROWED),
)
REFUSED_SPENDS = collection_of(
    "refused_spends",
    fields=(Field(path="state.fund_id"), Field(path="state.asked_at", kind="instant")),
    orders=(Order(name="newest-first", by=(("state.asked_at", "descending"),)),),
)


def _dump(fund: Fund) -> dict[str, Any]:
    """The fund's state and, beside it, what its index of readers needs: each alone, and as a reader of the fund's council."""
    state: dict[str, Any] = dump_record(fund)
    return state | {"readers": [*fund.readers, *(_of_council(fund.council_id, reader) for reader in fund.readers)]}


def _of_council(council_id: str, reader: str) -> str:
    return f"{council_id}/{reader}"


FUND = Kind[Fund](name="fund", dump=_dump, load=partial(load_record, Fund))
REFUSED_SPEND = Kind[RefusedSpend](name="refused spend", dump=dump_record, load=partial(load_record, RefusedSpend))


def funds_visible_to(
    caller: Caller,
    funds: Aggregates[Fund],
    *,
    council_id: str | None = None,
    person_id: str | None = None,
    provider_id: str | None = None,
    status: str | None = None,
    after: str | None = None,
    limit: int,
) -> Found[Fund]:
    """Funds that are the caller's to see and match, the newest first. Raises `BadCursor`."""
    wanted = {
        "council_id": council_id,
        "state.person_id": person_id,
        "state.provider_id": provider_id,
        "state.status": status,
    }
    where = [*_open_to(caller), *(Equal(path=path, value=value) for path, value in wanted.items() if value is not None)]
    return funds.find(where, order=_order_for(where), after=after, limit=limit)


def every_fund_id(funds: Aggregates[Fund]) -> Iterator[str]:
    """The ids of all funds there are."""
    after: str | None = None
    while True:
        found = funds.find(after=after, limit=AT_ONCE)
        yield from (stored.id for stored in found.items)
        if (after := found.next) is None:
            return


def refused_spends_of(
    fund_id: str, refusals: Aggregates[RefusedSpend], *, after: str | None = None, limit: int
) -> Found[RefusedSpend]:
    """The fund's refused spends, the newest first. Raises `BadCursor`."""
    where = [Equal(path="state.fund_id", value=fund_id)]
    return refusals.find(where, order="newest-first", after=after, limit=limit)


def _order_for(where: Sequence[Condition]) -> str:
    """The order whose index holds what is asked for together."""
    equal = {condition.path for condition in where if isinstance(condition, Equal)}
    fitting = [order for order in NARROWED if {path for path, _ in order.by[:-1]} <= equal]
    return fitting[0].name if fitting else NEWEST_FIRST


def _open_to(caller: Caller) -> list[Condition]:
    """The conditions that `Fund.is_open_to` and the token's councils set."""
    in_every_council = EVERY_COUNCIL in caller.councils
    if caller.organisation_id is None and not is_officer(caller):
        named = [_of_council(council_id, caller.actor_id) for council_id in caller.councils]
        return [_one_of("state.readers", [caller.actor_id] if in_every_council else named)]
    where = [] if in_every_council else [_one_of("council_id", caller.councils)]
    if caller.organisation_id is not None:
        where.append(Equal(path="state.provider_id", value=caller.organisation_id))
    return where


def _one_of(path: str, values: Sequence[str]) -> Condition:
    return Equal(path=path, value=values[0]) if len(values) == 1 else AnyOf(path=path, values=list(values))
