"""The platform's clock, as a port: every stored instant, due-work sweep and token asks it, so that a test or a demo can set it."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Tells the time as an aware UTC instant."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SettableClock:
    """The machine's clock plus an offset kept in a file, so that every process on one data folder agrees.

    For an embedded development platform only; `steward clock` writes the file.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read_at_ns = 0
        self._offset = timedelta()

    def now(self) -> datetime:
        self._follow_file()
        return datetime.now(UTC) + self._offset

    def set(self, instant: datetime) -> None:
        """From now on the platform's time is `instant`, running on."""
        offset = instant - datetime.now(UTC)
        written = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        written.write_text(json.dumps({"offset_seconds": offset.total_seconds()}), encoding="utf-8")
        now_ns = time.time_ns()
        os.utime(
            written, ns=(now_ns, now_ns)
        )  # finer than the file system's own, so that the second of two is seen too
        written.replace(self._file)  # in one step: another process reads the file at any moment

    def advance(self, step: timedelta) -> None:
        """Moves the platform's time on by `step`."""
        self.set(self.now() + step)

    def _follow_file(self) -> None:
        try:
            changed_at_ns = self._file.stat().st_mtime_ns
        except FileNotFoundError:
            return
        if changed_at_ns == self._read_at_ns:
            return
        values = json.loads(self._file.read_text(encoding="utf-8"))
        self._offset = timedelta(seconds=values["offset_seconds"])
        self._read_at_ns = changed_at_ns
