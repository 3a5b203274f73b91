"""`steward resend`: publishes again what a party outside has lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from shared.cli.options import settings_for

if TYPE_CHECKING:
    from shared.messaging.calls.client import RpcClient
    from shared.runtime.settings import PlatformSettings

CALL_SECONDS = 60.0


@click.command()
@click.argument("stream")
@click.option("--council", "council_id", required=True, help="The council whose events they are.")
@click.option("--since", required=True, help="From this instant on, such as 2026-03-02T09:00:00Z.")
@click.option("--until", default=None, help="Up to this instant [default: now].")
def resend(stream: str, council_id: str, since: str, until: str | None) -> None:
    """Publish again what a party outside has lost.

    Sends a stretch of STREAM (such as `alert` or `result`) from its service's event log, under the same ids: for a queue
    that was purged, or lost with the broker. The service must be running.
    """
    from shared.errors import StewardError
    from shared.messaging.calls.client import RpcClient

    settings = settings_for(None)
    if settings.embedded:
        raise click.ClickException("an embedded platform has no broker that parties outside could read from")
    _check_council(council_id, settings)
    asked = {"stream": stream, "council_id": council_id, "since": since}
    client = RpcClient(settings.broker_url, timeout=CALL_SECONDS)
    sent = 0
    try:
        for count in _pages(client, _owner_of(stream), asked if until is None else asked | {"until": until}):
            sent += count
    except StewardError as error:
        raise click.ClickException(f"{sent} sent again, then: {error.detail}" if sent else error.detail) from error
    finally:
        client.close()
    click.echo(f"{sent} events of {stream} sent again to {council_id}")


def _owner_of(stream: str) -> str:
    from shared.events.catalogue import streams

    outside = {name: declared.owner for name, declared in streams().items() if declared.outside}
    if stream not in outside:
        raise click.BadParameter(f"no party outside reads {stream}; they read {', '.join(sorted(outside))}")
    return outside[stream]


def _check_council(council_id: str, settings: PlatformSettings) -> None:
    from shared.runtime.platform import Platform

    councils = Platform(settings).policies.councils()
    if council_id not in councils:
        raise click.BadParameter(f"no council is called {council_id}; known: {', '.join(councils)}")


def _pages(client: RpcClient, service: str, asked: dict[str, Any]) -> Iterator[int]:
    """How many each page sent."""
    from shared.context import Caller

    after = None
    while True:
        answer = client.call(service, "send_again", asked | {"after": after}, Caller(actor_id="operator"))
        yield answer["sent"]
        if (after := answer["next"]) is None:
            return
