"""Looking at a broker: how it differs from the declaration, how full its queues of parties outside are, and what can't be seen.

AMQP shows names, arguments and depths. Bindings, users' rights, and what is there besides, only the management interface or
an exported definitions file shows.
"""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from amqp.exceptions import AccessRefused, NotFound, PreconditionFailed
from kombu import Connection

from shared.messaging.broker.definitions import VHOST, definitions
from shared.messaging.broker.drift import Difference, differences
from shared.messaging.broker.topology import OUTSIDE, Exchange, Queue, Topology
from shared.messaging.wire.connection import broker_connection

UNSEEN_BY_AMQP = ("bindings", "users and their rights", "exchanges and queues that nobody declared", "purges")
ARGUMENTS = "arguments of queues and kinds of exchanges (this user may not declare)"


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What differs, and what this way of looking can't show."""

    differences: tuple[Difference, ...]
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """How much waits in a queue of a party outside, and how much may."""

    queue: str
    waiting: int
    limit: int


def inspect_over_amqp(broker_url: str, topology: Topology, *, timeout: float = 10) -> Inspection:
    """Looks as a client may: passively, then by declaring again what is there, which changes nothing."""
    with broker_connection(broker_url, connect_timeout=timeout) as connection:
        declared: list[Exchange | Queue] = [*topology.exchanges, *topology.queues]
        found = [_found(connection, each) for each in declared]
    hidden = (ARGUMENTS,) if any(look.may_not_declare for look in found) else ()
    return Inspection(
        differences=tuple(look.difference for look in found if look.difference is not None),
        unseen=(*hidden, *UNSEEN_BY_AMQP),
    )


def inspect_by_management(management_url: str, topology: Topology, *, vhost: str, timeout: float = 10) -> Inspection:
    """Compares everything with what the management interface exports. Raises `OSError`, `ValueError`."""
    found = fetch_definitions(management_url, timeout=timeout)
    declared = definitions(topology, passwords={}, vhost=vhost)
    return Inspection(differences=tuple(differences(declared, found, vhost=vhost)))


def fetch_definitions(management_url: str, *, timeout: float = 10) -> dict[str, Any]:
    """The broker's definitions, as an administrator. Raises `OSError`, `ValueError`."""
    found: dict[str, Any] = read_management(management_url, "/api/definitions", timeout=timeout)
    return found


def read_management(management_url: str, path: str, *, timeout: float) -> Any:
    """What RabbitMQ's management interface answers to a path. Raises `OSError`, `ValueError`."""
    at = urlsplit(management_url)
    if at.scheme not in ("http", "https"):
        raise ValueError("the management address begins with http:// or https://")
    port = f":{at.port}" if at.port else ""
    place = f"{urlunsplit((at.scheme, f'{at.hostname}{port}', at.path.rstrip('/'), '', ''))}{path}"
    proof = base64.b64encode(f"{unquote(at.username or '')}:{unquote(at.password or '')}".encode()).decode()
    request = urllib.request.Request(place, headers={"Authorization": f"Basic {proof}"})  # noqa: S310  (scheme checked)
    with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310  (checked above)
        return json.load(answer)


def vhost_of(broker_url: str) -> str:
    """The virtual host that a broker address names."""
    return unquote(urlsplit(broker_url).path[1:]) or VHOST


def backlogs(broker_url: str, topology: Topology, *, timeout: float = 10) -> list[Backlog]:
    """How full the queues of parties outside are, each on its way out; a missing one is left out."""
    with broker_connection(broker_url, connect_timeout=timeout) as connection:
        return list(_backlogs(connection, topology))


def _backlogs(connection: Connection, topology: Topology) -> Iterator[Backlog]:
    for queue in topology.queues:
        arguments = dict(queue.arguments)
        if not arguments.get(OUTSIDE):
            continue
        channel = connection.channel()
        try:
            depth = channel.queue_declare(queue.name, passive=True).message_count
        except NotFound:
            continue
        channel.close()
        yield Backlog(queue=queue.name, waiting=depth, limit=arguments["x-max-length"])


@dataclass(frozen=True, kw_only=True)
class _Look:
    difference: Difference | None = None
    may_not_declare: bool = False


def _found(connection: Connection, declared: Exchange | Queue) -> _Look:
    what = f"{'exchange' if isinstance(declared, Exchange) else 'queue'} {declared.name}"
    try:
        _on_a_channel(connection, lambda channel: _declare(channel, declared, passive=True))
        _on_a_channel(connection, lambda channel: _declare(channel, declared, passive=False))
    except NotFound:
        return _Look(difference=Difference(kind="missing", what=what))
    except PreconditionFailed as error:
        return _Look(difference=Difference(kind="changed", what=what, detail=str(error.reply_text)))
    except AccessRefused:
        return _Look(may_not_declare=True)
    return _Look()


def _declare(channel: Any, declared: Exchange | Queue, *, passive: bool) -> None:
    if isinstance(declared, Exchange):
        channel.exchange_declare(declared.name, declared.type, passive=passive, durable=True, auto_delete=False)
    else:
        arguments = dict(declared.arguments)
        channel.queue_declare(declared.name, passive=passive, durable=True, auto_delete=False, arguments=arguments)


def _on_a_channel(connection: Connection, look: Callable[[Any], None]) -> None:
    """On a channel of its own, since the broker closes the channel at a refusal."""
    channel = connection.channel()
    look(channel)
    channel.close()
