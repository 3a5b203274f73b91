"""Fault points in a process of their own: deadly at the nth time, or noted, as they are armed."""

from __future__ import annotations

import signal
import subprocess
import sys

from shared.faults import NOTED

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
