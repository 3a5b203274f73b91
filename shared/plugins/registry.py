"""Finds plugins among installed entry points and loads exactly those that settings name, in that order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any


class BadPlugin(Exception):
    """A plugin that is unknown, declared twice, fails to load or has the wrong shape; the message says which and why."""


def load_plugins(
    group: str,
    wanted: Sequence[str],
    *,
    fits: Callable[[Any], bool],
    shape: str,
    installed: Iterable[EntryPoint] | None = None,
) -> dict[str, Any]:
    """The named plugins of a group. `fits` says whether a loaded object has the group's shape, `shape` names it."""
    available = list(entry_points(group=group) if installed is None else installed)
    twice = {name for name in wanted if list(wanted).count(name) > 1}
    if twice:
        raise BadPlugin(f"{group}: {', '.join(sorted(twice))} is listed twice in settings")
    return {name: _load(group, name, available, fits=fits, shape=shape) for name in wanted}


def load_attribute(path: str) -> Any:
    """The attribute named as `package.module:attribute`."""
    module, _, attribute = path.partition(":")
    return getattr(import_module(module), attribute)


def _load(group: str, name: str, available: Sequence[EntryPoint], *, fits: Callable[[Any], bool], shape: str) -> Any:
    found = {entry.value: entry for entry in available if entry.name == name}
    if not found:
        known = ", ".join(sorted({entry.name for entry in available})) or "none"
        raise BadPlugin(f"{group}: no plugin named {name!r} is installed (installed: {known})")
    if len(found) > 1:
        raise BadPlugin(f"{group}: {name!r} is declared by more than one package: {', '.join(sorted(found))}")
    entry = next(iter(found.values()))
    try:
        plugin = entry.load()
    except (ImportError, AttributeError) as error:
        raise BadPlugin(f"{group}: {name!r} ({entry.value}) could not be loaded: {error}") from error
    if not fits(plugin):
        raise BadPlugin(f"{group}: {name!r} ({entry.value}) is not {shape}")
    return plugin
