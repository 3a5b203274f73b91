"""Days and instants: a day is a day in London, an instant is aware and in UTC.

Months are always counted from the anchor and end on the corresponding date, clamped to the month's end.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.errors import Invalid

LONDON = ZoneInfo("Europe/London")

_LAST_SECOND = time(23, 59, 59)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?P<offset>Z|[+-][0-9]{2}:[0-9]{2})?"
)


class NotADay(Invalid):
    """The text is not a day of the calendar."""


class NotAnInstant(Invalid):
    """The text is not an instant with its offset from UTC."""


def london_day(instant: datetime) -> date:
    """The day in London at this instant. Raises `ValueError` for an instant without a time zone."""
    return london_time(instant).date()


def london_time(instant: datetime) -> datetime:
    """The instant on a London clock. Raises `ValueError` for an instant without a time zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return instant.astimezone(LONDON)


def start_of_london_day(day: date) -> datetime:
    """The first instant of the day in London, in UTC."""
    return datetime.combine(day, time.min, tzinfo=LONDON).astimezone(UTC)


def end_of_london_day(day: date) -> datetime:
    """The last second of the day in London (23:59:59), in UTC: a deadline on that day is met up to and including it."""
    return datetime.combine(day, _LAST_SECOND, tzinfo=LONDON).astimezone(UTC)


def add_days(day: date, count: int) -> date:
    """`count` calendar days after `day`."""
    return day + timedelta(days=count)


def add_weeks(day: date, count: int) -> date:
    """`count` calendar weeks after `day`: the same day of the week."""
    return day + timedelta(weeks=count)


def add_months(anchor: date, count: int) -> date:
    """The corresponding date `count` months after `anchor`, or that month's last day where there is none."""
    years, month_index = divmod(anchor.month - 1 + count, 12)
    year, month = anchor.year + years, month_index + 1
    return date(year, month, min(anchor.day, monthrange(year, month)[1]))


def parse_day(text: str) -> date:
    """Reads an ISO day such as 2026-03-02. Raises `NotADay` with a sentence, for 31 February too."""
    if not _DAY.fullmatch(text):
        raise NotADay("Give a day as year-month-day, for example 2026-03-02.")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NotADay(f"{text} is not a day in the calendar.") from error


def parse_instant(text: str) -> datetime:
    """Reads an ISO 8601 instant with its offset, such as 2026-03-02T09:00:00Z, into UTC. Raises `NotAnInstant`."""
    found = _INSTANT.fullmatch(text)
    if found is None:
        raise NotAnInstant("Give an instant in ISO 8601, for example 2026-03-02T09:00:00Z.")
    if found["offset"] is None:
        raise NotAnInstant("The instant lacks its offset from UTC: end it with Z or, for example, +01:00.")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise NotAnInstant(f"{text} is not an instant in the calendar.") from error


def format_instant(instant: datetime) -> str:
    """The instant in ISO 8601, in UTC and ending in Z. Raises `ValueError` for an instant without a time zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
