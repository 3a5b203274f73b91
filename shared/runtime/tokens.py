"""Signing in to an embedded development platform from a command, through the gateway's own entry point."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from shared.clock import Clock
from shared.plugins.registry import load_plugins


def development_sign_in(*, data_dir: Path, clock: Clock) -> Callable[..., str]:
    """Gives tokens: `sign_in(role=..., councils=(...), actor_id=..., organisation_id=...)`."""
    issue = load_plugins("steward.gateway", ("token",), fits=callable, shape="a function")["token"]
    return partial(issue, data_dir=data_dir, clock=clock)


def demo_cast() -> list[tuple[str, str, tuple[str, ...]]]:
    """Whom a visitor may sign in as: name, what they do, and their councils."""
    cast = load_plugins("steward.gateway", ("cast",), fits=callable, shape="a function")["cast"]
    return [(person.name, person.about, person.councils) for person in cast().values()]
