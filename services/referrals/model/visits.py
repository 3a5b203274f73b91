"""Visits and meetings, and how a worker off premises is kept safe (CE 4.3, 3.3, 7.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal, cast

from services.referrals.errors import PathwayMissing
from services.referrals.model.cases import Act, CaseRecord, next_status
from shared.events.casework import VisitCancelled, VisitConfirmed, VisitPlanned, VisitReturned, VisitReturnOverdue
from shared.messaging.aggregates import Decision

Status = Literal["planned", "confirmed", "returned", "cancelled"]
STEPS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "planned": {"confirm": "confirmed", "cancel": "cancelled"},
        "confirmed": {"return": "returned", "cancel": "cancelled"},
        "returned": {},
        "cancelled": {},
    }
)


@dataclass(frozen=True, kw_only=True)
class Pathway:
    """What was agreed before a visit off premises: on safeguarding, on lone working, and who looks for the worker."""

    safeguarding: str
    lone_working: str
    contact_id: str
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class Visit(CaseRecord):
    """A visit. `place` is in the record alone; `alarm_at` is when a worker who is not back is looked for."""

    kind: str
    off_premises: bool
    worker_id: str
    joint_with_id: str | None = None
    place: str = ""
    starts_at: datetime
    ends_at: datetime
    status: Status = "planned"
    pathway: Pathway | None = None
    alarm_at: datetime | None = None
    alarmed_at: datetime | None = None
    returned_at: datetime | None = None
    acts: tuple[Act, ...] = ()


def plan(visit: Visit) -> Decision[Visit]:
    """A new visit."""
    told = VisitPlanned(
        visit_id=visit.record_id,
        person_id=visit.person_id,
        worker_id=visit.worker_id,
        kind=visit.kind,
        off_premises=visit.off_premises,
    )
    return Decision(state=visit, events=[told])


def record_pathway(visit: Visit, pathway: Pathway) -> Decision[Visit]:
    """What was agreed to keep worker and person safe. Raises `StepNotPossible` once the visit is over."""
    if visit.status not in ("planned", "confirmed"):
        next_status(STEPS, visit.status, "record_pathway", "visit")
    return Decision(state=replace(visit, pathway=pathway))


def confirm(visit: Visit, act: Act, *, grace: timedelta) -> Decision[Visit]:
    """Confirmed. Raises `PathwayMissing` off premises without a recorded pathway, `StepNotPossible`."""
    status = next_status(STEPS, visit.status, act.step, "visit")
    if visit.off_premises and visit.pathway is None:
        raise PathwayMissing("a visit off premises needs its safeguarding and lone-working pathway first (CE 3.3, 7.7)")
    told = VisitConfirmed(
        visit_id=visit.record_id, worker_id=visit.worker_id, starts_at=visit.starts_at, ends_at=visit.ends_at
    )
    alarm_at = visit.ends_at + grace if visit.off_premises else None
    moved = replace(visit, status=cast(Status, status), alarm_at=alarm_at, acts=(*visit.acts, act))
    return Decision(state=moved, events=[told])


def cancel(visit: Visit, act: Act) -> Decision[Visit]:
    """It does not take place. Raises `StepNotPossible`."""
    status = cast(Status, next_status(STEPS, visit.status, act.step, "visit"))
    told = VisitCancelled(visit_id=visit.record_id, worker_id=visit.worker_id)
    return Decision(state=replace(visit, status=status, alarm_at=None, acts=(*visit.acts, act)), events=[told])


def come_back(visit: Visit, act: Act) -> Decision[Visit]:
    """The worker is back, or was heard of; nobody is looked for any more. Raises `StepNotPossible`."""
    status = cast(Status, next_status(STEPS, visit.status, act.step, "visit"))
    told = VisitReturned(visit_id=visit.record_id, worker_id=visit.worker_id, returned_at=act.at)
    back = replace(visit, status=status, returned_at=act.at, alarm_at=None, acts=(*visit.acts, act))
    return Decision(state=back, events=[told])


def raise_alarm(visit: Visit, *, at: datetime) -> Decision[Visit]:
    """A worker who is not back in time is looked for: told once, whoever looks and however often."""
    if visit.alarm_at is None or visit.alarm_at > at or visit.pathway is None:
        return Decision(state=visit)
    told = VisitReturnOverdue(
        visit_id=visit.record_id,
        worker_id=visit.worker_id,
        contact_id=visit.pathway.contact_id,
        expected_at=visit.ends_at,
    )
    return Decision(state=replace(visit, alarm_at=None, alarmed_at=at), events=[told])
