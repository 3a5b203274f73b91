"""Fault points: harmless unless armed, and armed only in development and tests."""

from __future__ import annotations

import pytest

from shared.faults import POINTS, Fault, FaultPoints, arm_faults, read_faults
from shared.settings import BadSetting


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
