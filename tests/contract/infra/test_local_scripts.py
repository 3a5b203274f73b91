"""The scripts behind make refuse with a sentence, and never pass over what they could not do."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
SCRIPTS = sorted(
    [
        PROJECT / ".ci/run",
        PROJECT / "infra/container/write_env",
        PROJECT / "infra/local/engines",
        *(PROJECT / "infra/local").glob("*_*"),
        *(PROJECT / "infra/local/engines.d").glob("*.sh"),
    ]
)


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a script with the given variables added to the environment."""
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
        cwd=PROJECT,
    )


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_a_script_is_well_formed(script: Path) -> None:
    done = run("bash", "-n", script)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("script", [s for s in SCRIPTS if s.suffix != ".sh"], ids=lambda path: path.name)
def test_a_script_stops_at_the_first_error(script: Path) -> None:
    assert "set -euo pipefail" in script.read_text()
    assert os.access(script, os.X_OK)


def test_an_engine_that_does_not_exist_is_refused_with_the_names_of_those_that_do(tmp_path: Path) -> None:
    done = run("infra/local/engines", "up", "postgres", STEWARD_ENGINES_DIR=str(tmp_path))

    assert done.returncode == 2
    assert "no engine called postgres; there are: rabbitmq mongodb elasticsearch" in done.stderr


def test_status_says_that_nothing_runs_and_fails(tmp_path: Path) -> None:
    done = run("infra/local/engines", "status", STEWARD_ENGINES_DIR=str(tmp_path))

    assert done.returncode == 1
    assert done.stdout.count("down") == 3


def test_stopping_never_ends_a_process_that_is_not_an_engine_of_this_folder(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"])  # noqa: S607 - any harmless process
    (tmp_path / "mongodb").mkdir()
    (tmp_path / "mongodb" / "pid").write_text(str(stranger.pid))

    try:
        done = run("infra/local/engines", "down", "mongodb", STEWARD_ENGINES_DIR=str(tmp_path))

        assert done.returncode == 0, done.stderr
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_engine_tests_are_refused_while_no_engine_is_up(tmp_path: Path) -> None:
    done = run("infra/local/engine_session", "engines", "tests/unit", STEWARD_ENGINES_DIR=str(tmp_path))

    assert done.returncode == 1
    assert "run make engines first" in done.stderr


def test_a_folder_without_tests_is_left_out_by_name() -> None:
    done = run("infra/local/test_session", "nothing", "tests/support/schemas")

    assert done.returncode == 0
    assert "tests/support/schemas has no tests yet: left out" in done.stdout


def test_a_session_that_selects_no_test_fails(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text("def test_one() -> None:\n    assert True\n")

    done = run(
        "infra/local/test_session", "one", tmp_path, "--", "-k", "nothing_is_called_so", "-p", "no:cacheprovider"
    )

    assert done.returncode == 5
    assert "none of their tests was selected" in done.stderr


def test_a_session_with_a_failing_test_fails(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text("def test_one() -> None:\n    assert False\n")

    assert run("infra/local/test_session", "one", tmp_path, "--", "-p", "no:cacheprovider").returncode == 1


def test_each_password_is_made_anew_and_an_existing_file_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "env"

    first = run("infra/container/write_env", file)
    second = run("infra/container/write_env", file)

    passwords = [line for line in file.read_text().splitlines() if line.startswith("STEWARD_PASSWORD_")]
    assert first.returncode == 0, first.stderr
    assert len(passwords) == len({line.split("=")[1] for line in passwords}) == 9
    assert all(len(line.split("=")[1]) == 48 for line in passwords)
    assert file.stat().st_mode & 0o077 == 0
    assert second.returncode == 1
