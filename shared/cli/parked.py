"""`steward parked`: messages that a service has set aside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shared.cli.options import data_option, json_option, platform_for, print_rows

if TYPE_CHECKING:
    from shared.messaging.held import HeldMessages, Marks
    from shared.runtime.platform import Platform

service_option = click.option("--service", required=True, help="The service that holds the message.")


@click.group()
def parked() -> None:
    """Messages that could not be applied: see why, try them again in order, or give them up with a reason."""


@parked.command(name="list")
@click.option("--service", default=None, help="Only this service's.")
@click.option("--reason", type=click.Choice(["parked", "retry", "gap"]), default=None, help="Only those held for this.")
@data_option
@json_option
def list_held(service: str | None, reason: str | None, data: Path | None, as_json: bool) -> None:
    """List held messages, oldest first."""
    platform = platform_for(data)
    rows = [
        {"service": name, **_line(held)}
        for name in ([service] if service else platform.services)
        for held in _all(platform, name, reason)
    ]
    print_rows(
        rows, ("service", "id", "reason", "type", "attempts", "detail"), as_json=as_json, empty="nothing is held"
    )


@parked.command()
@click.argument("id")
@service_option
@data_option
def show(id: str, service: str, data: Path | None) -> None:
    """Print one held message as JSON."""
    held, _ = _parts(platform_for(data), service)
    click.echo(json.dumps(held.open(id), indent=2, default=str))


@parked.command()
@click.argument("id")
@service_option
@data_option
def replay(id: str, service: str, data: Path | None) -> None:
    """Let the running service try a held message again, and then what waits behind it."""
    held, _ = _parts(platform_for(data), service)
    held.make_due(id)
    click.echo(f"{id} is due now; {service} takes it up with its next sweep")


@parked.command()
@click.argument("id")
@click.option("--reason", required=True, help="Why it is given up; kept on record.")
@click.option("--by", "actor_id", default="operator", show_default=True, help="Who gives it up.")
@service_option
@data_option
def discard(id: str, reason: str, actor_id: str, service: str, data: Path | None) -> None:
    """Give a held message up; what waits behind it goes on."""
    held, marks = _parts(platform_for(data), service)
    given_up = held.discard(id, reason=reason, actor_id=actor_id)
    key, sequence = given_up["stream_key"], given_up["sequence"]
    if key is not None and marks.get(key) == sequence - 1:
        marks.advance(key, sequence)
    click.echo(f"{id} is given up")


def _parts(platform: Platform, service: str) -> tuple[HeldMessages, Marks]:
    from shared.messaging.held import HELD, MARKS, HeldMessages, Marks

    if service not in platform.services:
        raise click.BadParameter(f"no service is called {service}; known: {', '.join(platform.services)}")
    store = platform.store(service)
    return HeldMessages(documents=store.documents(HELD), clock=platform.clock), Marks(store.documents(MARKS))


def _all(platform: Platform, service: str, reason: str | None) -> Iterator[dict[str, Any]]:
    held, _ = _parts(platform, service)
    after: str | None = None
    while True:
        page = held.page(reason=reason, after=after, limit=100)
        yield from page.items
        if (after := page.next) is None:
            return


def _line(held: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": held["_id"],
        "reason": held["reason"],
        "type": held["type"],
        "attempts": held["attempts"],
        "detail": held["detail"],
        "held_at": held["held_at"],
        "due_at": held["due_at"],
    }
