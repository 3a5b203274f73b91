"""SQLite across processes: killed ones, patched ones, several on one file."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from shared.store.documents import Documents
from shared.store.sqlite import SqliteStore
from tests.contract.store.samples import CASES
from tests.support.waiting import patience

ENOUGH = 400
TRIES = 5


def lost_after_kill(path: Path, manner: str) -> list[str]:
    """What a killed writer had acknowledged and the file does not hold."""
    acknowledged = _written_until_killed(path, manner)
    store = SqliteStore(path)
    documents = store.documents(CASES)
    lost = [line for line in acknowledged if not _is_kept(documents, line)]
    store.close()
    return lost


def _written_until_killed(path: Path, manner: str) -> list[str]:
    with _process("writer", str(path), manner, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(ENOUGH)]
        writer.send_signal(signal.SIGKILL)
        lines += writer.stdout.read().splitlines(keepends=True)
    whole = [line.strip() for line in lines if line.endswith("\n")]
    assert len(whole) >= ENOUGH
    return whole


def _is_kept(documents: Documents, acknowledged: str) -> bool:
    did, id, *version = acknowledged.split()
    found = documents.get(id)
    if found is None or did == "inserted":
        return found is not None
    return bool(found["version"] >= int(version[0]))


@contextmanager
def _process(name: str, *arguments: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-W", "ignore", "-m", f"tests.contract.store.processes.{name}", *arguments]
    with subprocess.Popen(command, text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def told_by_patched(path: Path, manner: str) -> dict[str, Any]:
    with _process("patched", str(path), manner, stdout=subprocess.PIPE) as patched:
        output, _ = patched.communicate(timeout=patience(60))
    told: dict[str, Any] = json.loads(output)
    return told


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the process told of all its trials with a store that waits beside the loop."""
    return told_by_patched(tmp_path_factory.mktemp("patched") / "cases.sqlite3", "beside")


class TestKilledWriter:
    def test_nothing_acknowledged_is_lost_and_the_file_is_sound(self, tmp_path: Path) -> None:
        path = tmp_path / "cases.sqlite3"

        lost = lost_after_kill(path, "rightly")

        assert lost == []
        with sqlite3.connect(path) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            sides = connection.execute("SELECT count(*) FROM [cases/needs]").fetchone()
            assert sides == connection.execute("SELECT count(*) FROM cases WHERE needs = 1").fetchone()
        connection.close()

    def test_this_check_finds_a_writer_that_acknowledges_too_early(self, tmp_path: Path) -> None:
        losses = (lost_after_kill(tmp_path / f"{n}.sqlite3", "early") for n in range(TRIES))

        assert any(losses)


class TestPatchedProcess:
    def test_the_loop_turns_while_the_file_is_busy_and_every_write_arrives(self, told: dict[str, Any]) -> None:
        assert (told["ticks"], told["reads"]) == (60, 60)
        assert (told["written"], told["away"], told["stored"]) == (200, 0, 200)
        assert told["counter"] == 101

    def test_a_killed_greenlet_takes_nobody_with_it(self, told: dict[str, Any]) -> None:
        assert set(told["leader_killed"]) <= {"written", "away"}
        assert told["leader_killed"][-1] == "written"
        assert told["next_killed"] == ["written"] * 5

    def test_native_threads_and_greenlets_write_side_by_side(self, told: dict[str, Any]) -> None:
        assert told["native"] + told["loop"] == ["written"] * 20

    def test_this_check_finds_a_store_that_stalls_the_loop(self, tmp_path: Path) -> None:
        told = told_by_patched(tmp_path / "cases.sqlite3", "direct")

        assert (told["written"], told["away"]) == (0, 200)


class TestSeveralProcesses:
    def test_they_may_make_and_write_one_file_at_once_and_lose_nothing(self, tmp_path: Path) -> None:
        path, names, times = tmp_path / "cases.sqlite3", ("a", "b", "c"), 40
        command = [sys.executable, "-m", "tests.contract.store.processes.incrementer", str(path)]

        running = [subprocess.Popen([*command, name, str(times)], stdout=subprocess.PIPE) for name in names]
        ended = [process.communicate(timeout=patience(60)) for process in running]

        assert [process.returncode for process in running] == [0, 0, 0], ended
        store = SqliteStore(path)
        documents = store.documents(CASES)
        counter = documents.get("counter")
        assert counter is not None
        assert counter["version"] == 1 + len(names) * times
        assert documents.group_count("keys") == {f"key-{n}": 1 for n in range(times)}
        assert documents.count() == 1 + times
        store.close()
