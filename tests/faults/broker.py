"""A broker of a test's own, beside the one that other tests use: it may be killed, and its tools reach it alone."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.addresses import free_port
from tests.support.broker_admin import ENGINES, rabbitmqctl
from tests.support.waiting import eventually

START_SECONDS = 240.0
PORTS = range(6_000, 11_000)
BESIDE = (20_000, 21_000)
"""A node's distribution and name service listen so far above its own port (infra/local/engines.d/settings.sh). From `PORTS` both
stay below the ports of outgoing connections: nobody listens on such a one, yet it keeps a node from starting."""
FREED_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class OwnBroker:
    """RabbitMQ with its data in a folder; `url` stays the same however often it dies."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Starts it, or starts it again on the data that it left. Returns when it answers."""
        _engines("up", "rabbitmq")

    def kill(self) -> None:
        """SIGKILL to the whole virtual machine, as a lost power supply does."""
        pid = int((self.folder / "rabbitmq" / "pid").read_text(encoding="utf-8"))
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: not Path(f"/proc/{pid}").exists(), within=FREED_SECONDS)

    def block_publishers(self) -> None:
        """Tells the broker that its memory is full: it reads nothing more from connections that publish."""
        rabbitmqctl("set_vm_memory_high_watermark", "absolute", "1000")

    def unblock_publishers(self) -> None:
        """Gives it its memory back."""
        rabbitmqctl("set_vm_memory_high_watermark", "absolute", "1GB")


@contextmanager
def own_broker(folder: Path) -> Iterator[OwnBroker]:
    """A broker on ports of its own; while it runs, every use of the engines' script in this process means this one."""
    broker = OwnBroker(folder=folder, port=free_port(PORTS, beside=BESIDE))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEWARD_ENGINES_DIR", str(folder))
        patch.setenv("STEWARD_ENGINES_RABBITMQ_PORT", str(broker.port))
        try:
            broker.start()
            yield broker
        finally:
            _engines("down", "rabbitmq")


def _engines(*arguments: str) -> None:
    subprocess.run([str(ENGINES), *arguments], check=True, timeout=START_SECONDS, stdout=subprocess.DEVNULL)
