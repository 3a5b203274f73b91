"""`steward parked`: messages that a service has set aside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from shared.cli.options import data_option, json_option, platform_for, print_rows

if TYPE_CHECKING:
    from shared.messaging.consuming.held import HeldMessages, Marks
    from shared.messaging.consuming.tending import Tending, Wanted
    from shared.runtime.platform import Platform

service_option = click.option("--service", required=True, help="The service that holds the message.")
actor_option = click.option(
    "--by", "actor_id", default="operator", show_default=True, help="Who does it; kept on record."
)
AT_ONCE = 100


@click.group()
def parked() -> None:
    """Messages that could not be applied: see why, try them again in order, edit one, or give it up."""


@parked.command(name="list")
@click.option("--service", default=None, help="Only this service's.")
@click.option("--reason", type=click.Choice(["parked", "retry", "gap"]), default=None, help="Only those held for this.")
@click.option("--type", "event_type", default=None, help="Only events of this type.")
@click.option("--older-than", type=click.IntRange(min=0), default=None, help="Only those held for this many seconds.")
@click.option(
    "--state", type=click.Choice(["held", "discarded"]), default="held", help="Those held, or those given up."
)
@data_option
@json_option
def list_held(
    *,
    service: str | None,
    reason: str | None,
    event_type: str | None,
    older_than: int | None,
    state: str,
    data: Path | None,
    as_json: bool,
) -> None:
    """List held messages, oldest first."""
    from shared.messaging.consuming.tending import Wanted

    platform = platform_for(data)
    until = None if older_than is None else platform.clock.now() - timedelta(seconds=older_than)
    wanted = Wanted(state=state, reason=reason, type=event_type, held_until=until)
    rows = [
        {"service": name, **line}
        for name in ([service] if service else platform.services)
        for line in _lines(platform, name, wanted)
    ]
    columns = ("service", "id", "reason", "type", "held_at", "attempts", "detail")
    print_rows(rows, columns, as_json=as_json, empty="nothing is held")


@parked.command()
@click.argument("id")
@service_option
@data_option
def show(id: str, service: str, data: Path | None) -> None:
    """Print one message as JSON: what it holds, why it is held, what was edited in it, how it ended."""
    from shared.messaging.consuming.tending import content_of, held_line

    held = _parts(platform_for(data), service).held.look(id)
    click.echo(json.dumps(held_line(held) | content_of(held), indent=2))


@parked.command()
@click.argument("id", required=False)
@click.option("--stream", "stream_key", default=None, help="All of one record, such as referral:ref-1, in order.")
@click.option("--type", "event_type", default=None, help="All of this type, each record's in order.")
@service_option
@data_option
def replay(id: str | None, stream_key: str | None, event_type: str | None, service: str, data: Path | None) -> None:
    """Let the running service try held messages again: one, a record's, or all of a type."""
    from shared.messaging.consuming.tending import Wanted

    if (id is None) == (stream_key is None and event_type is None):
        raise click.UsageError("give an ID, or --stream and --type, not both")
    parts = _parts(platform_for(data), service)
    if id is not None:
        parts.held.make_due(id)
        click.echo(f"{id} is due now; {service} takes it up with its next sweep")
        return
    count = parts.tending.make_all_due(Wanted(stream_key=stream_key, type=event_type))
    click.echo(f"{count} messages are due now; {service} takes them up with its next sweep")


@parked.command()
@click.argument("id")
@click.option(
    "--content",
    type=click.File("rb"),
    required=True,
    help="A file with the event's whole data as JSON; - reads it from here.",
)
@click.option("--reason", required=True, help="Why; kept on record.")
@actor_option
@service_option
@data_option
def edit(*, id: str, content: BinaryIO, reason: str, actor_id: str, service: str, data: Path | None) -> None:
    """Put a copy with other data in a held message's place; the original is kept. Then replay it."""
    from shared.strict_json import read_strict_json

    document = read_strict_json(content.read())
    if not isinstance(document, dict):
        raise click.ClickException("the content is no JSON object")
    _parts(platform_for(data), service).tending.edit(id, document, reason=reason, actor_id=actor_id)
    click.echo(f"{id} is edited; `steward parked replay` has {service} try it")


@parked.command()
@click.argument("id")
@click.option("--reason", required=True, help="Why it is given up; kept on record.")
@actor_option
@service_option
@data_option
def discard(id: str, reason: str, actor_id: str, service: str, data: Path | None) -> None:
    """Give a held message up; what waits behind it goes on."""
    parts = _parts(platform_for(data), service)
    marks = parts.marks
    given_up = parts.held.discard(id, reason=reason, actor_id=actor_id)
    key, sequence = given_up["stream_key"], given_up["sequence"]
    if key is not None and marks.get(key) == sequence - 1:
        marks.advance(key, sequence)
        marks.flush()
    click.echo(f"{id} is given up")


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """What a command works with, beside the running service."""

    held: HeldMessages
    tending: Tending
    marks: Marks


def _parts(platform: Platform, service: str) -> _Parts:
    from shared.messaging.consuming.held import HELD, MARKS, HeldMessages, Marks
    from shared.messaging.consuming.tending import Tending

    if service not in platform.services:
        raise click.BadParameter(f"no service is called {service}; known: {', '.join(platform.services)}")
    store, clock = platform.store(service), platform.clock
    documents = store.documents(HELD)
    held = HeldMessages(documents=documents, clock=clock)
    tending = Tending(held=held, documents=documents, clock=clock)
    return _Parts(held=held, tending=tending, marks=Marks(store.documents(MARKS)))


def _lines(platform: Platform, service: str, wanted: Wanted) -> Iterator[dict[str, Any]]:
    from shared.messaging.consuming.tending import held_line

    tending, after = _parts(platform, service).tending, None
    while True:
        page = tending.page(wanted, after=after, limit=AT_ONCE)
        yield from map(held_line, page.items)
        if (after := page.next) is None:
            return
