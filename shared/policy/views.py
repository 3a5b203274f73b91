"""Packs as JSON values, for people and machines that read them, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared.policy.calendars import DAY_NAMES
from shared.policy.pack import PolicyPack
from shared.policy.rules import CalendarRule, Clock, PolicyValue, Readings

View = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One name that two packs do not have alike; `before` or `after` is `None` where it is missing."""

    section: Literal["values", "clocks", "calendars"]
    name: str
    before: View | None
    after: View | None

    @property
    def change(self) -> str:
        """added, removed or changed."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    @property
    def clause(self) -> str | None:
        """The clause behind it, in the newer pack where both have it."""
        view = self.after or self.before or {}
        clause: str | None = view["clause"]
        return clause

    def as_dict(self) -> View:
        return {
            "section": self.section,
            "name": self.name,
            "change": self.change,
            "clause": self.clause,
            "before": self.before,
            "after": self.after,
        }


def pack_view(pack: PolicyPack) -> View:
    """The whole pack."""
    return {
        "version": pack.version,
        "council_id": pack.council_id,
        "council_name": pack.council_name,
        "effective_on": pack.effective_on.isoformat(),
        "source": pack.source,
        **_sections(pack),
    }


def value_view(entry: PolicyValue) -> View:
    """A value with its clause; `unset` instead of a value where the contract leaves it open."""
    given = {"unset": True} if entry.unset else {"value": _plain(entry.value)}
    titled = {"title": entry.title} if entry.title else {}
    return {"name": entry.name, **given, **titled, **_cited(entry), **_readings(entry.readings)}


def clock_view(clock: Clock) -> View:
    """A clock with its limits in words."""
    return {
        "name": clock.name,
        "id": clock.id,
        **({"duty": clock.duty} if clock.duty else {}),
        "starts": clock.starts,
        "stops": clock.stops,
        **_limits(clock),
        "calendar": clock.calendar,
        "receipt_out_of_hours": clock.receipt_out_of_hours,
        "warn_before": clock.warn_before.words() if clock.warn_before else None,
        "pause": clock.pause,
        **_cited(clock),
        **_readings(clock.readings),
    }


def calendar_view(calendar: CalendarRule) -> View:
    """A calendar's days, hours and extra closures."""
    return {
        "name": calendar.name,
        "days": [DAY_NAMES[weekday] for weekday in sorted(calendar.weekdays)],
        "bank_holidays": "england" if calendar.observes_bank_holidays else "none",
        "opens": calendar.opens.isoformat("minutes"),
        "closes": calendar.closes.isoformat("minutes"),
        "closures": {day.isoformat(): name for day, name in sorted(calendar.closures.items())},
        **_cited(calendar),
    }


def differences(before: PolicyPack, after: PolicyPack) -> tuple[Difference, ...]:
    """Every value, clock and calendar that the packs do not have alike, by section and name."""
    return tuple(_differences(_sections(before), _sections(after)))


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    sections: tuple[Literal["values", "clocks", "calendars"], ...] = ("values", "clocks", "calendars")
    for section in sections:
        for name in sorted({*before[section], *after[section]}):
            old, new = before[section].get(name), after[section].get(name)
            if old != new:
                yield Difference(section=section, name=name, before=old, after=new)


def _sections(pack: PolicyPack) -> View:
    return {
        "values": {name: value_view(entry) for name, entry in pack.values.items()},
        "clocks": {name: clock_view(clock) for name, clock in pack.clocks.items()},
        "calendars": {name: calendar_view(calendar) for name, calendar in pack.calendars.items()},
    }


def _limits(clock: Clock) -> View:
    if clock.unset:
        return {"unset": True}
    limits: View = {"limits": [limit.words() for limit in clock.first]}
    if clock.then is not None:
        limits["then"] = {"every": clock.then.limit.words(), "counted_from": clock.then.counted_from}
    if clock.target is not None:
        limits["target"] = {"limit": clock.target.words(), "ours": True}
    return {**limits, "approximate": clock.approximate}


def _cited(entry: PolicyValue | Clock | CalendarRule) -> View:
    return {"clause": entry.clause, "note": entry.note, "ours": entry.ours}


def _readings(readings: Readings | None) -> View:
    return {} if readings is None else {"readings": {"chosen": readings.chosen, "others": list(readings.others)}}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(cell) for key, cell in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
