"""Options that several commands share, and how a command gets at the platform's parts."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
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
GUTTER = "  "
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
    if settings.embedded and (settings.data_path / "clock.json").exists():  # its clock was set, and is its time
        settings = dataclasses.replace(settings, environment="development")
    missing = settings.embedded and not settings.store_url and not settings.data_path.exists()
    if missing:
        raise click.ClickException(f"there is no platform data in {settings.data_path}; give --data")
    return Platform(settings)


def print_rows(rows: list[dict[str, Any]], columns: tuple[str, ...], *, as_json: bool, empty: str) -> None:
    """Rows for people, one to a line (or, where a screen is too narrow, one to a block), or as JSON. No value is cut short."""
    if as_json:
        click.echo(json.dumps(rows, indent=2, default=str))
        return
    if not rows:
        click.echo(empty)
        return
    texts = [[_text(row.get(name)) for name in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *texts, strict=True)]
    if sys.stdout.isatty() and sum(widths) + len(GUTTER) * len(widths) > shutil.get_terminal_size().columns:
        click.echo("\n\n".join(_block(columns, text) for text in texts))
        return
    for text in [columns, *texts]:
        click.echo(GUTTER.join(value.ljust(width) for value, width in zip(text, widths, strict=True)).rstrip())


def _block(columns: tuple[str, ...], text: list[str]) -> str:
    """A row too wide for its screen, a line for each value: an id that was cut short could not be used."""
    widest = max(map(len, columns))
    return "\n".join(f"{name.ljust(widest)}{GUTTER}{value}" for name, value in zip(columns, text, strict=True) if value)


def _text(value: Any) -> str:
    return "" if value is None else " ".join(str(value).split())
