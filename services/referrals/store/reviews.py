"""The collection of review programmes, its indexes, and who is shown which."""

from __future__ import annotations

from typing import Any

from services.referrals.model.referral import is_staff
from services.referrals.model.reviews import ReviewProgramme
from services.referrals.store.scope import scope_of
from shared.context import Caller
from shared.messaging.aggregates import Aggregates, Found, Kind, collection_of
from shared.policy.keeping import CLOCK_FIELDS, CLOCK_ORDERS, clock_index
from shared.store.documents import Condition, Equal, Field, Order
from shared.store.records import dump_record, load_record

REVIEW_PROGRAMMES = collection_of(
    "review_programmes",
    fields=(
        Field(path="state.person_id"),
        Field(path="state.provider_id"),
        Field(path="state.support_began_on"),
        *CLOCK_FIELDS,
    ),
    orders=(Order(name="began", by=(("state.support_began_on", "descending"),)), *CLOCK_ORDERS),
)


def programmes_seen_by(
    programmes: Aggregates[ReviewProgramme],
    caller: Caller,
    *,
    overdue: bool | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Found[ReviewProgramme]:
    """Review programmes that the caller may see, those whose support began last first."""
    where = _shown_to(caller)
    if overdue is not None:
        where.append(Equal(path="state.overdue", value=overdue))
    return programmes.find(where, order="began", after=after, limit=limit)


def _shown_to(caller: Caller) -> list[Condition]:
    """What `is_programme_shown_to` says, as conditions of a query."""
    if caller.organisation_id is not None:
        return [*scope_of(caller), Equal(path="state.provider_id", value=caller.organisation_id)]
    if is_staff(caller):
        return scope_of(caller)
    return [*scope_of(caller), Equal(path="state.person_id", value=caller.actor_id)]


def _dump_programme(programme: ReviewProgramme) -> dict[str, Any]:
    state: dict[str, Any] = dump_record(programme)
    return state | clock_index(programme.clocks)


REVIEW_PROGRAMME = Kind(
    name="review programme", dump=_dump_programme, load=lambda state: load_record(ReviewProgramme, state)
)
