"""Who may do what: the table role x operation, read from data, and the sentence that a refusal gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from shared.errors import Forbidden, Unauthenticated
from shared.settings import BadSetting

PUBLIC = "public"


class BadPermissions(BadSetting):
    """The table is wrong; the process must not start with it."""


class UnknownRole(BadSetting):
    """Nobody can be signed in as this."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Who may do one operation, and why only they."""

    operation: str
    roles: frozenset[str]
    why: str

    def allows(self, roles: Iterable[str]) -> bool:
        return PUBLIC in self.roles or not self.roles.isdisjoint(roles)


@dataclass(frozen=True, kw_only=True)
class StreamRule:
    """Who sees one service's events on a live stream, and who sees their data as well as their envelope."""

    see: frozenset[str]
    data: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Permissions:
    """The whole table."""

    roles: Mapping[str, str]
    rules: Mapping[str, Rule]
    streams: Mapping[str, Mapping[str, StreamRule]]
    audiences: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def require_role(self, role: str) -> None:
        """Raises `UnknownRole` unless somebody can be signed in as this."""
        if role not in self.roles or role == PUBLIC:
            known = ", ".join(name for name in self.roles if name != PUBLIC)
            raise UnknownRole(f"there is no role {role!r}; there are {known}")

    def knows(self, operation: str) -> bool:
        return operation in self.rules

    def allows(self, operation: str, roles: Iterable[str]) -> bool:
        """Whether any of `roles` may do `operation`. An operation that is not in the table is nobody's."""
        rule = self.rules.get(operation)
        return rule is not None and rule.allows(roles)

    def check(self, operation: str, roles: Iterable[str], *, signed_in: bool) -> None:
        """Raises `Forbidden` or, for someone not signed in, `Unauthenticated`; the detail says which rule."""
        if self.allows(operation, roles):
            return
        if not signed_in:
            raise Unauthenticated(f"{operation} needs a sign-in: send a bearer token")
        rule = self.rules.get(operation)
        if rule is None:
            raise Forbidden(f"{operation} is in no rule, so nobody may do it")
        raise Forbidden(f"Rule {operation}: {rule.why} Allowed: {', '.join(sorted(rule.roles))}.")


@cache
def packaged_permissions() -> Permissions:
    """The table in `permissions.yaml`, which no process reads twice. Raises `BadPermissions`."""
    return load_permissions(files("gateway").joinpath("permissions.yaml").read_text(encoding="utf-8"))


def load_permissions(text: str) -> Permissions:
    """The table from YAML text. Raises `BadPermissions`."""
    table = yaml.safe_load(text)
    roles: dict[str, str] = table["roles"]
    groups = {name: frozenset(members) for name, members in table.get("groups", {}).items()}
    rules = {name: _rule(name, entry, roles, groups) for name, entry in table["operations"].items()}
    streams = {
        name: {service: _stream_rule(entry, roles, groups) for service, entry in services.items()}
        for name, services in table["streams"].items()
    }
    audiences = {name: _roles("audiences", named, roles, groups) for name, named in table.get("audiences", {}).items()}
    return Permissions(roles=roles, rules=rules, streams=streams, audiences=audiences)


def _rule(name: str, entry: Mapping[str, Any], roles: Mapping[str, str], groups: Mapping[str, frozenset[str]]) -> Rule:
    why = str(entry.get("why", "")).strip()
    if not why.endswith("."):
        raise BadPermissions(f"operation {name}: `why` must be a sentence")
    return Rule(operation=name, roles=_roles(name, entry["roles"], roles, groups), why=why)


def _stream_rule(
    entry: Mapping[str, Any], roles: Mapping[str, str], groups: Mapping[str, frozenset[str]]
) -> StreamRule:
    see = _roles("streams", entry["see"], roles, groups)
    data = _roles("streams", entry.get("data", ()), roles, groups)
    if not data <= see:
        raise BadPermissions("streams: who gets an event's data must be among those who see it")
    return StreamRule(see=see, data=data)


def _roles(
    where: str, named: Iterable[str], roles: Mapping[str, str], groups: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    spread = frozenset(role for name in named for role in groups.get(name, frozenset({name})))
    unknown = sorted(spread - roles.keys())
    if unknown:
        raise BadPermissions(f"{where}: there is no role {', '.join(unknown)}")
    return spread
