"""`steward publish`: sends CloudEvents from a file, as a council's case system would."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from shared.cli.options import settings_for
from shared.runtime.settings import PlatformSettings

BATCH = 50
BATCH_TYPE = "application/cloudevents-batch+json"
STRUCTURED_TYPE = "application/cloudevents+json"
HTTP_SECONDS = 30


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--council", "council_id", required=True, help="The council that sends them.")
@click.option("--address", default="http://127.0.0.1:8000", show_default=True, help="The gateway, when sent over HTTP.")
@click.option(
    "--token", envvar="STEWARD_TOKEN", default=None, help="Bearer token [STEWARD_TOKEN], when sent over HTTP."
)
def publish(file: Path, council_id: str, address: str, token: str | None) -> None:
    """Send the CloudEvents in FILE: a JSON array, or one JSON object per line.

    With a broker in STEWARD_BROKER_URL they go to the council's own exchange, otherwise to POST /api/v1/events.
    """
    settings = settings_for(None)
    events = read_events(file)
    if settings.embedded:
        _publish_http(events, address=address, token=token)
    else:
        _publish_amqp(events, settings=settings, council_id=council_id)


def read_events(file: Path) -> list[dict[str, Any]]:
    """The events in a file. Raises a click error naming the line that isn't JSON."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file} is not UTF-8 (byte {error.start})") from error
    if text.lstrip().startswith("["):
        return [_event(event, f"{file} event {n}") for n, event in enumerate(_parsed(text, f"{file}"), 1)]
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    return [_event(_parsed(line, f"{file} line {n}"), f"{file} line {n}") for n, line in lines]


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise click.ClickException(f"{where} is not JSON: {error}") from error


def _event(parsed: Any, where: str) -> dict[str, Any]:
    if not isinstance(parsed, dict):
        raise click.ClickException(f"{where} is not an event: a CloudEvent is a JSON object")
    return parsed


def _publish_http(events: Sequence[Mapping[str, Any]], *, address: str, token: str | None) -> None:
    import requests

    if token is None:
        raise click.ClickException("give --token or STEWARD_TOKEN (`steward token --role council_system --council ID`)")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": BATCH_TYPE}
    for start in range(0, len(events), BATCH):
        body = json.dumps(list(events[start : start + BATCH]))
        try:
            reply = requests.post(f"{address}/api/v1/events", data=body, headers=headers, timeout=HTTP_SECONDS)
        except requests.RequestException as error:
            raise click.ClickException(f"no gateway answers at {address}: {type(error).__name__}") from error
        if not reply.ok:
            raise click.ClickException(f"the gateway answered {reply.status_code}: {reply.text[:500]}")
        for result in reply.json()["results"]:
            click.echo(json.dumps(result))


def _publish_amqp(events: Sequence[Mapping[str, Any]], *, settings: PlatformSettings, council_id: str) -> None:
    from shared.messaging.broker.topology import intake_exchange
    from shared.messaging.publishing.publisher import NotPublished, Publisher

    publisher = Publisher(settings.broker_url, confirm_timeout=settings.confirm_seconds)
    try:
        waiting = [
            publisher.publish(
                exchange=intake_exchange(council_id),
                routing_key=str(event.get("type", "unknown")),
                body=json.dumps(event).encode(),
                headers={},
                message_id=str(event.get("id", "")),
                content_type=STRUCTURED_TYPE,
            )
            for event in events
        ]
        for confirmation in waiting:
            confirmation.wait()
    except NotPublished as error:
        raise click.ClickException(f"not sent: {error}") from error
    finally:
        publisher.close()
    click.echo(f"{len(events)} events taken by the broker; answers are on the council's results queue")
