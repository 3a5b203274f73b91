"""What the collections of case work have in common: fields, the newest first, and what a caller may see of them."""

from __future__ import annotations

from typing import Any, TypeVar

from services.referrals.model.cases import CaseRecord
from services.referrals.model.referral import is_staff, sees_outside_contract
from services.referrals.store.scope import scope_of
from shared.context import Caller
from shared.messaging.aggregates import Aggregates, Found, Kind, collection_of
from shared.policy.keeping import CLOCK_FIELDS, CLOCK_ORDERS, clock_index
from shared.store.documents import Collection, Condition, Equal, Field, Order
from shared.store.records import dump_record, load_record

R = TypeVar("R", bound=CaseRecord)

CASE_FIELDS = (
    Field(path="state.person_id"),
    Field(path="state.referral_id"),
    Field(path="state.provider_id"),
    Field(path="state.shown_to_id"),
    Field(path="state.outside_contract", kind="flag"),
    Field(path="state.recorded_at", kind="instant"),
)
CASE_ORDERS = (Order(name="newest", by=(("state.recorded_at", "descending"),)),)


def case_collection(
    name: str, *names: str, fields: tuple[Field, ...] = (), orders: tuple[Order, ...] = (), clocks: bool = False
) -> Collection:
    """A collection of case work that can be asked about these names of its records' state."""
    own = tuple(Field(path=f"state.{field}") for field in names)
    return collection_of(
        name,
        fields=(*CASE_FIELDS, *own, *fields, *(CLOCK_FIELDS if clocks else ())),
        orders=(*CASE_ORDERS, *orders, *(CLOCK_ORDERS if clocks else ())),
    )


def case_kind(name: str, record: type[Any]) -> Kind[Any]:
    """A kind of record of case work: its state, and beside it what the indexes of its clocks need.

    Of what lies outside the contract the council's readers are not told (CE 1.1).
    """

    def dump(value: Any) -> dict[str, Any]:
        state: dict[str, Any] = dump_record(value)
        return state | clock_index(value.clocks) if hasattr(value, "clocks") else state

    def load(state: dict[str, Any]) -> Any:
        return load_record(record, state)

    def audience(value: Any) -> str:
        return "support-service" if getattr(value, "outside_contract", False) else ""

    return Kind(name=name, dump=dump, load=load, audience=audience)


def cases_shown_to(caller: Caller) -> list[Condition]:
    """The conditions that keep a caller to what it may see: what `is_case_shown` says, as a query."""
    scope = scope_of(caller)
    if caller.organisation_id is not None:
        return [*scope, Equal(path="state.provider_id", value=caller.organisation_id)]
    if not is_staff(caller):
        return [*scope, Equal(path="state.shown_to_id", value=caller.actor_id)]
    return scope if sees_outside_contract(caller) else [*scope, Equal(path="state.outside_contract", value=False)]


def cases_seen_by(
    caller: Caller,
    records: Aggregates[R],
    *,
    where: dict[str, Any],
    order: str = "newest",
    after: str | None,
    limit: int,
) -> Found[R]:
    """A page of records in the caller's view; conditions without a value are left out."""
    asked = [Equal(path=f"state.{name}", value=value) for name, value in where.items() if value is not None]
    return records.find([*cases_shown_to(caller), *asked], order=order, after=after, limit=limit)
