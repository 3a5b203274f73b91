"""The way in for services: all loaded packs, side by side by council and day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from types import MappingProxyType

from shared.dates import london_day
from shared.policy.builtin import BuiltinPacks
from shared.policy.calendars import BankHolidays, WorkingCalendar, england, working_calendar
from shared.policy.clocks import Deadline, due
from shared.policy.errors import NoPackInForce, PackRefused, UnknownCouncil, UnknownPolicyVersion
from shared.policy.loading import published_pack
from shared.policy.pack import PolicyPack
from shared.policy.source import PackSource, pack_texts


@dataclass(frozen=True, kw_only=True)
class Packs:
    """Every version of every council's pack, each council's in order of its first day."""

    by_council: Mapping[str, tuple[PolicyPack, ...]]

    @classmethod
    def of(cls, packs: Iterable[PolicyPack]) -> Packs:
        """Raises `PackRefused` if two packs have the same version."""
        by_version: dict[str, PolicyPack] = {}
        for pack in packs:
            if pack.version in by_version:
                raise PackRefused(f"There are two policy packs {pack.version}; which one holds would be a guess.")
            by_version[pack.version] = pack
        ordered = [by_version[version] for version in sorted(by_version)]
        councils = dict.fromkeys(pack.council_id for pack in ordered)
        return cls(
            by_council=MappingProxyType(
                {council: tuple(pack for pack in ordered if pack.council_id == council) for council in councils}
            )
        )

    def versions_of(self, council_id: str) -> tuple[PolicyPack, ...]:
        """The council's packs, oldest first. Raises `UnknownCouncil`."""
        if council_id not in self.by_council:
            raise UnknownCouncil(f"There is no policy pack for the council {council_id}.")
        return self.by_council[council_id]

    def in_force(self, council_id: str, on: date) -> PolicyPack:
        """The pack in force on the day: the newest that has begun. Raises `UnknownCouncil` or `NoPackInForce`."""
        begun = [pack for pack in self.versions_of(council_id) if pack.effective_on <= on]
        if not begun:
            raise NoPackInForce(f"policy incomplete: {council_id} has no policy pack in force on {on.isoformat()}")
        return begun[-1]

    def version(self, version: str) -> PolicyPack:
        """The pack a decision was taken under, such as `cheshire-east/2019-04-01`. Raises `UnknownPolicyVersion`."""
        for pack in self.by_council.get(version.partition("/")[0], ()):
            if pack.version == version:
                return pack
        raise UnknownPolicyVersion(f"There is no policy pack {version}.")


class Policies:
    """The loaded packs with the bank holidays, and what services ask of them."""

    def __init__(self, *, packs: Packs, bank_holidays: BankHolidays) -> None:
        self.packs = packs
        self._bank_holidays = bank_holidays

    @classmethod
    def load(
        cls, sources: Iterable[PackSource] | None = None, *, bank_holidays: BankHolidays | None = None
    ) -> Policies:
        """Reads and validates every pack of the sources (default: the built-in ones). Raises `PackRefused`."""
        chosen: Iterable[PackSource] = [BuiltinPacks()] if sources is None else sources
        texts = chain.from_iterable(pack_texts(source) for source in chosen)
        packs = Packs.of(published_pack(text) for text in texts)
        return cls(packs=packs, bank_holidays=bank_holidays or england())

    def councils(self) -> tuple[str, ...]:
        """The councils that have a pack."""
        return tuple(self.packs.by_council)

    def pack(self, council_id: str, *, on: date) -> PolicyPack:
        """The council's pack in force on the day. Raises `UnknownCouncil` or `NoPackInForce`."""
        return self.packs.in_force(council_id, on)

    def version(self, version: str) -> PolicyPack:
        """The pack of this version. Raises `UnknownPolicyVersion`."""
        return self.packs.version(version)

    def calendar(self, pack: PolicyPack, name: str) -> WorkingCalendar:
        """The pack's working calendar of this name. Raises `UnknownPolicyName`."""
        return working_calendar(pack, name, bank_holidays=self._bank_holidays)

    def deadline(self, council_id: str, clock: str, started_at: datetime, *, occurrence: int = 1) -> Deadline:
        """When the clock falls due, under the pack in force on the day it starts.

        Raises `PolicyIncomplete` if the pack leaves it open.
        """
        pack = self.pack(council_id, on=london_day(started_at))
        rule = pack.clock_rule(clock, occurrence=occurrence)
        return due(rule, started_at, self.calendar(pack, rule.calendar))
