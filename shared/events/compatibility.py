"""What breaks between two contracts: the events of an earlier release, and those of the code as it is.

A contract is JSON: `published` maps `<type>/v<major>` to `{"stream": {...}, "schema": {...}}`, `incoming` maps a type that
councils send to its schema. Within a major, an event must stay readable in both directions: what was stored by the earlier
release is read by this one, and services of the earlier release, which may still run beside this one, read what it sends.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ANNOTATIONS = frozenset({"description", "title", "examples", "$comment"})
UPPER_LIMITS = ("maxLength", "maxItems", "maximum", "exclusiveMaximum", "maxProperties")
LOWER_LIMITS = ("minLength", "minItems", "minimum", "exclusiveMinimum", "minProperties")
WALKED = frozenset({"type", "properties", "required", "enum", "items", *UPPER_LIMITS, *LOWER_LIMITS})
NO_LIMIT = float("inf")


@dataclass(frozen=True, kw_only=True)
class Break:
    """One breaking change: of which event, where in its data (dotted path, empty for the event itself), which rule, and why."""

    event: str
    path: str
    rule: str
    why: str

    def __str__(self) -> str:
        return f"{self.event}{f' at {self.path}' if self.path else ''}: {self.rule}: {self.why}"


def breaks_between(
    released: Mapping[str, Any], present: Mapping[str, Any], *, upcast: Collection[str] = ()
) -> list[Break]:
    """Every breaking change since `released`. `upcast` names the `<type>/v<major>` that upcasters bring up to today's."""
    found = []
    for name, contract in released["published"].items():
        found += list(_published(name, contract, present["published"], upcast))
    for name, schema in released["incoming"].items():
        found += list(_incoming(name, schema, present["incoming"]))
    return found


def _published(
    name: str, released: Mapping[str, Any], present: Mapping[str, Any], upcast: Collection[str]
) -> Iterator[Break]:
    now = present.get(name)
    if now is not None:
        if now["stream"] != released["stream"]:
            why = f"{_told(released['stream'])} became {_told(now['stream'])}"
            yield Break(event=name, path="", rule="stream-changed", why=why)
        walk = _Walk(event=name, read_by_others=True)
        yield from walk.compare(released["schema"], now["schema"], "")
    elif name not in upcast:
        why = "it was published, is stored in logs, and neither a class nor upcasters read it any more"
        yield Break(event=name, path="", rule="type-removed", why=why)


def _incoming(name: str, released: Mapping[str, Any], present: Mapping[str, Any]) -> Iterator[Break]:
    event = f"incoming {name}"
    if name not in present:
        yield Break(event=event, path="", rule="type-removed", why="councils still send it")
        return
    yield from _Walk(event=event, read_by_others=False).compare(released, present[name], "")


@dataclass(frozen=True, kw_only=True)
class _Walk:
    """Two schemas side by side. What only councils send may grow wider; what others read may not."""

    event: str
    read_by_others: bool

    def compare(self, old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> Iterator[Break]:
        if old.get("type") != new.get("type"):
            yield self._break(path, "type-changed", f"{old.get('type')} became {new.get('type')}")
            return
        yield from self._members(old, new, path)
        yield from self._values(old, new, path)
        yield from self._limits(old, new, path)
        yield from self._other_keywords(old, new, path)
        if "items" in old and "items" in new:
            yield from self.compare(old["items"], new["items"], f"{path}[]")

    def _members(self, old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> Iterator[Break]:
        before, now = old.get("properties", {}), new.get("properties", {})
        was_required, is_required = set(old.get("required", ())), set(new.get("required", ()))
        for name in before.keys() - now.keys():
            yield self._break(_join(path, name), "field-removed", "what was told is no longer read")
        for name in sorted(is_required - was_required):
            yield self._break(_join(path, name), "newly-required", "what was sent without it would be refused")
        for name in sorted(was_required & now.keys() - is_required):
            if self.read_by_others:
                yield self._break(_join(path, name), "no-longer-required", "those who read it count on it")
        for name in before.keys() & now.keys():
            yield from self.compare(before[name], now[name], _join(path, name))

    def _values(self, old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> Iterator[Break]:
        gone, added = _lost(old.get("enum"), new.get("enum")), _lost(new.get("enum"), old.get("enum"))
        if gone:
            yield self._break(path, "enum-narrowed", f"{gone} would be refused")
        if added and self.read_by_others:
            yield self._break(path, "enum-widened", f"the last release would refuse {added}")

    def _limits(self, old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> Iterator[Break]:
        pairs = [(k, old.get(k, NO_LIMIT), new.get(k, NO_LIMIT)) for k in UPPER_LIMITS]
        pairs += [(k, -old.get(k, -NO_LIMIT), -new.get(k, -NO_LIMIT)) for k in LOWER_LIMITS]
        for keyword, before, now in pairs:
            if now < before:
                yield self._break(path, "limit-narrowed", f"{keyword}: {old.get(keyword)} became {new[keyword]}")
            elif now > before and self.read_by_others:
                yield self._break(path, "limit-widened", f"{keyword}: {old[keyword]} became {new.get(keyword)}")

    def _other_keywords(self, old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> Iterator[Break]:
        """`format`, `pattern` and whatever else: any change counts, since nobody can say which of the two is wider."""
        for keyword in sorted((old.keys() | new.keys()) - WALKED - ANNOTATIONS):
            if old.get(keyword) != new.get(keyword):
                why = f"{old.get(keyword)} became {new.get(keyword)}"
                yield self._break(path, f"{keyword}-changed", why)

    def _break(self, path: str, rule: str, why: str) -> Break:
        return Break(event=self.event, path=path, rule=rule, why=why)


def _lost(before: list[Any] | None, now: list[Any] | None) -> str:
    """The values that `before` allows and `now` does not, in words; empty if there are none."""
    if now is None:
        return ""
    if before is None:
        return "any other value"
    return ", ".join(str(value) for value in before if value not in now)


def _told(stream: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(stream.items()))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
