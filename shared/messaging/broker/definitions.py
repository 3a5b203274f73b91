"""RabbitMQ definitions from the topology: queues and exchanges, and one user per service and outside party.

Every right is the least that does: no service may configure or bind anything; the gateway may make its own reply queue; a
council may write to its own exchange only; a safeguarding team may read its own queue only.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.messaging.broker.topology import (
    REQUESTS_EXCHANGE,
    RPC_EXCHANGE,
    ServiceDeclaration,
    Topology,
    intake_exchange,
    results_queue,
    rpc_queue,
    safeguarding_queue,
)

VHOST = "/"
NOTHING = "^$"
OUTSIDE_LIMITS = {"max-connections": 5, "max-channels": 10}


@dataclass(frozen=True, kw_only=True)
class BrokerUser:
    """A broker user's rights: patterns of what it may configure, write and read, and which RPC keys it may bind."""

    name: str
    configure: str = NOTHING
    write: str = NOTHING
    read: str = NOTHING
    rpc_write: str | None = None
    rpc_read: str | None = None
    outside: bool = False
    tags: str = ""


def broker_users(topology: Topology) -> list[BrokerUser]:
    """Every user, with the least rights that do."""
    users = [_service_user(service) for service in topology.services]
    for council_id in topology.councils:
        users.append(_council_user(council_id))
        users.append(_safeguarding_user(council_id))
    return [
        *users,
        _gateway_user(topology),
        BrokerUser(name="deploy", configure=".*", write=".*", read=".*"),
        _monitor(),
    ]


def definitions(topology: Topology, *, passwords: Mapping[str, str], vhost: str = VHOST) -> dict[str, Any]:
    """The definitions document. A user without a password gets no hash and so cannot sign in."""
    users = broker_users(topology)
    return {
        "vhosts": [{"name": vhost}],
        "users": [_user_entry(user, passwords.get(user.name)) for user in users],
        "permissions": [_permission(user) | {"vhost": vhost} for user in users],
        "topic_permissions": [entry | {"vhost": vhost} for user in users for entry in _topic_permissions(user)],
        "exchanges": [_exchange(e.name, e.type) | {"vhost": vhost} for e in topology.exchanges],
        "queues": [_queue(q.name, dict(q.arguments)) | {"vhost": vhost} for q in topology.queues],
        "bindings": [_binding(b.exchange, b.queue, b.key) | {"vhost": vhost} for b in topology.bindings],
    }


def passwords_from(prefix: str) -> dict[str, str]:
    """Passwords from `PREFIX_<USER>` variables (`svc-ledger` reads `PREFIX_SVC_LEDGER`)."""
    start = f"{prefix}_"
    return {
        name.removeprefix(start).lower().replace("_", "-"): value
        for name, value in os.environ.items()
        if name.startswith(start) and value
    }


def password_hash(password: str, *, salt: bytes | None = None) -> str:
    """RabbitMQ's salted SHA-256 hash of a password."""
    grain = secrets.token_bytes(4) if salt is None else salt
    return base64.b64encode(grain + hashlib.sha256(grain + password.encode()).digest()).decode()


def service_user(service: str) -> str:
    """The broker user of a service, e.g. `svc-pa-registry`."""
    return f"svc-{service.replace('_', '-')}"


def council_user(council_id: str) -> str:
    """The broker user of a council's case systems, e.g. `ext-cheshire-east`."""
    return f"ext-{council_id}"


def _service_user(service: ServiceDeclaration) -> BrokerUser:
    publishes = sorted({stream.exchange_name for stream in service.publishes})
    own_queues = rf"{re.escape(service.name)}\.(events\.\d\d|requests|intake\.[a-z0-9-]+)"
    return BrokerUser(
        name=service_user(service.name),
        write=_any_of([RPC_EXCHANGE, REQUESTS_EXCHANGE, *publishes]),
        read=f"^({re.escape(rpc_queue(service.name))}|{own_queues})$",
        rpc_write=r"^[0-9a-f-]{36}$",
        rpc_read=NOTHING,
    )


def _gateway_user(topology: Topology) -> BrokerUser:
    """The gateway calls services and reads its own exclusive reply queue; it never touches an event exchange."""
    callable_services = "|".join(re.escape(service.name) for service in topology.services)
    replies = r"amq\.gen-.*"
    return BrokerUser(
        name="gateway",
        configure=f"^({replies})$",
        write=f"^({replies}|{re.escape(RPC_EXCHANGE)})$",
        read=f"^({replies}|{re.escape(RPC_EXCHANGE)})$",
        rpc_write=rf"^({callable_services})\.[a-z0-9_]+$",
        rpc_read=r"^[0-9a-f-]{36}$",
    )


def _council_user(council_id: str) -> BrokerUser:
    return BrokerUser(
        name=council_user(council_id),
        write=_any_of([intake_exchange(council_id)]),
        read=_any_of([results_queue(council_id)]),
        outside=True,
    )


def _safeguarding_user(council_id: str) -> BrokerUser:
    return BrokerUser(
        name=f"ext-{council_id}-safeguarding", read=_any_of([safeguarding_queue(council_id)]), outside=True
    )


def _monitor() -> BrokerUser:
    return BrokerUser(name="monitor", tags="monitoring")


def _any_of(names: Sequence[str]) -> str:
    return f"^({'|'.join(re.escape(name) for name in names)})$"


def _user_entry(user: BrokerUser, password: str | None) -> dict[str, Any]:
    hashed = password_hash(password) if password else ""
    return {
        "name": user.name,
        "password_hash": hashed,
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": user.tags,
        "limits": OUTSIDE_LIMITS if user.outside else {},
    }


def _permission(user: BrokerUser) -> dict[str, Any]:
    return {"user": user.name, "configure": user.configure, "write": user.write, "read": user.read}


def _topic_permissions(user: BrokerUser) -> list[dict[str, Any]]:
    if user.rpc_write is None:
        return []
    rights = {"exchange": RPC_EXCHANGE, "write": user.rpc_write, "read": user.rpc_read}
    return [{"user": user.name, **rights}]


def _exchange(name: str, type: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": type,
        "durable": True,
        "auto_delete": False,
        "internal": False,
        "arguments": {},
    }


def _queue(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "durable": True, "auto_delete": False, "arguments": dict(arguments)}


def _binding(exchange: str, queue: str, key: str) -> dict[str, Any]:
    return {
        "source": exchange,
        "destination": queue,
        "destination_type": "queue",
        "routing_key": key,
        "arguments": {},
    }
