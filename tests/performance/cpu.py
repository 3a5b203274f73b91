"""CPU time of processes, from /proc: it says what an event costs even where a busy machine blurs rates."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

PROC = Path("/proc")
PARENT, USER_TICKS, SYSTEM_TICKS = 1, 11, 12
"""Places in /proc/PID/stat, counted after the name, which may hold spaces."""
LISTENING = "0A"


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of its living descendants, seconds; 0 for one that is gone."""
    return sum(_own_seconds(each) for each in (pid, *descendants(pid)))


def descendants(pid: int) -> list[int]:
    """The process's children and theirs."""
    parents = {each: int(stat[PARENT]) for each in _pids() if (stat := _stat(each))}
    found, looked_at = [], [pid]
    while looked_at:
        above = looked_at.pop()
        below = [child for child, parent in parents.items() if parent == above]
        found += below
        looked_at += below
    return found


def pid_of_broker(url: str) -> int | None:
    """The process that listens on the address's port, if it runs on this machine under this user."""
    sockets = _listening(urlsplit(url).port or 5672)
    return next((pid for pid in _pids() if sockets & _sockets_of(pid)), None)


def memory_megabytes(pid: int | None = None) -> tuple[float, float]:
    """Resident memory now and at its highest, MB; of this process unless said."""
    found = {}
    for line in (PROC / str(pid or os.getpid()) / "status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in ("VmRSS", "VmHWM"):
            found[name] = int(value.split()[0]) / 1024
    return found["VmRSS"], found["VmHWM"]


def _own_seconds(pid: int) -> float:
    stat = _stat(pid)
    return (int(stat[USER_TICKS]) + int(stat[SYSTEM_TICKS])) / os.sysconf("SC_CLK_TCK") if stat else 0.0


def _stat(pid: int) -> list[str]:
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended
        return []


def _pids() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def _listening(port: int) -> set[str]:
    """What /proc calls the sockets that listen on a port."""
    rows = [line.split() for name in ("tcp", "tcp6") for line in _lines_of(PROC / "net" / name)]
    return {f"socket:[{row[9]}]" for row in rows if row[3] == LISTENING and row[1].endswith(f":{port:04X}")}


def _lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines()[1:] if path.exists() else []


def _sockets_of(pid: int) -> set[str]:
    found: set[str] = set()
    with suppress(OSError):  # another user's, or it has ended
        for descriptor in (PROC / str(pid) / "fd").iterdir():
            with suppress(OSError):
                found.add(os.readlink(descriptor))
    return found
