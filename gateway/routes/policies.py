"""The councils' policy packs, read here without asking a service: the same files hold everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import gateway
from gateway.schemas.policies import Pack, PackFilter, PackList
from shared.dates import london_day, parse_day
from shared.errors import NotFound
from shared.policy.pack import PolicyPack

Fields = dict[str, Any]
VALUE = ("value", "unset", "clause", "note", "ours", "title")
CLOCK = ("id", "starts", "stops", "unset", "clause", "note", "ours")

policies = ApiBlueprint("policies", __name__, description="The councils' rules as dated, cited data.")


@policies.operation("GET", "/policies", "policies.list", answer=PackList)
def list_policies() -> Fields:
    """List every council's policy packs, the newest last, and which one is in force today."""
    packs = gateway().policies.packs.by_council
    return {"items": [_line(pack) for versions in packs.values() for pack in versions], "next": None}


@policies.operation("GET", "/policies/<id:council_id>", "policies.read", query=PackFilter, answer=Pack)
def get_policy(query: Fields, council_id: str) -> Fields:
    """Read the pack in force on a day: every value and clock with its clause, and what is left unset."""
    on = parse_day(query["on"]) if "on" in query else _today()
    if council_id not in gateway().policies.packs.by_council:
        raise NotFound(f"There is no policy pack for {council_id}.")
    return _full(gateway().policies.pack(council_id, on=on))


def _today() -> date:
    return london_day(gateway().clock.now())


def _line(pack: PolicyPack) -> Fields:
    begun = [p for p in gateway().policies.packs.versions_of(pack.council_id) if p.effective_on <= _today()]
    return {
        "version": pack.version,
        "council_id": pack.council_id,
        "council_name": pack.council_name,
        "effective_on": pack.effective_on.isoformat(),
        "source": pack.source,
        "in_force": bool(begun) and begun[-1] is pack,
    }


def _full(pack: PolicyPack) -> Fields:
    return {
        **_line(pack),
        "values": [{"name": name} | _shown(value, VALUE) for name, value in pack.values.items()],
        "clocks": [{"name": name} | _shown(clock, CLOCK) for name, clock in pack.clocks.items()],
        "calendars": sorted(pack.calendars),
    }


def _shown(record: Any, names: tuple[str, ...]) -> Fields:
    return {name: _plain(getattr(record, name)) for name in names}


def _plain(value: Any) -> Any:
    """Read-only rows and tuples as JSON values."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value
