"""A broker of a test's own, beside the one that other tests use: it may be killed, and its tools reach it alone."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.platforms import ENGINES
from tests.support.waiting import eventually

START_SECONDS = 240.0
FIRST_PORT, PORTS, STEP = 20_000, 4_000, 20_000
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
        _engines("rabbitmqctl", "set_vm_memory_high_watermark", "absolute", "1000")

    def unblock_publishers(self) -> None:
        """Gives it its memory back."""
        _engines("rabbitmqctl", "set_vm_memory_high_watermark", "absolute", "1GB")


@contextmanager
def own_broker(folder: Path) -> Iterator[OwnBroker]:
    """A broker on ports of its own; while it runs, every use of the engines' script in this process means this one."""
    broker = OwnBroker(folder=folder, port=_three_free_ports())
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


def _three_free_ports() -> int:
    """A port whose neighbours for the node's distribution and name service are free too."""
    while True:
        port = FIRST_PORT + secrets.randbelow(PORTS)
        if all(_is_free(number) for number in (port, port + STEP, port + STEP + 1_000)):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
