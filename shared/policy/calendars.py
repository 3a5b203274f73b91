"""Working calendars: which days and hours a service works, and why it does not on the others.

Bank holidays come from the `holidays` library; `england.yaml` gives their published names, how far the published list
reaches, and days proclaimed since. A calendar's `version` names them and the pack, so that a deadline computed under
another calendar can be told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, cached_property
from importlib.metadata import version
from importlib.resources import files
from types import MappingProxyType
from typing import Protocol

from shared.dates import london_time, parse_day
from shared.policy.errors import PackRefused
from shared.policy.pack import PolicyPack
from shared.policy.rules import CalendarRule
from shared.policy.yaml_text import read_yaml

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SATURDAY = 5


class BankHolidays(Protocol):
    """Names the bank holidays of a nation, Monday to Friday; `published_until` is how far the official list reaches."""

    @property
    def version(self) -> str: ...

    @property
    def published_until(self) -> date: ...

    def name_of(self, day: date) -> str | None:
        """The bank holiday's name, or `None` on any other day."""
        ...


@dataclass(frozen=True, kw_only=True)
class Proclaimed:
    """What `england.yaml` says: published names, the list's reach, and days changed since the library's release."""

    published_until: date
    names: Mapping[str, str]
    added: Mapping[date, str]
    removed: frozenset[date]

    @classmethod
    def read(cls, text: str, *, name: str = "england.yaml") -> Proclaimed:
        """Raises `PackRefused` if a part is missing, `NotADay` if a day is none."""
        data = read_yaml(text, name=name)
        try:
            return cls(
                published_until=parse_day(data["published_until"]),
                names=MappingProxyType(dict(data["names"])),
                added=MappingProxyType({parse_day(day): title for day, title in data["added"].items()}),
                removed=frozenset(parse_day(day) for day in data["removed"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise PackRefused(f"{name} lacks a part or has it in another shape: {error}") from error

    @property
    def version(self) -> str:
        """The list's reach and, where there are any, how many days were changed by hand."""
        changed = len(self.added) + len(self.removed)
        return f"england until {self.published_until.isoformat()}" + (f" with {changed} changed" if changed else "")


class EnglandBankHolidays:
    """Bank holidays in England, computed for any year by the `holidays` library, corrected by `Proclaimed`."""

    def __init__(self, proclaimed: Proclaimed) -> None:
        self._proclaimed = proclaimed
        self.version = f"holidays {version('holidays')}, {proclaimed.version}"
        self.published_until = proclaimed.published_until

    def name_of(self, day: date) -> str | None:
        if day in self._proclaimed.removed:
            return None
        # The library lists a weekend original beside its substitute; only the substitute is a bank holiday.
        name = self._library.get(day) if day.weekday() < SATURDAY else None
        return self._proclaimed.added.get(day) or (self._published(name) if name else None)

    @cached_property
    def _library(self) -> Mapping[date, str]:
        # Imported late: the library costs more to load than every pack together, and most processes count no days.
        import holidays

        return holidays.country_holidays("GB", subdiv="ENG")

    def _published(self, name: str) -> str:
        plain = name.removesuffix(" (observed)")
        substitute = " (substitute day)" if plain != name else ""
        return self._proclaimed.names.get(plain, plain) + substitute


@cache
def england() -> EnglandBankHolidays:
    """The bank holidays that come with the platform."""
    text = (files("shared.policy") / "england.yaml").read_text(encoding="utf-8")
    return EnglandBankHolidays(Proclaimed.read(text))


@dataclass(frozen=True, kw_only=True)
class WorkingCalendar:
    """A pack's calendar joined with the bank holidays it observes."""

    rule: CalendarRule
    pack_version: str
    bank_holidays: BankHolidays = field(repr=False)

    @property
    def version(self) -> str:
        """Library, published list, pack and calendar: what a stored deadline was computed under."""
        own = f"{self.pack_version} {self.rule.name}"
        return f"{self.bank_holidays.version}, {own}" if self.rule.observes_bank_holidays else own

    def why_closed(self, day: date) -> str | None:
        """Why it is no working day ("Saturday", "Bank holiday: ...", "Council closure: ..."), or `None` if it is."""
        if day.weekday() not in self.rule.weekdays:
            return DAY_NAMES[day.weekday()]
        holiday = self.bank_holidays.name_of(day) if self.rule.observes_bank_holidays else None
        if holiday:
            return f"Bank holiday: {holiday}"
        closure = self.rule.closures.get(day)
        return f"Council closure: {closure}" if closure else None

    def is_open_at(self, instant: datetime) -> bool:
        """Whether the instant falls in hours; exactly at opening and exactly at closing time does."""
        at = london_time(instant)
        return self.why_closed(at.date()) is None and self.rule.opens <= at.time() <= self.rule.closes

    def is_provisional(self, day: date) -> bool:
        """Whether the day lies beyond the published bank holidays, so that it may still move."""
        return self.rule.observes_bank_holidays and day > self.bank_holidays.published_until


def working_calendar(pack: PolicyPack, name: str, *, bank_holidays: BankHolidays) -> WorkingCalendar:
    """The pack's calendar of this name. Raises `UnknownPolicyName`."""
    return WorkingCalendar(rule=pack.calendar(name), pack_version=pack.version, bank_holidays=bank_holidays)
