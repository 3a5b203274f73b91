"""The page of reliability says of each attack what its last run has shown, and how to repeat it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.faults.__main__ import main
from tests.faults.checking import Verdict
from tests.faults.results import percentile, read_results, render, report, results_path

SOUND = Verdict(
    attempted=150,
    acknowledged=149,
    applied=150,
    lost=(),
    duplicated=(),
    out_of_order=(),
    unexpected=(),
    recovered=("a",),
)


@pytest.fixture(autouse=True)
def results_file(tmp_path, monkeypatch):
    monkeypatch.setenv("STEWARD_FAULTS_RESULTS", str(tmp_path / "some" / "results.jsonl"))


def tell(test: str, verdict: Verdict = SOUND) -> None:
    report(test, attack="killed", platform="embedded", runs=2, kills=8, verdict=verdict, recoveries=[1.0, 2.0, 9.0])


def test_a_result_is_kept_and_shown_in_a_row():
    tell("T1")

    page = render(read_results(results_path()))

    assert "| T1 | embedded | killed | 2 | 8 | 150 | 0 | 0 | 0 | 0 | 1 | 2.0 s, 9.0 s | " in page
    assert "## `make test-faults`" in page


def test_what_is_wrong_is_shown_too():
    tell("T1", replace(SOUND, lost=("op-1",), duplicated=("op-2", "op-3")))

    assert "| 150 | 1 | 2 | 0 | 0 |" in render(read_results(results_path()))


def test_the_last_run_of_an_attack_counts():
    tell("T3", replace(SOUND, attempted=7))
    tell("T3")
    tell("T12")

    rows = [line for line in render(read_results(results_path())).splitlines() if line.startswith("| T")]

    assert [row.split("|")[1].strip() for row in rows] == ["T3", "T12"]
    assert " 7 " not in rows[0]


def test_the_lengths_that_were_given_are_in_the_command(monkeypatch):
    monkeypatch.setenv("STEWARD_FAULTS_ROUNDS", "200")
    tell("T1")

    assert "## `make faults STEWARD_FAULTS_ROUNDS=200`" in render(read_results(results_path()))


def test_without_results_there_is_no_page(capsys):
    assert main(["--write"]) == 1
    assert "make faults" in capsys.readouterr().err


@pytest.mark.parametrize(("share", "value"), [(0.5, 3.0), (0.99, 5.0)])
def test_percentiles(share, value):
    assert percentile([5.0, 1.0, 2.0, 4.0, 3.0], share) == value


def test_nothing_has_no_percentile():
    assert percentile([], 0.5) is None
