"""How much a platform's processes and its broker hold on to: memory, open files, threads, queues and what waits in them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tests.faults.fleet import Fleet
from tests.support.broker_admin import rabbitmqctl

KILOBYTES_A_MEGABYTE = 1024
REPLY_QUEUE = "amq.gen-"


@dataclass(frozen=True, kw_only=True)
class Vitals:
    """One process, as its system sees it."""

    megabytes: float
    files: int
    threads: int


def vitals_of(fleet: Fleet) -> dict[str, Vitals]:
    """Every process of the platform."""
    return {name: _vitals(process.pid) for name, process in fleet.processes.running.items()}


def _vitals(pid: int) -> Vitals:
    place = Path("/proc") / str(pid)
    lines = (line.partition(":") for line in (place / "status").read_text(encoding="utf-8").splitlines())
    status = {name: value.split() for name, _, value in lines}
    return Vitals(
        megabytes=int(status["VmRSS"][0]) / KILOBYTES_A_MEGABYTE,
        files=len(os.listdir(place / "fd")),
        threads=int(status["Threads"][0]),
    )


@dataclass(frozen=True, kw_only=True)
class Queues:
    """What a broker holds of one platform: messages by queue, and how many queues take answers to calls."""

    messages: Mapping[str, int]
    reply_queues: int

    @property
    def inside(self) -> dict[str, int]:
        """Queues that we ourselves read, each with what waits in it."""
        return {name: count for name, count in self.messages.items() if not name.startswith("ext.")}


def queues_of(fleet: Fleet) -> Queues:
    """The queues of the fleet's virtual host, as the broker counts them."""
    vhost = fleet.processes.environment["STEWARD_BROKER_URL"].rpartition("/")[2]
    listed = json.loads(rabbitmqctl("list_queues", "-q", "--formatter", "json", "-p", vhost, "name", "messages"))
    counts = {queue["name"]: queue["messages"] for queue in listed}
    replies = {name for name in counts if name.startswith(REPLY_QUEUE)}
    kept = {name: count for name, count in counts.items() if name not in replies}
    return Queues(messages=MappingProxyType(kept), reply_queues=len(replies))
