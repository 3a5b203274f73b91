"""The settable clock of an embedded platform: whoever reads it while it is set reads it whole."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.clock import SettableClock

A_DAY = datetime(2020, 3, 2, 9, 0, tzinfo=UTC)
SETTINGS = 300


def test_it_is_never_read_half_written(tmp_path: Path) -> None:
    setting, reading = (SettableClock(tmp_path / "clock.json") for _ in range(2))
    done, seen = threading.Event(), []
    setting.set(A_DAY)

    def read() -> None:
        while not done.is_set():
            seen.append(reading.now())

    reader = threading.Thread(target=read)
    reader.start()
    for day in range(SETTINGS):
        setting.set(A_DAY + timedelta(days=day))
    done.set()
    reader.join()

    assert reading.now() >= A_DAY + timedelta(days=SETTINGS - 1)
    assert all(A_DAY <= instant <= A_DAY + timedelta(days=SETTINGS) for instant in seen)
    assert [file.name for file in tmp_path.iterdir()] == ["clock.json"]


def test_what_one_sets_another_on_the_same_folder_tells(tmp_path: Path) -> None:
    SettableClock(tmp_path / "clock.json").set(A_DAY)

    assert SettableClock(tmp_path / "clock.json").now() - A_DAY < timedelta(hours=1)
