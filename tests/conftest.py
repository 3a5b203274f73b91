"""What holds for every test: how many examples properties are tried on, who may open sockets, which engines must be there, how
long it may take, and what is told when it fails.

Loaded before tests/component is patched by eventlet, so it imports nothing of the platform.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.support.waiting import patience

ENGINES = {
    "needs_rabbitmq": "STEWARD_TEST_RABBITMQ_URL",
    "needs_mongodb": "STEWARD_TEST_MONGODB_URL",
    "needs_elasticsearch": "STEWARD_TEST_ELASTICSEARCH_URL",
}
TOOLS = {"needs_hledger": "hledger"}
PROFILE = "STEWARD_TEST_PROFILE"
LEFT_OUT = pytest.StashKey[dict[str, int]]()
BEGAN_AT = pytest.StashKey[float]()
FOLDERS = pytest.StashKey[Path]()
UNIT_TESTS = Path(__file__).parent / "unit"
LOG_CHARACTERS = 3000

# A busy machine is slow, not wrong, so no profile has a deadline; and contract suites are inherited on purpose, so the same
# property runs from several classes.
USUAL = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.differing_executors])
hypothesis.settings.register_profile("usual", USUAL)
hypothesis.settings.register_profile("ci", USUAL, max_examples=50, print_blob=True)
hypothesis.settings.register_profile("thorough", USUAL, max_examples=2000, print_blob=True)


def pytest_configure(config: pytest.Config) -> None:
    """Chooses the profile of property tests: STEWARD_TEST_PROFILE, else `ci` where CI is set, else `usual`."""
    hypothesis.settings.load_profile(os.environ.get(PROFILE) or ("ci" if os.environ.get("CI") else "usual"))
    config.stash[LEFT_OUT] = {}
    _show_logs_plainly()


def _show_logs_plainly() -> None:
    """What tests log is shown for failures only, and drawing its stack traces in colour takes longer than most tests."""
    import structlog  # after tests/component/conftest.py has patched its process

    shown = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, shown])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Closes the network to unit tests, gives each its time, and leaves out what needs what is not here."""
    for item in items:
        if UNIT_TESTS in item.path.parents:
            item.add_marker(pytest.mark.disable_socket)
        marker = item.get_closest_marker("timeout")
        seconds = float(marker.args[0] if marker else config.getini("timeout"))
        item.add_marker(pytest.mark.timeout(patience(seconds)), append=False)
    unnamed = {marker: variable for marker, variable in ENGINES.items() if not os.environ.get(variable)}
    absent = {marker: program for marker, program in TOOLS.items() if shutil.which(program) is None}
    _deselect(config, items, unnamed | absent)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Says what was left out: a test that does not run must not look like one that passed."""
    for variable, count in sorted(config.stash[LEFT_OUT].items()):
        terminalreporter.write_line(f"left out: {count} tests that need {variable}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One of several processes tells what it left out; each leaves out the same."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = dict(session.config.stash[LEFT_OUT])


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_testnodedown(node: Any, error: object) -> None:
    """Takes note of what one of several processes left out."""
    node.config.stash[LEFT_OUT].update(getattr(node, "workeroutput", {}).get("left_out", {}))


@pytest.fixture(scope="session", autouse=True)
def folders(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> None:
    """Notes where tests keep their files, for whoever tells of a failure."""
    pytestconfig.stash[FOLDERS] = tmp_path_factory.getbasetemp()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure is told with the end of every log that programs wrote while the test ran."""
    report = yield
    if report.when == "setup":
        item.stash[BEGAN_AT] = report.start
    if report.failed and FOLDERS in item.config.stash:
        report.sections += _logs_since(item.stash.get(BEGAN_AT, report.start), item.config.stash[FOLDERS])
    return report


def _logs_since(began_at: float, folder: Path) -> list[tuple[str, str]]:
    written = [
        path for path in sorted(folder.rglob("*.log")) if path.is_file() and path.stat().st_mtime >= began_at - 1
    ]
    return [
        (f"end of {path.relative_to(folder)}", path.read_text(encoding="utf-8", errors="replace")[-LOG_CHARACTERS:])
        for path in written
    ]


def _deselect(config: pytest.Config, items: list[pytest.Item], unnamed: dict[str, str]) -> None:
    left_out = config.stash[LEFT_OUT]
    kept, unwanted = [], []
    for item in items:
        missing = next((variable for marker, variable in unnamed.items() if item.get_closest_marker(marker)), None)
        (kept if missing is None else unwanted).append(item)
        if missing is not None:
            left_out[missing] = left_out.get(missing, 0) + 1
    if unwanted:
        config.hook.pytest_deselected(items=unwanted)
        items[:] = kept
