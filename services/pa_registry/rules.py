"""What the council's policy pack says, as the register asks for it.

The contract asks for DBS checks before *employment* (CE 3.2 "Employing a PA"); which checks an entry needs before it is
*published* the sources leave open. Our reading: the check that every personal assistant is recommended to have before
employment is asked for before employers can find them. A council that reads it otherwise lists the checks itself, as
`x_pa_checks_before_publishing` in its pack (an empty list asks for none).
"""

from __future__ import annotations

from datetime import datetime

from services.pa_registry.model.checks import CHECKS, AskedCheck, CheckName, read_level
from shared.dates import london_day
from shared.errors import PolicyIncomplete
from shared.policy.pack import PolicyPack
from shared.policy.policies import Policies

OWN_LIST = "x_pa_checks_before_publishing"


class PolicyRules:
    """The use cases' `Rules`, read from the packs in force on the day."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    def version(self, council_id: str, at: datetime) -> str:
        """The version of the pack in force. Raises `UnknownCouncil`."""
        return self._pack(council_id, at).version

    def checks_before_publishing(self, council_id: str, at: datetime) -> tuple[AskedCheck, ...]:
        """The checks that must be on record. Raises `PolicyIncomplete` where the pack leaves the DBS values unset."""
        pack = self._pack(council_id, at)
        if pack.sets(OWN_LIST):
            return tuple(_asked(pack, name) for name in pack.texts(OWN_LIST))
        return (_dbs(pack),) if pack.flag("dbs_before_employment") else ()

    def _pack(self, council_id: str, at: datetime) -> PolicyPack:
        return self._policies.pack(council_id, on=london_day(at))


def _asked(pack: PolicyPack, name: str) -> AskedCheck:
    if name == "dbs":
        return _dbs(pack)
    known: dict[str, CheckName] = {check: check for check in CHECKS}
    if name not in known:
        raise PolicyIncomplete(f"policy incomplete: {pack.version} {OWN_LIST} names {name!r}, which is no check")
    return AskedCheck(check=known[name], source=_source(pack, OWN_LIST))


def _dbs(pack: PolicyPack) -> AskedCheck:
    """At the level recommended for everyone; whether it is mandatory depends on an employer who is not known yet."""
    level = read_level(pack.text("dbs_recommended_level"))
    return AskedCheck(check="dbs", level=level, source=_source(pack, "dbs_recommended_level"))


def _source(pack: PolicyPack, name: str) -> str:
    """The clause, or the pack where the value is the council's own and no clause says it."""
    return pack.entry(name).clause or f"the council's policy {pack.version}"
