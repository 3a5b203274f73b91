"""The statement formats that settings name, by the content types that they read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from shared.bank_statements.reading import BankStatement, checked, refuse
from shared.errors import TooLarge
from shared.plugins.points import StatementFormat
from shared.plugins.registry import BadPlugin, load_plugins

GROUP = "steward.statements"
BUILT_IN = ("csv", "ofx", "camt053")


@dataclass(frozen=True, kw_only=True)
class StatementFormats:
    """Reads a file by its content type. `most_bytes` and `most_lines` are the limits of one file."""

    by_content_type: Mapping[str, StatementFormat]
    most_bytes: int
    most_lines: int

    def read(self, body: bytes, *, content_type: str, profile: str | None) -> list[BankStatement]:
        """What the file says. Raises `Invalid`, `TooLarge`."""
        if len(body) > self.most_bytes:
            raise TooLarge(f"the file is larger than {self.most_bytes} bytes")
        kind = content_type.partition(";")[0].strip().lower()
        format = self.by_content_type.get(kind)
        if format is None:
            known = ", ".join(sorted(self.by_content_type))
            raise refuse("content_type", "known", f"statements are read as {known}")
        return checked(format.read(body, content_type=content_type, profile=profile), most_lines=self.most_lines)


def load_statement_formats(
    names: Sequence[str], *, profiles: str, most_bytes: int, most_lines: int
) -> StatementFormats:
    """The installed formats of these names. Raises `BadPlugin`, also when two of them read the same content type."""
    builders = load_plugins(GROUP, names, fits=callable, shape="a function (profiles=...) giving a StatementFormat")
    formats = {name: _built(name, builder, profiles) for name, builder in builders.items()}
    readers: dict[str, str] = {}
    for name, format in formats.items():
        for kind in format.content_types:
            if kind in readers:
                raise BadPlugin(f"{GROUP}: both {readers[kind]!r} and {name!r} read {kind}")
            readers[kind] = name
    by_type = MappingProxyType({kind: formats[name] for kind, name in readers.items()})
    return StatementFormats(by_content_type=by_type, most_bytes=most_bytes, most_lines=most_lines)


def _built(name: str, builder: Any, profiles: str) -> StatementFormat:
    built = builder(profiles=profiles)
    if not isinstance(built, StatementFormat):
        raise BadPlugin(f"{GROUP}: {name!r} is not a StatementFormat (content_types, and read(body, ...))")
    return built
