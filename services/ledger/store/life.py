"""Records that stand beside a fund, each with its clocks: duties, variations, notices."""

from __future__ import annotations

from functools import partial
from typing import Any, TypeVar

from services.ledger.model.about_funds import is_shown_to
from services.ledger.model.duties import FundDuties
from services.ledger.model.fund_notices import FundNotice
from services.ledger.model.shortfall import ForecastShortfall
from services.ledger.model.surplus import Surplus
from services.ledger.model.termination import Termination, is_termination_shown
from services.ledger.model.variations import Variation
from shared.context import EVERY_COUNCIL, Caller
from shared.events.fund_clocks import told_of_a_fund
from shared.messaging.aggregates import Aggregates, Found, Kind, collection_of
from shared.policy.clock_keeper import ClockBearing
from shared.policy.keeping import CLOCK_FIELDS, CLOCK_ORDERS, clock_index, clocks_due
from shared.store.documents import AnyOf, Collection, Condition, Equal, Field, Order
from shared.store.records import dump_record, load_record

S = TypeVar("S")


def _beside_a_fund(name: str, newest_by: str) -> Collection:
    return collection_of(
        name,
        fields=(
            Field(path="state.fund_id"),
            Field(path="state.person_id"),
            Field(path="state.provider_id"),
            Field(path=newest_by, kind="instant"),
            *CLOCK_FIELDS,
        ),
        orders=(Order(name="newest-first", by=((newest_by, "descending"),)), *CLOCK_ORDERS),
    )


def _dump(record: Any) -> dict[str, Any]:
    state: dict[str, Any] = dump_record(record)
    return state | clock_index(record.clocks)


def _kind(name: str, of: type[S]) -> Kind[S]:
    return Kind(name=name, dump=_dump, load=partial(load_record, of), told_as=told_of_a_fund)


FUND_DUTIES = collection_of("fund_duties", fields=(Field(path="state.provider_id"), *CLOCK_FIELDS), orders=CLOCK_ORDERS)
VARIATIONS = _beside_a_fund("variations", "state.opened_at")
FUND_NOTICES = _beside_a_fund("fund_notices", "state.noticed_at")
DUTIES: Kind[FundDuties] = _kind("fund's duties", FundDuties)
VARIATION: Kind[Variation] = _kind("variation", Variation)
FUND_NOTICE: Kind[FundNotice] = _kind("notice", FundNotice)

SURPLUSES = collection_of(
    "surpluses",
    fields=(
        Field(path="state.fund_id"),
        Field(path="state.state"),
        Field(path="state.opened_at", kind="instant"),
    ),
    orders=(Order(name="newest-first", by=(("state.opened_at", "descending"),)),),
)
SURPLUS = Kind[Surplus](name="surplus", dump=dump_record, load=partial(load_record, Surplus))
SHORTFALLS = collection_of("shortfalls")
SHORTFALL = Kind[ForecastShortfall](
    name="told shortfall", dump=dump_record, load=partial(load_record, ForecastShortfall)
)
TERMINATIONS = collection_of(
    "terminations",
    fields=(Field(path="state.provider_id"), Field(path="state.recorded_at", kind="instant"), *CLOCK_FIELDS),
    orders=(Order(name="newest-first", by=(("state.recorded_at", "descending"),)), *CLOCK_ORDERS),
)
TERMINATION: Kind[Termination] = _kind("termination", Termination)

CLOCK_BEARING = (FUND_DUTIES, VARIATIONS, FUND_NOTICES, TERMINATIONS)
CLOCKS_DUE = tuple(clocks_due(collection) for collection in CLOCK_BEARING)


def bearing(
    duties: Aggregates[FundDuties],
    variations: Aggregates[Variation],
    notices: Aggregates[FundNotice],
    terminations: Aggregates[Termination],
) -> tuple[ClockBearing[Any], ...]:
    """What the keeper of clocks needs to know of each collection."""
    return (
        ClockBearing(prefix="fdt", records=duties, is_shown=is_shown_to),
        ClockBearing(prefix="var", records=variations, is_shown=is_shown_to),
        ClockBearing(prefix="ntc", records=notices, is_shown=is_shown_to),
        ClockBearing(
            prefix="trm",
            records=terminations,
            is_shown=lambda caller, record: is_termination_shown(record.provider_id, caller.organisation_id),
        ),
    )


def of_fund(fund_id: str, records: Aggregates[S], *, after: str | None, limit: int) -> Found[S]:
    """A fund's records, the newest first; whoever may see the fund may see them. Raises `BadCursor`."""
    return records.find([Equal(path="state.fund_id", value=fund_id)], order="newest-first", after=after, limit=limit)


def terminations_seen_by(
    caller: Caller,
    terminations: Aggregates[Termination],
    *,
    council_id: str | None = None,
    after: str | None = None,
    limit: int,
) -> Found[Termination]:
    """Terminations of the caller's councils, or of its own agreement, the latest first. Raises `BadCursor`."""
    where: list[Condition] = []
    if EVERY_COUNCIL not in caller.councils:
        where.append(AnyOf(path="council_id", values=list(caller.councils)))
    if council_id is not None:
        where.append(Equal(path="council_id", value=council_id))
    if caller.organisation_id is not None:
        where.append(Equal(path="state.provider_id", value=caller.organisation_id))
    return terminations.find(where, order="newest-first", after=after, limit=limit)
