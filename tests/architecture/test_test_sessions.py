"""The safeguards that tests/conftest.py puts around every test."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.architecture.tree import PROJECT, named, sources
from tests.support.waiting import patience

ON_RABBITMQ = "import pytest\n\n@pytest.mark.needs_rabbitmq\ndef test_on_rabbitmq():\n    assert True\n"
PLAIN = "def test_plain():\n    assert True\n"
CONNECTS = "import socket\n\ndef test_connects():\n    socket.create_connection(('127.0.0.1', 9), timeout=1)\n"
FAILS_BESIDE_A_PROGRAM = (
    "def test_fails(tmp_path):\n    (tmp_path / 'platform.log').write_text('what the program said')\n    assert False\n"
)
SLOW = "import time\n\ndef test_slow():\n    time.sleep(1.5)\n"
LOCAL = "import socket\n\ndef test_listens():\n    socket.socket().close()\n"

Session = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """Runs pytest on planted tests under our own settings and conftest.py."""
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    (tmp_path / "tests").mkdir()
    shutil.copy(PROJECT / "tests" / "conftest.py", tmp_path / "tests")
    (tmp_path / "tests" / "support").mkdir()
    shutil.copy(PROJECT / "tests" / "support" / "waiting.py", tmp_path / "tests" / "support")

    def run(
        environment: dict[str, str], *, arguments: Sequence[str] = (), **sources: str
    ) -> subprocess.CompletedProcess[str]:
        for name, source in sources.items():
            folder = tmp_path / "tests" / name
            folder.mkdir()
            (folder / f"test_{name}.py").write_text(source, encoding="utf-8")
        return subprocess.run(
            [sys.executable, "-m", "pytest", "tests", *arguments],
            cwd=tmp_path,
            env={"PATH": "", **environment},
            capture_output=True,
            text=True,
            timeout=patience(60),
            check=False,
        )

    return run


def test_what_needs_an_engine_is_left_out_without_one_and_that_is_said(session: Session) -> None:
    done = session({}, contract=ON_RABBITMQ + PLAIN)

    assert "left out: 1 tests that need STEWARD_TEST_RABBITMQ_URL" in done.stdout
    assert "1 passed, 1 deselected" in done.stdout


def test_with_the_engine_named_it_runs(session: Session) -> None:
    done = session({"STEWARD_TEST_RABBITMQ_URL": "amqp://127.0.0.1/"}, contract=ON_RABBITMQ + PLAIN)

    assert "left out" not in done.stdout
    assert "2 passed" in done.stdout


def test_nothing_but_engine_tests_without_an_engine_is_no_success(session: Session) -> None:
    assert session({}, contract=ON_RABBITMQ).returncode == pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.mark.parametrize("source", [CONNECTS, LOCAL])
def test_a_unit_test_has_no_socket(session: Session, source: str) -> None:
    done = session({}, unit=source)

    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "A test tried to use socket" in done.stdout


def test_other_tests_have(session: Session) -> None:
    assert session({}, contract=LOCAL).returncode == pytest.ExitCode.OK


def test_an_unknown_profile_of_property_tests_is_refused(session: Session) -> None:
    done = session({"STEWARD_TEST_PROFILE": "hasty"}, unit=PLAIN)

    assert done.returncode not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    assert "hasty" in done.stderr + done.stdout


def test_an_undeclared_marker_is_refused(session: Session) -> None:
    done = session({}, unit=PLAIN.replace("def", "import pytest\n\n@pytest.mark.needs_luck\ndef"))

    assert done.returncode == pytest.ExitCode.INTERRUPTED
    assert "needs_luck" in done.stdout


def test_a_failure_is_told_with_the_end_of_what_programs_wrote(session: Session) -> None:
    done = session({}, contract=FAILS_BESIDE_A_PROGRAM)

    assert "platform.log" in done.stdout
    assert "what the program said" in done.stdout


@pytest.mark.parametrize(("factor", "ends"), [("1", pytest.ExitCode.TESTS_FAILED), ("60", pytest.ExitCode.OK)])
def test_a_test_has_its_time_and_more_where_patience_is_asked_for(
    session: Session, factor: str, ends: pytest.ExitCode
) -> None:
    slow = SLOW.replace("def", "import pytest\n\n@pytest.mark.timeout(0.5)\ndef")

    assert session({"STEWARD_TEST_PATIENCE": factor}, contract=slow).returncode == ends


def test_a_session_without_any_patience_is_refused(session: Session) -> None:
    done = session({"STEWARD_TEST_PATIENCE": "0.5"}, unit=PLAIN)

    assert done.returncode not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    assert "STEWARD_TEST_PATIENCE is to be a number from 1 up" in done.stderr + done.stdout


@pytest.mark.parametrize("factor", ["0.5", "-1", "inf", "nan", "much"])
def test_a_patience_that_is_none_is_no_number_of_seconds(monkeypatch: pytest.MonkeyPatch, factor: str) -> None:
    monkeypatch.setenv("STEWARD_TEST_PATIENCE", factor)

    with pytest.raises(ValueError, match=factor):
        patience(1.0)


def test_several_processes_keep_all_of_it(session: Session) -> None:
    done = session({}, unit=LOCAL, contract=ON_RABBITMQ + FAILS_BESIDE_A_PROGRAM, arguments=("-n", "2"))

    assert "2 failed" in done.stdout
    assert "A test tried to use socket" in done.stdout
    assert "what the program said" in done.stdout
    assert "left out: 1 tests that need STEWARD_TEST_RABBITMQ_URL" in done.stdout


def test_no_unit_test_starts_a_process() -> None:
    starts = re.compile(r"^\s*(import|from) (subprocess|multiprocessing)\b", re.MULTILINE)
    unit = [*sources("tests/unit")]

    assert [named(path) for path in unit if starts.search(path.read_text(encoding="utf-8"))] == []
    assert starts.search(Path(__file__).read_text(encoding="utf-8"))
    assert len(unit) > 100
