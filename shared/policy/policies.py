"""The way in for services: all loaded packs, side by side by council and day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from types import MappingProxyType
from typing import Protocol

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
        """The pack in force on the day: the newest that has begun, and was not withdrawn.

        Raises `UnknownCouncil` or `NoPackInForce`.
        """
        begun = [pack for pack in self.versions_of(council_id) if pack.effective_on <= on and not pack.withdrawn]
        if not begun:
            raise NoPackInForce(f"policy incomplete: {council_id} has no policy pack in force on {on.isoformat()}")
        return begun[-1]

    def version(self, version: str) -> PolicyPack:
        """The pack a decision was taken under, such as `cheshire-east/2019-04-01`. Raises `UnknownPolicyVersion`."""
        for pack in self.by_council.get(version.partition("/")[0], ()):
            if pack.version == version:
                return pack
        raise UnknownPolicyVersion(f"There is no policy pack {version}.")

    def with_pack(self, pack: PolicyPack) -> Packs:
        """These and one more, which takes the place of one with the same version."""
        others = chain.from_iterable(self.by_council.values())
        return Packs.of([*(old for old in others if old.version != pack.version), pack])


class MorePacks(Protocol):
    """Packs that come while the platform runs; the very same tuple for as long as there is nothing new."""

    def packs(self, *, fresh: bool = False) -> tuple[PolicyPack, ...]: ...


class Policies:
    """The loaded packs with the bank holidays, and what services ask of them.

    With `published` there are also those that came while the platform ran; of one version, the published pack holds,
    because decisions have been taken under it.
    """

    def __init__(self, *, packs: Packs, bank_holidays: BankHolidays, published: MorePacks | None = None) -> None:
        self._loaded = packs
        self._packs = packs
        self._bank_holidays = bank_holidays
        self._published = published
        self._added: tuple[PolicyPack, ...] = ()

    @classmethod
    def load(
        cls, sources: Iterable[PackSource] | None = None, *, bank_holidays: BankHolidays | None = None
    ) -> Policies:
        """Reads and validates every pack of the sources (default: the built-in ones). Raises `PackRefused`."""
        chosen: Iterable[PackSource] = [BuiltinPacks()] if sources is None else sources
        texts = chain.from_iterable(pack_texts(source) for source in chosen)
        packs = Packs.of(published_pack(text) for text in texts)
        return cls(packs=packs, bank_holidays=bank_holidays or england())

    @property
    def packs(self) -> Packs:
        """Every version of every council's pack that is known by now."""
        return self._known()

    def with_published(self, published: MorePacks) -> Policies:
        """These policies and those of another source."""
        return Policies(packs=self._loaded, bank_holidays=self._bank_holidays, published=published)

    def with_pack(self, pack: PolicyPack) -> Policies:
        """These policies as they would be with this pack; for a look at what it would change."""
        return Policies(packs=self.packs.with_pack(pack), bank_holidays=self._bank_holidays)

    def read_again(self) -> None:
        """Looks for packs that were published since, however lately that was last done. Raises `StoreAway`."""
        self._known(fresh=True)

    def councils(self) -> tuple[str, ...]:
        """The councils that have a pack."""
        return tuple(self.packs.by_council)

    def pack(self, council_id: str, *, on: date) -> PolicyPack:
        """The council's pack in force on the day. Raises `UnknownCouncil` or `NoPackInForce`."""
        return self.packs.in_force(council_id, on)

    def version(self, version: str) -> PolicyPack:
        """The pack of this version. Raises `UnknownPolicyVersion`."""
        try:
            return self.packs.version(version)
        except UnknownPolicyVersion:
            return self._known(fresh=True).version(version)  # another replica may have learned of it a moment ago

    def calendar(self, pack: PolicyPack, name: str) -> WorkingCalendar:
        """The pack's working calendar of this name. Raises `UnknownPolicyName`."""
        return working_calendar(pack, name, bank_holidays=self._bank_holidays)

    def deadline(self, council_id: str, clock: str, started_at: datetime, *, occurrence: int = 1) -> Deadline:
        """When the clock falls due, under the pack in force on the day it starts.

        Raises `PolicyIncomplete` if the pack leaves it open.
        """
        return self._reckon(self.pack(council_id, on=london_day(started_at)), clock, started_at, occurrence)

    def reckon(self, version: str, clock: str, started_at: datetime, *, occurrence: int = 1) -> Deadline:
        """When the clock fell due under this very version: the same for ever, whatever is published later.

        Raises `UnknownPolicyVersion`, and `PolicyIncomplete` if that version leaves it open.
        """
        return self._reckon(self.version(version), clock, started_at, occurrence)

    def _reckon(self, pack: PolicyPack, clock: str, started_at: datetime, occurrence: int) -> Deadline:
        rule = pack.clock_rule(clock, occurrence=occurrence)
        return due(rule, started_at, self.calendar(pack, rule.calendar))

    def _known(self, *, fresh: bool = False) -> Packs:
        if self._published is None:
            return self._packs
        added = self._published.packs(fresh=fresh)
        if added is not self._added:
            packs = self._loaded
            for pack in added:
                packs = packs.with_pack(pack)
            self._packs, self._added = packs, added
        return self._packs
