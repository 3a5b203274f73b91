"""`steward trace` and `steward migrate`: one story across the services, and stores brought up to date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from shared.cli.options import data_option, json_option, platform_for, print_rows

if TYPE_CHECKING:
    from shared.messaging.story import Archive
    from shared.plugins.points import ServicePlugin
    from shared.runtime.platform import Platform


COLUMNS = ("time", "service", "what", "type", "subject", "sequence", "actor", "detail")


@click.command()
@click.argument("id")
@data_option
@json_option
def trace(id: str, data: Path | None, as_json: bool) -> None:
    """Tell one story across the services, from their stores alone.

    ID is a correlation id, an event's id, a held message's id or a record's id; of a record every story it is in is told.
    Each event stands with what set it off, and with what became of it at each service that reads its stream: settled
    (applied, or of no use there), held and why, discarded, or not yet. Nothing of what an event says is shown.
    """
    from shared.messaging.story import tell

    rows = [line.as_row() for line in tell(id, archives(platform_for(data)))]
    if not rows:
        raise click.ClickException(f"no event has the id or the correlation id {id}, or is of such a record")
    print_rows(rows, COLUMNS, as_json=as_json, empty="")


@click.command()
@data_option
def migrate(data: Path | None) -> None:
    """Bring every service's store up to date: collections, indexes, validators."""
    for service, done in platform_for(data).migrate().items():
        for sentence in done or ["nothing to do"]:
            click.echo(f"{service}: {sentence}")


def archives(platform: Platform) -> list[Archive]:
    """Every service's stores, as far as they tell of events."""
    return [_archive(platform, plugin) for plugin in platform.services.values()]


def _archive(platform: Platform, plugin: ServicePlugin) -> Archive:
    from shared.messaging.consuming.held import HELD, MARKS
    from shared.messaging.publishing.event_log import EVENT_LOG, EventLog
    from shared.messaging.story import Archive

    store = platform.store(plugin.name)
    return Archive(
        service=plugin.name,
        streams=tuple(stream.name for stream in plugin.publishes),
        handles=frozenset(stream.name for stream in plugin.handles),
        event_log=EventLog(documents=store.documents(EVENT_LOG), clock=platform.clock),
        held=store.documents(HELD),
        marks=store.documents(MARKS),
        outboxes=tuple(store.documents(c) for c in plugin.collections if c.name in plugin.outboxes),
    )
