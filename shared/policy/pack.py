"""A policy pack: one council's rules in force from one day, read through typed getters that cite and never guess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.errors import FieldError, PolicyIncomplete
from shared.money import Pence
from shared.policy.errors import UnknownPolicyName, WrongPolicyKind
from shared.policy.rules import CalendarRule, Clock, ClockRule, PolicyValue

Row = Mapping[str, Any]

_OWN_NAME = "x_"
_MONEY_NAME = "_pence"


@dataclass(frozen=True, kw_only=True)
class PolicyPack:
    """One version of a council's policy.

    `known_values` and `known_clocks` are the names of the schema: a known name that the pack leaves out is policy left
    open (`PolicyIncomplete`); any other name is a mistake of the caller (`UnknownPolicyName`).
    """

    council_id: str
    council_name: str
    effective_on: date
    source: str
    values: Mapping[str, PolicyValue]
    clocks: Mapping[str, Clock]
    calendars: Mapping[str, CalendarRule]
    known_values: frozenset[str]
    known_clocks: frozenset[str]
    withdrawn: bool = False
    """Withdrawn before its first day: it never holds, and is kept for whoever asks what was published."""

    @property
    def version(self) -> str:
        """Council and first day, such as `cheshire-east/2019-04-01`; a decision stores it."""
        return f"{self.council_id}/{self.effective_on.isoformat()}"

    def entry(self, name: str) -> PolicyValue:
        """The value with its clause, note and readings. Raises `PolicyIncomplete` if it is unset or left out."""
        entry = self.values.get(name)
        if entry is None:
            self._refuse_unknown(name, self.known_values, "value")
            raise self._incomplete(name, title=None, clause=None)
        if entry.unset:
            raise self._incomplete(name, title=entry.title, clause=entry.clause)
        return entry

    def sets(self, name: str) -> bool:
        """Whether the pack gives this value, so that a rule may be left out where a contract is silent."""
        self._refuse_unknown(name, self.known_values, "value")
        return name in self.values and not self.values[name].unset

    def value(self, name: str) -> Any:
        """The bare value: int, bool, str, tuple of str, or tuple of rows."""
        return self.entry(name).value

    def number(self, name: str) -> int:
        """A whole number that is not money."""
        self._refuse_kind(name, wanted="number", right=not name.endswith(_MONEY_NAME))
        return int(self._of_type(name, int, "number"))

    def pence(self, name: str) -> Pence:
        """An amount; its name ends in `_pence`."""
        self._refuse_kind(name, wanted="amount of pence", right=name.endswith(_MONEY_NAME))
        return Pence(self._of_type(name, int, "amount of pence"))

    def text(self, name: str) -> str:
        """One text."""
        return str(self._of_type(name, str, "text"))

    def flag(self, name: str) -> bool:
        """Yes or no."""
        return bool(self._of_type(name, bool, "flag"))

    def texts(self, name: str) -> tuple[str, ...]:
        """Texts in order."""
        items: tuple[Any, ...] = self._of_type(name, tuple, "list of texts")
        self._refuse_kind(name, wanted="list of texts", right=all(isinstance(item, str) for item in items))
        return items

    def table(self, name: str) -> tuple[Row, ...]:
        """Rows of named cells."""
        rows: tuple[Any, ...] = self._of_type(name, tuple, "table")
        self._refuse_kind(name, wanted="table", right=all(isinstance(row, Mapping) for row in rows))
        return rows

    def has_clock(self, name: str) -> bool:
        """Whether the pack gives this clock a limit."""
        clock = self._find_clock(name)
        return clock is not None and not clock.unset

    def clock(self, name: str) -> Clock:
        """The clock by name or id (`referral_response`, `C1`). Raises `PolicyIncomplete` if it is unset or left out."""
        clock = self._find_clock(name)
        if clock is None or clock.unset:
            raise self._incomplete(name, title=None, clause=clock.clause if clock else None)
        return clock

    def clock_rule(self, name: str, *, occurrence: int = 1) -> ClockRule:
        """The clock's rule for one occurrence, ready for `clocks.due`."""
        return self.clock(name).rule(occurrence=occurrence, policy_version=self.version)

    def calendar(self, name: str) -> CalendarRule:
        """The calendar of this name. Raises `UnknownPolicyName`."""
        if name not in self.calendars:
            raise UnknownPolicyName(f"{self.version} has no calendar {name!r}")
        return self.calendars[name]

    def _find_clock(self, name: str) -> Clock | None:
        by_id = {clock.id: clock for clock in self.clocks.values()}
        found = self.clocks.get(name) or by_id.get(name)
        if found is None:
            self._refuse_unknown(name, self.known_clocks, "clock")
        return found

    def _of_type(self, name: str, kind: type, wanted: str) -> Any:
        value = self.value(name)
        self._refuse_kind(name, wanted=wanted, right=type(value) is kind)
        return value

    def _refuse_kind(self, name: str, *, wanted: str, right: bool) -> None:
        if not right:
            raise WrongPolicyKind(f"policy value {name!r} is not a {wanted}")

    def _refuse_unknown(self, name: str, known: frozenset[str], what: str) -> None:
        if name not in known and not name.startswith(_OWN_NAME):
            raise UnknownPolicyName(f"no policy {what} is called {name!r}; docs/policy-names.md lists them")

    def _incomplete(self, name: str, *, title: str | None, clause: str | None) -> PolicyIncomplete:
        where = f"{title} ({self.version} {name})" if title else f"{self.version} {name}"
        message = f"{self.council_name} has not set it" + (f" ({clause})." if clause else ".")
        return PolicyIncomplete(
            f"policy incomplete: {where}", errors=[FieldError(field=name, rule="unset", message=message)]
        )
