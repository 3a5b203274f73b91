"""How a broker differs from the declaration: what is missing, what is there besides, and what is there in another shape.

Both sides are RabbitMQ definitions: ours from `definitions`, the broker's from its own export (`rabbitmqctl
export_definitions`, or the management interface).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared.messaging.broker.definitions import VHOST

Shape = Mapping[str, Any]
Shapes = dict[str, Shape]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that isn't as declared; `detail` names what was declared and what was found."""

    kind: Literal["missing", "extra", "changed"]
    what: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}{f' ({self.detail})' if self.detail else ''}"


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """How to find the things of one kind in a definitions document, by the name they are told by."""

    section: str
    name: Callable[[Shape], str]
    facts: tuple[str, ...]


_IN_A_VHOST = (
    _Kind(section="exchanges", name=lambda e: f"exchange {e['name']}", facts=("type", "durable", "auto_delete")),
    _Kind(section="queues", name=lambda q: f"queue {q['name']}", facts=("durable", "auto_delete", "arguments")),
    _Kind(
        section="bindings", name=lambda b: f"binding {b['source']} -> {b['destination']} {b['routing_key']}", facts=()
    ),
    _Kind(section="permissions", name=lambda p: f"rights of {p['user']}", facts=("configure", "write", "read")),
    _Kind(
        section="topic_permissions",
        name=lambda p: f"rights of {p['user']} on keys of {p['exchange']}",
        facts=("write", "read"),
    ),
)
_USERS = _Kind(section="users", name=lambda u: f"user {u['name']}", facts=("tags", "limits"))


def differences(declared: Mapping[str, Any], found: Mapping[str, Any], *, vhost: str = VHOST) -> list[Difference]:
    """Everything that differs in this virtual host, and the users who may do anything in it."""
    told: list[Difference] = []
    for kind in _IN_A_VHOST:
        told += _compared(_shapes(kind, declared, vhost), _shapes(kind, found, vhost))
    return told + _users(declared, found, vhost)


def _users(declared: Mapping[str, Any], found: Mapping[str, Any], vhost: str) -> list[Difference]:
    """Of users that are not ours, only those with rights here matter, and their rights have been told."""
    known = _shapes(_USERS, declared, None)
    there = {name: shape for name, shape in _shapes(_USERS, found, None).items() if name in known}
    return _compared(known, there)


def _shapes(kind: _Kind, document: Mapping[str, Any], vhost: str | None) -> Shapes:
    entries = [entry for entry in document.get(kind.section, ()) if vhost is None or entry.get("vhost") == vhost]
    return {kind.name(entry): {fact: _plain(entry.get(fact)) for fact in kind.facts} for entry in _own(kind, entries)}


def _own(kind: _Kind, entries: Iterable[Shape]) -> Iterable[Shape]:
    """Without what every broker has: its own exchanges, and queues that the broker named and their bindings."""
    names = {"exchanges": "name", "queues": "name", "bindings": "destination"}
    told_by = names.get(kind.section)
    return [e for e in entries if told_by is None or not str(e[told_by]).startswith("amq.")]


def _plain(value: Any) -> Any:
    """Tags are a text in one release's export and a list in another's; no limits may be {} or absent."""
    if isinstance(value, list):
        return ",".join(value)
    return value if value is not None else {}


def _compared(declared: Shapes, found: Shapes) -> list[Difference]:
    missing = [Difference(kind="missing", what=name) for name in declared if name not in found]
    extra = [Difference(kind="extra", what=name) for name in found if name not in declared]
    changed = [
        Difference(kind="changed", what=name, detail=_change(declared[name], found[name]))
        for name in declared
        if name in found and declared[name] != found[name]
    ]
    return missing + extra + changed


def _change(declared: Shape, found: Shape) -> str:
    facts = [name for name in declared if declared[name] != found.get(name)]
    return "; ".join(f"{name} {found.get(name)!r} instead of {declared[name]!r}" for name in facts)
