"""A platform whose ledger reaches the broker over a wire, and whose safeguards a test may switch off."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import amqp

from tests.faults.broker_rights import connection_to
from tests.faults.fleet import Fleet, on_engines
from tests.faults.weakened import WITHOUT
from tests.support.waiting import eventually
from tests.support.wires import Wire, wire_to

SERVICES = ("referrals", "ledger", "witness")
SETTLED_SECONDS = 240.0
PAUSE_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class Wired:
    """The platform and the wire."""

    fleet: Fleet
    wire: Wire

    def restart(self, members: tuple[str, ...], *, without: str | None) -> None:
        """Starts these anew, with all safeguards or without one."""
        for member in members:
            own = self.fleet.settings.setdefault(member, {})
            own.pop(WITHOUT, None)
            own.update({WITHOUT: without} if without else {})
            self.fleet.restart(member)
        eventually(self.fleet.is_up, within=SETTLED_SECONDS)

    def channel(self) -> tuple[amqp.Connection, amqp.Channel]:
        """A connection of the broker's administrator, beside the wire."""
        connection = connection_to(self.fleet.processes.environment["STEWARD_BROKER_URL"])
        return connection, connection.channel()

    def published(self) -> list[str]:
        """What the ledger has handed to its connection, each time that it did."""
        return [subject for point, subject in self.fleet.noted("ledger-0") if point == "after-publish"]

    def await_published(self, more: int) -> None:
        """Waits until it has handed over so many more."""
        before = len(self.published())
        eventually(lambda: len(self.published()) >= before + more, within=SETTLED_SECONDS)

    def publishes(self, *, within: float) -> bool:
        """Whether it hands over anything in this time."""
        before, until = len(self.published()), time.monotonic() + within
        while time.monotonic() < until:
            if len(self.published()) > before:
                return True
            time.sleep(PAUSE_SECONDS)
        return False


@contextmanager
def wired_platform(folder: Path, *, broker_url: str) -> Iterator[Wired]:
    """Starts it; its stores are SQLite files."""
    store_url, witness = f"sqlite:///{folder / 'stores'}", "tests.faults.weakened:PLUGIN"
    with on_engines(folder, broker_url=broker_url, store_url=store_url, services=SERVICES, witness=witness) as fleet:
        wire, url = wire_to(fleet.processes.environment["STEWARD_BROKER_URL"])
        fleet.settings["ledger-0"] = {"STEWARD_BROKER_URL": url}
        fleet.restart("ledger-0")
        eventually(fleet.is_up, within=SETTLED_SECONDS)
        yield Wired(fleet=fleet, wire=wire)
        wire.close()
