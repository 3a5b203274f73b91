"""A share of a council's year on a whole platform, its clock set on from day to day: what it reports is the generator's truth."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.platforms import unhurried
from tests.support.waiting import patience

pytestmark = pytest.mark.timeout(600)


def simulate(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`steward simulate council-year ...`, run to its end."""
    return subprocess.run(
        [sys.executable, "-m", "shared.cli", "simulate", "council-year", *arguments],
        env=os.environ | unhurried(),
        capture_output=True,
        text=True,
        timeout=patience(200),
        check=False,
    )


@pytest.mark.parametrize(("council_id", "referrals"), [("cheshire-east", "70"), ("cambridgeshire-peterborough", "15")])
def test_every_count_that_the_platform_reports_is_the_truth(council_id: str, referrals: str) -> None:
    done = simulate("--council", council_id, "--referrals", referrals, "--check")

    assert done.returncode == 0, done.stdout + done.stderr
    truth = json.loads(done.stdout.rpartition("every count is the truth: ")[2])
    assert truth["referrals"] == int(referrals)
    assert "relay.failed" not in done.stdout + done.stderr


def test_the_events_go_to_a_file_with_their_counts_beside(tmp_path: Path) -> None:
    files = [tmp_path / "first.jsonl", tmp_path / "second.jsonl"]

    for file in files:
        assert simulate("--council", "cheshire-east", "--referrals", "30", "--out", str(file)).returncode == 0

    first, second = (file.read_bytes() for file in files)
    truth = json.loads((tmp_path / "first.jsonl.truth.json").read_text())
    assert first == second
    assert len(first.splitlines()) == sum(truth["answers"].values())


def test_a_council_without_figures_is_refused_in_a_sentence() -> None:
    done = simulate("--council", "nowhere", "--year", "2020")

    assert done.returncode == 1
    assert "there are no figures of a year for nowhere" in done.stderr
    assert "Traceback" not in done.stderr
