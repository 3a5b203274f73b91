"""A service in a process of its own that writes a line for every call it runs: `python -m tests.faults.answering URL NAME FILE`.

Nothing in it recognises a repeat, so a call that ran twice is two lines.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]
HEARTBEAT_SECONDS = 1.0
WORKERS = 40


def serve(broker_url: str, name: str, file: str) -> None:
    """Runs the service until the process is ended."""
    from nameko.containers import ServiceContainer

    from shared.messaging.calls.entrypoint import rpc

    lines = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    class Notebook:
        """Each call is a line, after so many seconds of work."""

        @rpc
        def note(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
            os.write(lines, f"{payload['id']}\n".encode())
            time.sleep(payload["seconds"])
            return {"noted": payload["id"]}

    service = type(name, (Notebook,), {"name": name})
    config = {"AMQP_URI": broker_url, "max_workers": WORKERS, "HEARTBEAT": HEARTBEAT_SECONDS}
    container = ServiceContainer(service, config)
    container.start()
    container.wait()


@dataclass(kw_only=True)
class Answering:
    """Processes of one such service, and what they have run."""

    name: str
    folder: Path
    broker_url: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, broker_url: str | None = None) -> subprocess.Popen[bytes]:
        """One more process; `broker_url` if it is to reach the broker another way."""
        command = [sys.executable, "-W", "ignore", "-m", "tests.faults.answering"]
        arguments = [broker_url or self.broker_url, self.name, str(self.file)]
        with (self.folder / f"{self.name}.log").open("ab") as log:
            process = subprocess.Popen([*command, *arguments], cwd=PROJECT, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """SIGKILL."""
        self.processes.remove(process)
        process.kill()
        assert process.wait(10) == -signal.SIGKILL

    def end(self) -> None:
        """Ends every process."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    @property
    def file(self) -> Path:
        return self.folder / f"{self.name}.lines"

    def runs(self) -> Counter[str]:
        """How often each call was begun."""
        return Counter(self.file.read_text(encoding="utf-8").splitlines()) if self.file.exists() else Counter()


if __name__ == "__main__":
    import eventlet

    eventlet.monkey_patch()
    serve(*sys.argv[1:])
