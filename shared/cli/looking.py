"""`steward trace` and `steward migrate`: one story across the services, and stores brought up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from shared.cli.options import data_option, json_option, platform_for, print_rows


@click.command()
@click.argument("id")
@data_option
@json_option
def trace(id: str, data: Path | None, as_json: bool) -> None:
    """Tell one story across the services: every event with this correlation id (or that of this event id)."""
    from shared.messaging.event_log import EVENT_LOG, EventLog

    platform = platform_for(data)
    logs = {
        name: EventLog(documents=platform.store(name).documents(EVENT_LOG), clock=platform.clock)
        for name in platform.services
    }
    known = [entry for log in logs.values() if (entry := log.entry(id)) is not None]
    correlation_id = known[0]["correlation_id"] if known else id
    rows = [_row(name, entry) for name, log in logs.items() for entry in log.of_story(correlation_id)]
    if not rows:
        raise click.ClickException(f"no event has the correlation id or event id {id}")
    rows.sort(key=lambda row: (row["time"], row["stream"], row["sequence"]))
    print_rows(rows, ("time", "service", "type", "subject", "sequence", "actor"), as_json=as_json, empty="")


@click.command()
@data_option
def migrate(data: Path | None) -> None:
    """Bring every service's store up to date: collections, indexes, validators."""
    for service, done in platform_for(data).migrate().items():
        for sentence in done or ["nothing to do"]:
            click.echo(f"{service}: {sentence}")


def _row(service: str, entry: dict[str, Any]) -> dict[str, Any]:
    envelope = entry["envelope"]
    return {
        "time": envelope["time"],
        "service": service,
        "type": envelope["type"],
        "stream": envelope["partitionkey"].partition(":")[0],
        "subject": envelope["subject"],
        "sequence": envelope["sequence"],
        "actor": envelope.get("actorid", ""),
        "id": envelope["id"],
        "caused_by": envelope["causationid"],
    }
