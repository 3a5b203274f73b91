"""Funds and the spends refused them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from services.ledger.model.funds import CLOSE_TO_THE_PERSON, Fund
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

FUNDS = collection_of(
    "funds",
    fields=(
        Field(path="state.person_id"),
        Field(path="state.readers", kind="texts"),
        Field(path="state.provider_id"),
        Field(path="state.status"),
        Field(path="state.opened_on"),
    ),
    orders=(Order(name="newest-first", by=(("state.opened_on", "descending"),)),),
)
REFUSED_SPENDS = collection_of(
    "refused_spends",
    fields=(Field(path="state.fund_id"), Field(path="state.asked_at", kind="instant")),
    orders=(Order(name="newest-first", by=(("state.asked_at", "descending"),)),),
)


def _dump(fund: Fund) -> dict[str, Any]:
    state: dict[str, Any] = dump_record(fund)
    return state | {"readers": list(fund.readers)}


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
    return funds.find(where, order="newest-first", after=after, limit=limit)


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


def _open_to(caller: Caller) -> list[Condition]:
    """The conditions that `Fund.is_open_to` and the token's councils set."""
    where: list[Condition] = []
    if EVERY_COUNCIL not in caller.councils:
        where.append(AnyOf(path="council_id", values=list(caller.councils)))
    if caller.organisation_id is not None:
        where.append(Equal(path="state.provider_id", value=caller.organisation_id))
    elif set(caller.roles) <= CLOSE_TO_THE_PERSON:
        where.append(Equal(path="state.readers", value=caller.actor_id))
    return where
