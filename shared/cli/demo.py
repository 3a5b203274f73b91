"""`steward demo`: the whole journey, played through the public interfaces on a throw-away platform."""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import click

from shared.cli.options import data_option
from shared.clock import SettableClock

START_SECONDS = 180
STOP_SECONDS = 30


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
        platform, address = _start(folder)
        clock = SettableClock(folder / "clock.json")
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
        finally:
            _stop(platform)
    if keep:
        click.echo(f"kept: {folder} (`steward up --data {folder}` goes on from there)")


def _start(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """Starts `steward up` as a process of its own; it and its address once it answers."""
    command = [sys.executable, "-m", "shared.cli", "up", "--data", str(folder), "--port", "0"]
    platform = subprocess.Popen(  # noqa: S603  (this very program)
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"}
    )
    assert platform.stdout is not None  # noqa: S101  (a pipe was asked for)
    timer = threading.Timer(START_SECONDS, platform.kill)
    timer.start()
    began = time.monotonic()
    for line in platform.stdout:
        if (found := re.search(r"is up at (http://\S+)", line)) is not None:
            timer.cancel()
            click.echo(f"it is up at {found[1]} after {time.monotonic() - began:.1f} s")
            return platform, found[1]
    timer.cancel()
    raise click.ClickException("the platform did not start; see the messages above")


def _stop(platform: subprocess.Popen[str]) -> None:
    platform.send_signal(signal.SIGTERM)
    try:
        platform.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        platform.kill()
        platform.wait()
