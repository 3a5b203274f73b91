"""An embedded platform of its own for one command, started as a process and ended with it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

START_SECONDS = 180
STOP_SECONDS = 30


@contextmanager
def throw_away_platform(folder: Path, *, clock: str | None = None) -> Iterator[str]:
    """Runs `steward up` on this folder; gives its address. `clock` is where its time begins."""
    platform, address = _start(folder, [] if clock is None else ["--clock", clock])
    try:
        yield address
    finally:
        _stop(platform)


def _start(folder: Path, arguments: list[str]) -> tuple[subprocess.Popen[str], str]:
    """Starts `steward up` as a process of its own; it and its address once it answers."""
    command = [sys.executable, "-m", "shared.cli", "up", "--data", str(folder), "--port", "0", *arguments]
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
