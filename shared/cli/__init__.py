"""The `steward` command: one group, its commands found through entry points and loaded only when used."""

from __future__ import annotations

import sys
import warnings
from importlib.metadata import entry_points
from typing import Any

import click

GROUP = "steward.commands"


class Commands(click.Group):
    """Commands contributed by the platform, its services and the gateway."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(entry.name for entry in entry_points(group=GROUP))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = [entry for entry in entry_points(group=GROUP) if entry.name == cmd_name]
        command: click.Command | None = found[0].load() if found else None
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
def steward() -> None:
    """Self-directed adult social care for English councils: run the platform and look after it.

    Begin with `steward up --demo` (the whole platform on this machine with two sample councils) or `steward demo` (plays
    the whole journey and checks it). Settings are environment variables; docs/settings.md lists them.
    """


def main() -> Any:
    """Runs `steward`; a refusal is one sentence on standard error and exit code 1, wrong use exit code 2."""
    warnings.filterwarnings("ignore", message=r"(?s).*Eventlet is deprecated")  # ADR 0001 says what we do about it
    from shared.cli.refusals import refusals

    try:
        return steward(standalone_mode=True)
    except refusals() as error:
        click.echo(f"steward: {error}", err=True)
        for fault in getattr(error, "errors", ()):
            if fault.message not in str(error):
                click.echo(f"  {fault.field}: {fault.message}", err=True)
        sys.exit(1)
