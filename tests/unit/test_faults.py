"""Fault points: harmless unless armed, armed only in development and tests, and deadly when they are."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from shared.faults import NOTED, POINTS, Fault, FaultPoints, arm_faults, read_faults
from shared.settings import BadSetting

ARMED = """
import sys
from shared.faults import FAULTS, arm_faults
arm_faults(sys.argv[1:], environment="test")
for number in range(1, 6):
    print(number, flush=True)
    FAULTS.reach("after-commit", f"record-{number}")
"""


def armed(*faults: str) -> subprocess.CompletedProcess[str]:
    """A process that passes one point five times."""
    return subprocess.run(
        [sys.executable, "-c", ARMED, *faults], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_process_dies_by_sigkill_the_nth_time_it_comes_by():
    done = armed("after-commit:kill:3")

    assert done.returncode == -signal.SIGKILL
    assert done.stdout.split() == ["1", "2", "3"]


def test_a_process_notes_each_time_it_comes_by():
    done = armed("after-commit:note")

    assert done.returncode == 0
    assert done.stderr.splitlines() == [f"{NOTED} after-commit record-{number}" for number in range(1, 6)]


def test_other_points_are_passed():
    assert armed("before-commit:kill").returncode == 0


def test_unarmed_points_do_nothing():
    points = FaultPoints()

    assert [points.reach(point) for point in POINTS] == [None] * len(POINTS)


def test_faults_are_refused_in_production():
    with pytest.raises(BadSetting, match="STEWARD_ENVIRONMENT"):
        arm_faults(("after-commit:kill",), environment="production")


@pytest.mark.parametrize(
    "text", ["", "after-commit", "after-commit:burn", "nowhere:kill", "after-commit:kill:0", "after-commit:kill:x"]
)
def test_a_fault_that_is_none_is_refused(text):
    with pytest.raises(BadSetting, match="STEWARD_FAULT"):
        read_faults((text,))


def test_several_faults_are_read():
    assert read_faults(("after-commit:kill:2", "known-already:note")) == [
        Fault(point="after-commit", action="kill", nth=2),
        Fault(point="known-already", action="note"),
    ]
