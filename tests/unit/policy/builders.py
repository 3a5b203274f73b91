"""Packs, rules and calendars for tests; everything not named in a call is plain and harmless."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

import yaml

from shared.policy.calendars import WorkingCalendar
from shared.policy.rules import CalendarRule, ClockRule, Limit, OutOfHours, Unit
from shared.policy.source import PackText


@dataclass(frozen=True, kw_only=True)
class ListedBankHolidays:
    """Exactly the bank holidays listed."""

    names: Mapping[date, str] = field(default_factory=dict)
    published_until: date = date(2099, 12, 31)
    version: str = "listed"

    def name_of(self, day: date) -> str | None:
        return self.names.get(day)


def a_calendar(
    *,
    bank_holidays: Mapping[date, str] | None = None,
    closures: Mapping[date, str] | None = None,
    weekdays: frozenset[int] = frozenset(range(5)),
    published_until: date = date(2099, 12, 31),
) -> WorkingCalendar:
    """Monday to Friday, nine to five."""
    rule = CalendarRule(
        name="office",
        weekdays=weekdays,
        observes_bank_holidays=True,
        opens=time(9),
        closes=time(17),
        closures=closures or {},
        clause="X 1.1",
        note="",
        ours=False,
    )
    listed = ListedBankHolidays(names=bank_holidays or {}, published_until=published_until)
    return WorkingCalendar(rule=rule, pack_version="sample/2020-01-01", bank_holidays=listed)


def a_rule(
    count: int = 5,
    unit: Unit = "working_days",
    *,
    receipt_out_of_hours: OutOfHours = "same_day",
    target: Limit | None = None,
    approximate: bool = False,
    warn_before: Limit | None = None,
) -> ClockRule:
    """A rule of so many units."""
    return ClockRule(
        id="C1",
        name="referral_response",
        duty=None,
        occurrence=1,
        starts="It starts.",
        stops="It stops.",
        limit=Limit(count=count, unit=unit),
        target=target,
        calendar="office",
        receipt_out_of_hours=receipt_out_of_hours,
        approximate=approximate,
        clause="X 4.3",
        note="",
        ours=False,
        readings=None,
        policy_version="sample/2020-01-01",
        warn_before=warn_before,
    )


def pack_data(**changes: Any) -> dict[str, Any]:
    """A small pack's data; `changes` replace whole sections."""
    data: dict[str, Any] = {
        "council_id": "sample",
        "council_name": "Sample Council",
        "effective_on": "2020-01-01",
        "source": "A sample contract (X)",
        "calendars": {"office": a_calendar_entry()},
        "clocks": {"referral_response": a_clock_entry()},
        "values": {"minimum_age_years": {"value": 18, "clause": "X 1.1"}},
    }
    return data | changes


def a_calendar_entry(**changes: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "days": ["monday", "tuesday", "wednesday", "thursday", "friday"],
        "bank_holidays": "england",
        "opens": "09:00",
        "closes": "17:00",
        "closures": [],
        "clause": "X 1.1",
    }
    return entry | changes


def a_clock_entry(**changes: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": "C1",
        "starts": "It starts.",
        "stops": "It stops.",
        "limit": {"count": 5, "unit": "working_days"},
        "calendar": "office",
        "clause": "X 4.3",
    }
    entry |= changes
    return {key: value for key, value in entry.items() if value is not None}


def a_pack_text(*, version: str | None = None, **changes: Any) -> PackText:
    """The small pack as YAML."""
    return PackText(name="sample.yaml", text=yaml.safe_dump(pack_data(**changes), sort_keys=False), version=version)
