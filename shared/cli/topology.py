"""`steward topology`: the broker's exchanges, queues and users, from the one declaration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shared.cli.options import data_option, json_option, print_rows, settings_for

if TYPE_CHECKING:
    from shared.runtime.platform import Platform


@click.group()
def topology() -> None:
    """Exchanges, queues, bindings and broker users, as declared by the services."""


@topology.command()
@data_option
@json_option
def show(data: Path | None, as_json: bool) -> None:
    """Print every binding: which exchange feeds which queue, under which key."""
    declared = _platform(data).topology
    rows = [{"exchange": b.exchange, "key": b.key, "queue": b.queue} for b in declared.bindings]
    print_rows(rows, ("exchange", "key", "queue"), as_json=as_json, empty="no bindings")


@topology.command()
def apply() -> None:
    """Declare everything on the broker in STEWARD_BROKER_URL."""
    platform = _platform(None)
    if platform.settings.embedded:
        raise click.ClickException("the embedded broker declares its topology itself at every start")
    platform.apply_topology()
    declared = platform.topology
    click.echo(f"{len(declared.exchanges)} exchanges, {len(declared.queues)} queues, {len(declared.bindings)} bindings")


@topology.command()
@click.option("--passwords", "environment_prefix", default=None, help="Read passwords from PREFIX_<USER> variables.")
@click.option("--vhost", default="/", show_default=True, help="The virtual host that is to hold the platform.")
@click.option("--to", "file", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Write to this file.")
def export(environment_prefix: str | None, vhost: str, file: Path | None) -> None:
    """RabbitMQ definitions: topology, and one user per service and outside party with the least rights that do.

    Without --passwords the users carry no password hash and cannot sign in until they are given one.
    """
    from shared.messaging.broker.definitions import definitions, passwords_from

    passwords = passwords_from(environment_prefix) if environment_prefix else {}
    text = json.dumps(definitions(_platform(None).topology, passwords=passwords, vhost=vhost), indent=2) + "\n"
    if file is None:
        click.echo(text, nl=False)
    else:
        file.write_text(text, encoding="utf-8")
        click.echo(f"wrote {file}", err=True)


@topology.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--vhost", default="/", show_default=True, help="The virtual host that holds the platform.")
@json_option
def diff(file: Path, vhost: str, as_json: bool) -> None:
    """Compare a broker's own export (`rabbitmqctl export_definitions FILE`) with the declaration.

    Names what is missing, what is there besides and what has changed: exchanges, queues, bindings, users and their rights.
    Ends with 1 when there is anything.
    """
    from shared.messaging.broker.definitions import definitions
    from shared.messaging.broker.drift import differences

    declared = definitions(_platform(None).topology, passwords={}, vhost=vhost)
    found = differences(declared, _read_definitions(file), vhost=vhost)
    rows = [{"kind": each.kind, "what": each.what, "detail": each.detail} for each in found]
    print_rows(rows, ("kind", "what", "detail"), as_json=as_json, empty="as declared")
    raise SystemExit(1 if found else 0)


def _read_definitions(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise click.ClickException(f"{file} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise click.ClickException(f"{file} holds no definitions")
    return found


def _platform(data: Path | None) -> Platform:
    """The platform's declarations; nothing of it need have run yet."""
    from shared.runtime.platform import Platform

    return Platform(settings_for(data))
