"""What the council's policy pack says of case work. What a pack leaves open is asked for by `codes` alone, which then stops."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from shared.dates import london_day
from shared.errors import PolicyIncomplete, invalid
from shared.policy.keeping import clocks_from
from shared.policy.pack import PolicyPack, Row
from shared.policy.policies import Policies
from shared.policy.running import RunningClock
from shared.policy.views import clock_view, value_view

T = TypeVar("T")


class PackCaseRules:
    """The use cases' `CaseRules`, read from the packs in force on the day."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    def version(self, council_id: str, at: datetime) -> str:
        """The version of the pack in force. Raises `UnknownCouncil`."""
        return self._pack(council_id, at).version

    def rows(self, council_id: str, name: str, at: datetime) -> tuple[Row, ...]:
        """A table of the pack. Raises `PolicyIncomplete` where the pack leaves it open."""
        return self._pack(council_id, at).table(name)

    def codes(self, council_id: str, name: str, at: datetime, *, key: str = "code") -> tuple[str, ...]:
        """The codes of a table of the pack. Raises `PolicyIncomplete` where the pack leaves it open."""
        return tuple(row[key] for row in self.rows(council_id, name, at))

    def check_code(
        self, council_id: str, name: str, given: str, at: datetime, *, field: str, key: str = "code"
    ) -> None:
        """Raises `Invalid`, naming the field and the codes, unless the table has this code; `PolicyIncomplete`."""
        known = self.codes(council_id, name, at, key=key)
        if given not in known:
            raise invalid(field, "policy", f"it is not in the council's policy; known: {', '.join(known)}")

    def codes_if_set(self, council_id: str, name: str, at: datetime) -> tuple[str, ...] | None:
        """The codes of a table; `None` where the pack leaves it open."""
        return _if_set(lambda: self.codes(council_id, name, at))

    def number(self, council_id: str, name: str, at: datetime) -> int | None:
        """A number; `None` where the pack leaves it open."""
        return _if_set(lambda: self._pack(council_id, at).number(name))

    def asks_for(self, council_id: str, name: str, at: datetime) -> bool:
        """Whether the pack says yes; where it leaves it open, nothing is asked for."""
        return bool(_if_set(lambda: self._pack(council_id, at).flag(name)))

    def clocks(
        self,
        council_id: str,
        names: Sequence[str],
        *,
        record_id: str,
        started_at: datetime,
        started_on: date | None = None,
        occurrence: int = 1,
    ) -> tuple[RunningClock, ...]:
        """Running clocks of those rules that the pack sets a limit for; `occurrence` is which of a series."""
        return clocks_from(
            self._policies,
            council_id,
            names,
            record_id=record_id,
            started_at=started_at,
            started_on=started_on,
            occurrence=occurrence,
        )

    def as_it_stood(self, council_id: str, on: date, *, values: Sequence[str], clocks: Sequence[str]) -> dict[str, Any]:
        """These names of the pack in force on a day, with their clauses; names that it leaves out are left out."""
        pack = self._policies.pack(council_id, on=on)
        return {
            "version": pack.version,
            "effective_on": pack.effective_on.isoformat(),
            "source": pack.source,
            "values": _shown(pack.values, values, value_view),
            "clocks": _shown(pack.clocks, clocks, clock_view),
        }

    def _pack(self, council_id: str, at: datetime) -> PolicyPack:
        return self._policies.pack(council_id, on=london_day(at))


def _shown(known: Mapping[str, T], names: Sequence[str], view: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    return {name: view(known[name]) for name in names if name in known}


def _if_set(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except PolicyIncomplete:
        return None
