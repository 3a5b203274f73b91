"""The waiting list: who waits since when and why, and an order that the council's criteria explain (CE 4.8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from services.referrals.model.clocks import response_stopped
from services.referrals.model.referral import Referral, Waiting, because, moved, seen_by
from shared.dates import london_day
from shared.events.referrals import ReferralWaitlisted, WaitingAmended
from shared.messaging.aggregates import Decision

DAYS_A_WEEK = 7


@dataclass(frozen=True, kw_only=True)
class Points:
    """What one criterion of the council's policy gives: `times` it holds, by its weight, up to its most."""

    criterion: str
    label: str
    weight: int
    times: int
    points: int
    clause: str | None = None


@dataclass(frozen=True, kw_only=True)
class Priority:
    """A score and the criteria that make it up."""

    score: int
    points: tuple[Points, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where somebody stands: `position` of `waiting`, and why."""

    position: int
    waiting: int
    priority: Priority


def place_on_waiting_list(
    referral: Referral,
    *,
    reason: str,
    by: str,
    at: datetime,
    delay_reason: str | None = None,
    criteria: tuple[str, ...] = (),
    others: Sequence[Referral] = (),
    rows: Sequence[Mapping[str, Any]] = (),
    policy: str = "",
) -> Decision[Referral]:
    """Places the referral on the waiting list, or amends why it is there; the wait goes on (CE 4.8).

    The person and the referrer are told its place among the `others` by the council's `rows`. Raises `StepNotPossible`.
    """
    began = referral.waiting.started_at if referral.status == "waiting" and referral.waiting else at
    waiting, stopped = response_stopped(seen_by(moved(referral, "place_on_waiting_list"), by=by, at=at), at)
    entry = Waiting(
        started_at=began,
        started_on=london_day(began),
        reason=reason,
        delay_reason=delay_reason,
        criteria=criteria,
        policy=policy,
    )
    placed = replace(waiting, reason=reason, waiting=entry)
    if referral.status == "waiting":
        amended = WaitingAmended(referral_id=referral.referral_id)
        return Decision(state=because(placed, amended, reason), events=[amended, *stopped])
    told = _told(placed, others, rows, london_day(at))
    return Decision(state=because(placed, told, reason), events=[told, *stopped])


def _told(
    placed: Referral, others: Sequence[Referral], rows: Sequence[Mapping[str, Any]], on: date
) -> ReferralWaitlisted:
    listed = places([*(one for one in others if one.referral_id != placed.referral_id), placed], rows, on=on)
    position = next(place.position for one, place in listed if one is placed)
    return ReferralWaitlisted(
        referral_id=placed.referral_id,
        person_id=placed.person_id,
        referrer_id=placed.referrer_id,
        position=position,
        waiting=len(listed),
    )


def priority_of(referral: Referral, rows: Sequence[Mapping[str, Any]], *, on: date) -> Priority:
    """The score by the council's criteria on this day, each with what it gives; only criteria that hold are named."""
    points = [_points(row, times) for row in rows if (times := _times(row["criterion"], referral, on)) > 0]
    return Priority(score=sum(one.points for one in points), points=tuple(points))


def places(waiting: Iterable[Referral], rows: Sequence[Mapping[str, Any]], *, on: date) -> list[tuple[Referral, Place]]:
    """The list in its order: the highest score first, and of equal scores whoever has waited longer."""
    scored = [(priority_of(referral, rows, on=on), referral) for referral in waiting]
    scored.sort(key=lambda one: (-one[0].score, one[1].waiting_since, one[1].referral_id))
    return [
        (referral, Place(position=index, waiting=len(scored), priority=priority))
        for index, (priority, referral) in enumerate(scored, start=1)
    ]


def judged_criteria(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The criteria that somebody has to judge, because no other fact of the referral says whether they hold."""
    return [row["criterion"] for row in rows if row["criterion"] not in _KNOWN]


def _times(criterion: str, referral: Referral, on: date) -> int:
    known = _KNOWN.get(criterion)
    if known is not None:
        return known(referral, on)
    return int(referral.waiting is not None and criterion in referral.waiting.criteria)


def _points(row: Mapping[str, Any], times: int) -> Points:
    counted = times if row.get("counted") == "per_week" else 1
    full = row["weight"] * counted
    return Points(
        criterion=row["criterion"],
        label=row["label"],
        weight=row["weight"],
        times=counted,
        points=min(full, row["most"]) if row.get("most") is not None else full,
        clause=row.get("clause"),
    )


def _weeks_waited(referral: Referral, on: date) -> int:
    return max(0, (on - london_day(referral.waiting_since)).days // DAYS_A_WEEK)


def _is_emergency(referral: Referral, _on: date) -> int:
    return int(referral.urgency == "emergency")


def _is_urgent(referral: Referral, _on: date) -> int:
    return int(referral.urgency == "urgent")


def _is_of_priority_group(referral: Referral, _on: date) -> int:
    return int(bool(referral.priority_groups))


_KNOWN: Mapping[str, Callable[[Referral, date], int]] = MappingProxyType(
    {
        "emergency": _is_emergency,
        "urgent": _is_urgent,
        "priority-group": _is_of_priority_group,
        "week-waited": _weeks_waited,
    }
)
"""Criteria that the referral itself answers."""
