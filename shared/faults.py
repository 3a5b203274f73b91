"""Named places where a test may kill the process it runs in, or see that it came by. Unarmed, they do nothing.

Armed by `STEWARD_FAULT=point:kill:nth` (the process dies by SIGKILL the nth time that it comes by) or `point:note` (it
prints a line each time); several are separated by commas. Refused outside development and test.
"""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from shared.settings import BadSetting

Action = Literal["kill", "note"]
WHERE_ALLOWED = ("development", "test")
NOTED = "fault.reached"
POINTS = MappingProxyType(
    {
        "before-commit": "a change is decided, nothing is written",
        "after-commit": "a change and its events are written, nothing is published",
        "after-publish": "events were handed to the broker, no confirm was awaited",
        "after-confirm": "events were confirmed, their outbox was not emptied",
        "before-effect": "a message is about to be applied",
        "after-effect": "a message was applied, its stream's mark was not moved",
        "after-mark": "a message was applied and its mark moved, the broker was not told",
        "after-ack": "a message was acknowledged",
        "came-again": "a message came that the broker had given out before",
        "known-already": "a message came that had been applied before",
    }
)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is to happen at a point, from the `nth` time on that the process comes by."""

    point: str
    action: Action
    nth: int = 1


class FaultPoints:
    """One process's points and what they are armed with."""

    def __init__(self) -> None:
        self._armed: dict[str, tuple[Fault, itertools.count[int]]] = {}

    def arm(self, faults: Sequence[Fault]) -> None:
        """Arms these points and no others."""
        self._armed = {fault.point: (fault, itertools.count(1)) for fault in faults}

    def reach(self, point: str, subject: str = "") -> None:
        """The process has come to this point, with the record or event that it works on."""
        if self._armed and point in self._armed:
            self._meet(point, subject)

    def _meet(self, point: str, subject: str) -> None:
        fault, passes = self._armed[point]
        if next(passes) < fault.nth:
            return
        if fault.action == "note":
            os.write(2, f"{NOTED} {point} {subject}\n".encode())  # unbuffered: the next point may kill
            return
        os.kill(os.getpid(), signal.SIGKILL)


FAULTS = FaultPoints()
"""The points of this process."""


def read_faults(texts: Sequence[str]) -> list[Fault]:
    """Faults as they are written in settings. Raises `BadSetting`."""
    return [_read(text) for text in texts]


def arm_faults(texts: Sequence[str], *, environment: str) -> None:
    """Arms this process's points as settings say. Raises `BadSetting`, also where faults have no place."""
    if texts and environment not in WHERE_ALLOWED:
        raise BadSetting(
            f"STEWARD_FAULT kills processes; it is taken only where STEWARD_ENVIRONMENT is {' or '.join(WHERE_ALLOWED)}"
        )
    FAULTS.arm(read_faults(texts))


def _read(text: str) -> Fault:
    point, _, rest = text.partition(":")
    action, _, nth = rest.partition(":")
    if point not in POINTS:
        raise BadSetting(f"STEWARD_FAULT={text!r}: there is no point {point!r}; there are {', '.join(POINTS)}")
    if action not in get_args(Action) or not (nth or "1").isdecimal() or int(nth or 1) < 1:
        raise BadSetting(f"STEWARD_FAULT={text!r}: point:kill:nth or point:note")
    return Fault(point=point, action="note" if action == "note" else "kill", nth=int(nth or 1))
