"""A store of a test's own, beside the one that other tests use: it may be killed."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.platforms import ENGINES, free_port
from tests.support.waiting import eventually

START_SECONDS = 180.0
FREED_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class OwnStore:
    """The MongoDB-wire server with its data in a folder; `url` stays the same however often it dies."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Starts it, or starts it again on the data that it left. Returns when it answers."""
        self._engines("up", "mongodb")

    def kill(self) -> None:
        """SIGKILL, as a lost power supply does; what it has acknowledged is on its disk."""
        pid = int((self.folder / "mongodb" / "pid").read_text(encoding="utf-8"))
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: not Path(f"/proc/{pid}").exists(), within=FREED_SECONDS)

    def end(self) -> None:
        """Stops it and removes its data."""
        self._engines("down", "mongodb")

    def _engines(self, *arguments: str) -> None:
        own = {"STEWARD_ENGINES_DIR": str(self.folder), "STEWARD_ENGINES_MONGODB_PORT": str(self.port)}
        command = [str(ENGINES), *arguments]
        subprocess.run(command, check=True, timeout=START_SECONDS, stdout=subprocess.DEVNULL, env=os.environ | own)


@contextmanager
def own_store(folder: Path) -> Iterator[OwnStore]:
    """A store on a port of its own."""
    store = OwnStore(folder=folder, port=free_port())
    try:
        store.start()
        yield store
    finally:
        store.end()
