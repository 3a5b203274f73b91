"""`steward up` and `steward run`: the platform on this machine, or some services against the engines in settings."""

from __future__ import annotations

import errno
import sys
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from shared.cli.options import data_option, settings_for


def patch_process() -> None:
    """Makes this process cooperative before anything else is imported."""
    import eventlet

    eventlet.monkey_patch()


@click.command()
@data_option
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes any free port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--demo", is_flag=True, help="Load the sample councils and keep their events flowing.")
@click.option("--clock", "start_at", default=None, metavar="2026-03-02T09:00", help="Start the platform's clock here.")
def up(data: Path | None, port: int, host: str, demo: bool, start_at: str | None) -> None:
    """Run the whole platform on this machine, in this process, with nothing else to install.

    Ctrl-C stops it cleanly. Everything it keeps is in the data folder.
    """
    began = time.monotonic()
    patch_process()
    from shared.logs import configure_logs
    from shared.runtime.embedded import EmbeddedPlatform, NotStarted

    environment = "development" if host in ("127.0.0.1", "localhost", "::1") else "production"
    settings = settings_for(data, environment=environment)
    configure_logs(level=settings.log_level)
    try:
        platform = EmbeddedPlatform(settings, host=host, port=port)
    except OSError as error:
        raise click.ClickException(_not_listening(host, port, error)) from error
    if start_at is not None:
        _set_clock(platform.platform.clock, start_at)
    try:
        platform.start(tell=lambda step: click.echo(f"starting {step} ...", err=True))
    except NotStarted as error:
        platform.stop()
        raise click.ClickException(str(error)) from error
    click.echo(
        f"Steward is up at {platform.address} after {time.monotonic() - began:.1f} s (data: {settings.data_path})"
    )
    stopping = threading.Event()
    if demo:
        _play_samples(platform, stopping)
    click.echo("Ctrl-C stops it.")
    code = platform.wait()
    stopping.set()
    platform.stop()
    click.echo("stopped; nothing is left running.", err=True)
    sys.exit(code)


@click.command()
@click.argument("services", nargs=-1, required=True)
def run(services: tuple[str, ...]) -> None:
    """Run the named services in this process against the broker and stores in settings.

    Start the same service several times, on one machine or many, to scale it.
    """
    patch_process()
    from shared.logs import configure_logs
    from shared.runtime.distributed import run_services

    settings = settings_for(None)
    configure_logs(level=settings.log_level)
    if settings.embedded:
        raise click.ClickException(
            "STEWARD_BROKER_URL is embedded://; `steward run` needs amqp://… (or use `steward up`)"
        )
    sys.exit(run_services(settings, services))


def _not_listening(host: str, port: int, error: OSError) -> str:
    """What to do about an address that can't be listened on."""
    if error.errno == errno.EADDRINUSE:
        return f"another program listens on {host}:{port}; stop it, or give another --port (0 takes any free one)"
    return f"cannot listen on {host}:{port}: {error.strerror or error}"


def _set_clock(clock: Any, start_at: str) -> None:
    from shared.clock import SettableClock

    if not isinstance(clock, SettableClock):
        raise click.ClickException("the clock can be set only on an embedded development platform")
    clock.set(read_local(start_at))


def read_local(text: str) -> datetime:
    """A London time such as 2026-03-02T09:00, or an instant with its offset."""
    from zoneinfo import ZoneInfo

    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not a time such as 2026-03-02T09:00") from error
    return given if given.tzinfo else given.replace(tzinfo=ZoneInfo("Europe/London"))


def _play_samples(platform: Any, stopping: threading.Event) -> None:
    from shared.runtime.tokens import demo_cast, development_sign_in
    from shared.samples.playing import keep_flowing, load_samples

    clock = platform.platform.clock
    sign_in = development_sign_in(data_dir=platform.settings.data_path, clock=clock)
    click.echo("loading the sample councils (plainly fictitious people on real postcodes) ...")
    load_samples(platform.address, sign_in=sign_in, clock=clock, say=click.echo)
    keep_flowing(platform.address, sign_in=sign_in, stopping=stopping)
    click.echo(f"their events keep flowing: {platform.address}/ shows them. Sign in at {platform.address}/sign-in as")
    for name, about, councils in demo_cast():
        click.echo(f"  {name:16} {about} ({', '.join(councils)})")
