"""Options that several commands share, and how a command gets at the platform's parts."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from shared.runtime.platform import Platform
    from shared.runtime.settings import PlatformSettings

F = TypeVar("F", bound=Callable[..., Any])

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Folder of an embedded platform's data [default: STEWARD_DATA_DIR].",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine to read.")


def settings_for(data: Path | None, **changes: Any) -> PlatformSettings:
    """The platform's settings from the environment, with the command line's wishes on top."""
    from shared.runtime.settings import PlatformSettings
    from shared.settings import read_settings

    settings = read_settings(PlatformSettings)
    if data is not None:
        changes["data_dir"] = str(data)
    return dataclasses.replace(settings, **changes)


def platform_for(data: Path | None) -> Platform:
    """The platform's parts for a command that looks at stores or topology beside a running platform."""
    from shared.runtime.platform import Platform

    settings = settings_for(data)
    missing = settings.embedded and not settings.store_url and not settings.data_path.exists()
    if missing:
        raise click.ClickException(f"there is no platform data in {settings.data_path}; give --data")
    return Platform(settings)


def print_rows(rows: list[dict[str, Any]], columns: tuple[str, ...], *, as_json: bool, empty: str) -> None:
    """Rows as a table for people, or as JSON."""
    if as_json:
        click.echo(json.dumps(rows, indent=2, default=str))
        return
    if not rows:
        click.echo(empty)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns)
    for row in rows:
        table.add_row(*(str(row.get(name) if row.get(name) is not None else "") for name in columns))
    Console().print(table)
