"""The calendar of events, and what a year of it lacks against the council's policy (CE 3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal, cast

from services.referrals.model.cases import Act, CaseRecord, next_status
from shared.dates import add_months, london_day
from shared.events.calendar import CalendarEventCancelled, CalendarEventHeld, CalendarEventPlanned
from shared.messaging.aggregates import Decision

Way = Literal["in-person", "web", "phone"]
Status = Literal["planned", "held", "cancelled"]
YEAR_MONTHS = 12
STEPS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"planned": {"hold": "held", "cancel": "cancelled"}, "held": {}, "cancelled": {}}
)


@dataclass(frozen=True, kw_only=True)
class CalendarEvent(CaseRecord):
    """A peer meeting, workshop or surgery."""

    kind: str
    starts_at: datetime
    way: Way = "in-person"
    place: str = ""
    topics: tuple[str, ...] = ()
    status: Status = "planned"
    attendance: int | None = None
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Span:
    """Some months of the year: from a day up to, and without, another."""

    from_on: date
    before_on: date


@dataclass(frozen=True, kw_only=True)
class KindOfYear:
    """One kind of event in one year: how many there are, and what is missing or too much.

    `missing` is how many the year lacks, `too_many` how many it has beyond the most; `empty` are the spans without one,
    `crowded` those with more than one, where the policy's numbers make such spans.
    """

    kind: str
    label: str
    clause: str
    planned: int
    places: int
    least: int | None
    most: int | None
    missing: int
    too_many: int
    empty: tuple[Span, ...]
    crowded: tuple[Span, ...]

    @property
    def is_enough(self) -> bool:
        """Whether the year keeps to the policy."""
        return not (self.missing or self.too_many or self.empty or self.crowded)


def plan(event: CalendarEvent) -> Decision[CalendarEvent]:
    """A new event of the calendar."""
    told = CalendarEventPlanned(event_id=event.record_id, kind=event.kind, starts_at=event.starts_at)
    return Decision(state=event, events=[told])


def hold(event: CalendarEvent, act: Act, *, attendance: int) -> Decision[CalendarEvent]:
    """It has taken place. Raises `StepNotPossible`."""
    told = CalendarEventHeld(event_id=event.record_id, kind=event.kind, attendance=attendance)
    return Decision(state=replace(_moved(event, act), attendance=attendance), events=[told])


def cancel(event: CalendarEvent, act: Act) -> Decision[CalendarEvent]:
    """It does not take place. Raises `StepNotPossible`."""
    return Decision(
        state=_moved(event, act), events=[CalendarEventCancelled(event_id=event.record_id, kind=event.kind)]
    )


def year_of(kinds: Iterable[Mapping[str, Any]], events: Sequence[CalendarEvent], *, from_on: date) -> list[KindOfYear]:
    """Each kind of the policy against the events of the twelve months from that day; cancelled ones don't count."""
    end = add_months(from_on, YEAR_MONTHS)
    counted = [e for e in events if e.status != "cancelled" and from_on <= london_day(e.starts_at) < end]
    return [_kind_of_year(row, [e for e in counted if e.kind == row["kind"]], from_on) for row in kinds]


def _kind_of_year(row: Mapping[str, Any], events: Sequence[CalendarEvent], from_on: date) -> KindOfYear:
    least, most = row.get("least_a_year"), row.get("most_a_year")
    days = [london_day(event.starts_at) for event in events]
    return KindOfYear(
        kind=row["kind"],
        label=row["label"],
        clause=row["clause"],
        planned=len(events),
        places=len({event.place.strip().lower() for event in events if event.place.strip()}),
        least=least,
        most=most,
        missing=max(0, (least or 0) - len(events)),
        too_many=max(0, len(events) - most) if most is not None else 0,
        empty=tuple(span for span in _spans(least, from_on) if _within(span, days) == 0),
        crowded=tuple(span for span in _spans(most, from_on) if _within(span, days) > 1),
    )


def _spans(times: int | None, from_on: date) -> list[Span]:
    """The year in as many equal spans of whole months; none where the number doesn't divide it."""
    if not times or YEAR_MONTHS % times:
        return []
    months = YEAR_MONTHS // times
    return [
        Span(from_on=add_months(from_on, n * months), before_on=add_months(from_on, (n + 1) * months))
        for n in range(times)
    ]


def _within(span: Span, days: Iterable[date]) -> int:
    return sum(span.from_on <= day < span.before_on for day in days)


def _moved(event: CalendarEvent, act: Act) -> CalendarEvent:
    status = cast(Status, next_status(STEPS, event.status, act.step, "calendar event"))
    return replace(event, status=status, acts=(*event.acts, act))
