"""JSON objects read by name, each knowing where it stands, so that a refusal can say which field breaks which rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.errors import FieldError, Invalid


@dataclass(frozen=True, kw_only=True)
class Node:
    """An object of a FHIR document. Fields that nobody asks for are ignored; those asked for must be of their type."""

    path: str
    value: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """A text; `None` where there is none."""
        found = self.value.get(name)
        if found is not None and not isinstance(found, str):
            raise refused(self._at(name), "text", f"{self._at(name)} must be text")
        return found or None

    def needed(self, name: str) -> str:
        """A text that must be there."""
        found = self.text(name)
        if found is None:
            raise refused(self._at(name), "required", f"{self._at(name)} is missing")
        return found

    def texts(self, name: str) -> list[str]:
        """A list of texts, empty where there is none."""
        found = self.value.get(name)
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise refused(self._at(name), "texts", f"{self._at(name)} must be a list of texts")
        return found

    def child(self, name: str) -> Node:
        """An object; an empty one where there is none."""
        found = self.value.get(name)
        return node({} if found is None else found, self._at(name))

    def children(self, name: str) -> list[Node]:
        """A list of objects, empty where there is none."""
        found = self.value.get(name)
        if found is None:
            return []
        if not isinstance(found, list):
            raise refused(self._at(name), "list", f"{self._at(name)} must be a list")
        return [node(one, f"{self._at(name)}.{index}") for index, one in enumerate(found)]

    def first(self, name: str) -> Node:
        """The first of a list; an empty object where there is none."""
        found = self.children(name)
        return found[0] if found else Node(path=f"{self._at(name)}.0", value={})

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}"


def node(value: Any, path: str) -> Node:
    """Raises `Invalid` for what is no object."""
    if not isinstance(value, Mapping):
        raise refused(path, "object", f"{path} must be an object")
    return Node(path=path, value=value)


def refused(field: str, rule: str, message: str) -> Invalid:
    """The refusal of one field."""
    return Invalid(message, errors=[FieldError(field=field, rule=rule, message=message)])
