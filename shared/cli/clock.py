"""`steward clock`: the settable clock of an embedded development platform."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from shared.cli.options import data_option, settings_for
from shared.cli.running import read_local
from shared.clock import SettableClock

UNITS = {"minutes": 60, "hours": 3600, "days": 86_400, "weeks": 604_800}


@click.group()
def clock() -> None:
    """Show or move the clock of an embedded development platform: every deadline, sweep and token follows it."""


@clock.command()
@data_option
def show(data: Path | None) -> None:
    """Print the platform's time."""
    click.echo(_clock(data).now().isoformat(timespec="seconds"))


@clock.command(name="set")
@click.argument("instant", metavar="2026-03-02T09:00")
@data_option
def set_clock(instant: str, data: Path | None) -> None:
    """Set the platform's time (London, unless it has an offset); it runs on from there."""
    _clock(data).set(read_local(instant))
    click.echo(_clock(data).now().isoformat(timespec="seconds"))


@clock.command()
@click.argument("count", type=click.IntRange(1))
@click.argument("unit", type=click.Choice(list(UNITS)))
@data_option
def advance(count: int, unit: str, data: Path | None) -> None:
    """Move the platform's time on, e.g. `steward clock advance 7 days`."""
    _clock(data).advance(timedelta(seconds=count * UNITS[unit]))
    click.echo(_clock(data).now().isoformat(timespec="seconds"))


def _clock(data: Path | None) -> SettableClock:
    settings = settings_for(data)
    if not settings.embedded:
        raise click.ClickException("only an embedded development platform has a settable clock")
    settings.data_path.mkdir(parents=True, exist_ok=True)
    return SettableClock(settings.data_path / "clock.json")
