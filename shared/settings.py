"""Settings: typed, from the environment only, read once at start-up; a wrong one stops the process with a sentence."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, TypeVar, cast

T = TypeVar("T")
LONGEST_SECONDS = 10_000_000


class BadSetting(Exception):
    """A setting that cannot be read, with its name, value and rule in the message."""


def setting(
    variable: str, default: T, about: str, *, parse: Callable[[str], T] | None = None, secret: bool = False
) -> T:
    """A dataclass field read from the environment variable `variable`; `about` becomes its line in the reference."""
    reader = parse or _reader_for(default)
    metadata = {"variable": variable, "about": about, "parse": reader, "secret": secret}
    return field(default=default, metadata=metadata)


def read_settings(cls: type[T], environment: Mapping[str, str] | None = None) -> T:
    """Fills a settings dataclass from the environment (or from `environment`). Raises `BadSetting`."""
    source = os.environ if environment is None else environment
    return cls(**{f.name: _read(f, source) for f in fields(cast(Any, cls)) if f.metadata.get("variable") in source})


@dataclass(frozen=True, kw_only=True)
class SettingLine:
    """One row of the settings reference."""

    variable: str
    default: str
    about: str


def describe_settings(cls: type[Any]) -> list[SettingLine]:
    """Every setting of a settings dataclass, for the generated reference."""
    return [
        SettingLine(variable=f.metadata["variable"], default=_shown(f), about=f.metadata["about"])
        for f in fields(cls)
        if "variable" in f.metadata
    ]


def seconds(text: str) -> float:
    """A duration in seconds, above nought."""
    value = float(text)
    if not 0 < value <= LONGEST_SECONDS:
        raise ValueError(f"a number of seconds above 0, at most {LONGEST_SECONDS}")
    return value


def seconds_list(text: str) -> tuple[float, ...]:
    """Durations in seconds, separated by commas."""
    return tuple(seconds(part) for part in text.split(","))


def names(text: str) -> tuple[str, ...]:
    """Names separated by commas; blanks ignored."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _read(f: Field[Any], source: Mapping[str, str]) -> Any:
    variable = f.metadata["variable"]
    try:
        return f.metadata["parse"](source[variable])
    except ValueError as error:
        shown = "(hidden)" if f.metadata["secret"] else repr(source[variable])
        raise BadSetting(f"{variable}={shown}: {error}. {f.metadata['about']}") from error


def _shown(f: Field[Any]) -> str:
    if f.metadata["secret"] or f.default is MISSING or f.default is None:
        return ""
    if isinstance(f.default, tuple):
        return ",".join(str(part) for part in f.default)
    return str(f.default)


def _reader_for(default: Any) -> Callable[[str], Any]:
    if isinstance(default, bool):
        return _flag
    if isinstance(default, int):
        return int
    if isinstance(default, float):
        return seconds
    if isinstance(default, tuple):
        return names
    return str


def _flag(text: str) -> bool:
    if text.lower() in ("1", "true", "yes"):
        return True
    if text.lower() in ("0", "false", "no"):
        return False
    raise ValueError("true or false")
