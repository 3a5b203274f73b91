"""`steward demo`: the whole journey, played through the public interfaces on a throw-away platform."""

from __future__ import annotations

import secrets
import sys
import tempfile
from pathlib import Path

import click

from shared.cli.options import data_option
from shared.cli.throw_away import throw_away_platform
from shared.clock import SettableClock


@click.command()
@click.option("--keep", is_flag=True, help="Keep the platform's data for a look afterwards.")
@data_option
def demo(keep: bool, data: Path | None) -> None:
    """Play the whole journey on a throw-away platform and check every step.

    Ends with exit code 0 only if every check held.
    """
    from shared.runtime.tokens import development_sign_in
    from shared.samples.client import Refused
    from shared.samples.journey import CheckFailed, Journey, play

    with tempfile.TemporaryDirectory(prefix="steward-demo-") as scratch:
        folder = data or (Path.cwd() / "steward-demo" if keep else Path(scratch))
        click.echo(
            f"starting an embedded platform on {'a throw-away folder' if folder == Path(scratch) else folder} ..."
        )
        clock = SettableClock(folder / "clock.json")
        with throw_away_platform(folder) as address:
            journey = Journey(
                address=address,
                sign_in=development_sign_in(data_dir=folder, clock=clock),
                clock=clock,
                say=click.echo,
                run=f"demo{secrets.token_hex(3)}",
            )
            try:
                play(journey)
            except (CheckFailed, Refused) as error:
                click.echo(f"\n  FAILED  {error}", err=True)
                sys.exit(1)
    if keep:
        click.echo(f"kept: {folder} (`steward up --data {folder}` goes on from there)")
