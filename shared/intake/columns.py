"""The columns of a table of submissions, made from the type itself: `person.born_on`, `weekly_budget_pence`, ..."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, get_args, get_origin, get_type_hints

from shared.events.schemas import unwrapped

FLAGS: Mapping[str, bool] = MappingProxyType({"true": True, "yes": True, "false": False, "no": False})
BETWEEN_VALUES = ";"
_WHOLE = re.compile(r"-?\d{1,18}")


@cache
def columns_of(cls: Any) -> Mapping[str, Any]:
    """Each column's dotted name with the type that its cells are read as."""
    hints = get_type_hints(cls, include_extras=True)
    found: dict[str, Any] = {}
    for member in dataclasses.fields(cls):
        inner, _, _ = unwrapped(hints[member.name])
        if dataclasses.is_dataclass(inner):
            nested_type: Any = inner
            found |= {f"{member.name}.{name}": kind for name, kind in columns_of(nested_type).items()}
        else:
            found[member.name] = inner
    return MappingProxyType(found)


def value_of(cell: str, kind: Any) -> Any:
    """A cell as the value that its column holds. What can't be read so stays text, for the field's own rule to refuse."""
    text = cell.strip()
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        return [value_of(part, inner) for part in text.split(BETWEEN_VALUES) if part.strip()]
    if kind is bool:
        return FLAGS.get(text.lower(), text)
    if kind is int:
        return int(text) if _WHOLE.fullmatch(text) else text
    return text


def nested(row: Mapping[str, Any]) -> dict[str, Any]:
    """Values by dotted names as objects within objects."""
    whole: dict[str, Any] = {}
    for name, value in row.items():
        *path, last = name.split(".")
        place = whole
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value
    return whole
