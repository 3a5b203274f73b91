"""Safeguarding's collections, their indexes, and the questions asked of them by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.safeguarding.model.concerns import Alert, Concern, check_conflict_of_interest, is_about
from services.safeguarding.model.restrictions import Restriction
from shared.context import EVERY_COUNCIL, Caller
from shared.errors import NotFound
from shared.messaging.aggregates import Aggregates, Found, Kind, Stored, collection_of
from shared.messaging.scheduling import Due
from shared.store.documents import AnyOf, Condition, Equal, Field, Order
from shared.store.records import dump_record, load_record

CONCERNS = collection_of(
    "concerns",
    fields=(
        Field(path="state.state"),
        Field(path="state.raised_at", kind="instant"),
        Field(path="state.alert_id"),
        Field(path="state.alert_open", kind="flag"),
        Field(path="state.alert_due_at", kind="instant"),
        Field(path="state.alert_place", kind="number"),
    ),
    orders=(
        Order(name="raised", by=(("state.raised_at", "descending"),)),
        Order(name="due", by=(("state.alert_due_at", "ascending"),)),
        Order(name="board", by=(("state.alert_place", "ascending"),)),
    ),
)
ALERTS_OVERDUE = Due(name="alerts", collection=CONCERNS, path="state.alert_due_at")
"""Concerns whose alert nobody acknowledged in time and that is not yet escalated."""
RESTRICTIONS = collection_of("restrictions")
COLLECTIONS = (CONCERNS, RESTRICTIONS)

_BELOW_OPEN = 10**14
"""Milliseconds far beyond any instant of ours: places of acknowledged alerts begin after those of all open ones."""


def _dump_concern(concern: Concern) -> dict[str, Any]:
    """The concern's state and, beside it, what its indexes need."""
    state: dict[str, Any] = dump_record(concern)
    alert = concern.alert
    waits = alert.open and alert.escalated_at is None
    return state | {
        "alert_id": alert.alert_id,
        "alert_open": alert.open,
        "alert_due_at": alert.due_at if waits else None,
        "alert_place": _place_on_board(alert),
    }


def _place_on_board(alert: Alert) -> int:
    """Open alerts come first, the longest waiting at the top; then acknowledged ones, the newest at the top."""
    raised = int(alert.raised_at.timestamp() * 1000)
    return raised if alert.open else _BELOW_OPEN - raised


CONCERN = Kind(name="concern", dump=_dump_concern, load=lambda state: load_record(Concern, state))
RESTRICTION = Kind(name="restriction", dump=dump_record, load=lambda state: load_record(Restriction, state))


@dataclass(frozen=True, kw_only=True)
class SafeguardingStore:
    """The service's records, and its questions by name. Nobody is given a concern that is about themselves."""

    concerns: Aggregates[Concern]
    restrictions: Aggregates[Restriction]

    def concern_for(self, concern_id: str, caller: Caller) -> Stored[Concern]:
        """The concern. Raises `NotFound`, also outside the caller's scope and for those it is about."""
        stored = self.concerns.get(concern_id, caller=caller)
        check_conflict_of_interest(stored.state, caller)
        return stored

    def concern_of_alert(self, alert_id: str, caller: Caller) -> Stored[Concern]:
        """The concern that an alert is kept in. Raises `NotFound` like `concern_for`, in the alert's words."""
        where = [*scope_of(caller), Equal(path="state.alert_id", value=alert_id)]
        found = self.concerns.find(where, limit=1).items
        if not found or is_about(found[0].state, caller):
            raise NotFound(f"there is no alert {alert_id}")
        return found[0]

    def concerns_seen_by(
        self,
        caller: Caller,
        *,
        council_id: str | None = None,
        state: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Found[Concern]:
        """Concerns in the caller's scope, newest first; a page may be short of those about the caller."""
        where = _where(caller, council_id, Equal(path="state.state", value=state) if state else None)
        return _without_own(self.concerns.find(where, order="raised", after=after, limit=limit), caller)

    def alerts_seen_by(
        self,
        caller: Caller,
        *,
        council_id: str | None = None,
        open: bool | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Found[Concern]:
        """Concerns by their alerts: open ones first, the longest waiting at the top."""
        where = _where(caller, council_id, None if open is None else Equal(path="state.alert_open", value=open))
        return _without_own(self.concerns.find(where, order="board", after=after, limit=limit), caller)


def scope_of(caller: Caller) -> list[Condition]:
    """The condition that keeps a caller to the councils of its token."""
    if EVERY_COUNCIL in caller.councils:
        return []
    return [AnyOf(path="council_id", values=list(caller.councils))]


def _where(caller: Caller, council_id: str | None, asked: Condition | None) -> list[Condition]:
    where = [*scope_of(caller)]
    if council_id is not None:
        where.append(Equal(path="council_id", value=council_id))
    return [*where, asked] if asked else where


def _without_own(found: Found[Concern], caller: Caller) -> Found[Concern]:
    items = [stored for stored in found.items if not is_about(stored.state, caller)]
    return Found(items=items, next=found.next)
