"""A PostgreSQL of one run's own: a new cluster with its defaults (flushing on), gone at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.addresses import free_port

USER = "bench"
SECONDS = 120
UNPRIVILEGED = ("postgres", "nobody")
"""Whom the server runs as where this runs as root, which PostgreSQL refuses."""


class NoPostgreSql(Exception):
    """There is no PostgreSQL to start; the message says why."""


@contextmanager
def own_postgresql(*, databases: Sequence[str]) -> Iterator[str]:
    """The address of a running server without the database's name. Raises `NoPostgreSql`."""
    tools = _tools()
    account = _account()
    with tempfile.TemporaryDirectory(prefix="steward-bench-postgresql-") as folder:
        if account:
            shutil.chown(folder, account)
        data, port = Path(folder) / "data", free_port()
        run = _Runner(folder=folder, account=account)
        run([str(tools / "initdb"), "-D", str(data), "-U", USER, "-A", "trust"])
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
        control = [str(tools / "pg_ctl"), "-D", str(data), "-w", "-l", f"{folder}/log"]
        run([*control, "-o", options, "start"])
        try:
            for name in databases:
                run([str(tools / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", USER, name])
            yield f"postgresql://{USER}@127.0.0.1:{port}"
        finally:
            run([*control, "-m", "fast", "stop"])


class _Runner:
    """Runs a command as the server's account."""

    def __init__(self, *, folder: str, account: str | None) -> None:
        self._folder = folder
        self._as: Mapping[str, Any] = {"user": account, "group": pwd.getpwnam(account).pw_gid} if account else {}

    def __call__(self, command: Sequence[str]) -> None:
        try:
            subprocess.run(
                list(command),
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                cwd=self._folder,
                **self._as,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise NoPostgreSql(f"{Path(command[0]).name} did not do its work ({type(error).__name__})") from error


def _tools() -> Path:
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not folders:
        raise NoPostgreSql("PostgreSQL is not installed (no initdb)")
    return folders[-1]


def _account() -> str | None:
    if os.geteuid():
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in UNPRIVILEGED if name in known), None)
