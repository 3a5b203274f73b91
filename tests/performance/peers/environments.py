"""The peers' own environments, made by the first run and kept under var/bench: never the project's."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

INSTALL_SECONDS = 300


class NoPeers(Exception):
    """The peers' environment can't be made; the message says why."""


def peers_python(environment: Path, requirements: Path) -> Path:
    """The interpreter of an environment with these packages, made now if it is not there. Raises `NoPeers`."""
    python = environment / "bin" / "python"
    if _is_done(environment, requirements):
        return python
    _run([sys.executable, "-m", "venv", "--clear", str(environment)])
    _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(requirements)])
    _note_done(environment, requirements)
    return python


def node_modules(folder: Path, package: Path) -> Path:
    """A folder in which npm has installed what the package file names. Raises `NoPeers`."""
    if not (shutil.which("node") and shutil.which("npm")):
        raise NoPeers("node and npm are not installed")
    if not _is_done(folder, package):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(package, folder / "package.json")
        _run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)])
        _note_done(folder, package)
    return folder


def _is_done(folder: Path, wanted: Path) -> bool:
    done = folder / "installed.txt"
    return done.exists() and done.read_text() == wanted.read_text()


def _note_done(folder: Path, wanted: Path) -> None:
    (folder / "installed.txt").write_text(wanted.read_text())


def _run(command: Sequence[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        said = str(getattr(error, "stderr", "") or error).strip().splitlines()
        raise NoPeers(f"the peers' environment can't be made: {said[-1] if said else type(error).__name__}") from error
