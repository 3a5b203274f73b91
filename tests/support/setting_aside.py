"""What a service does with messages that it can't use, with a clock that only waiting moves."""

from __future__ import annotations

from shared.messaging.consuming.floods import Asides, Pace, SparingLog
from shared.messaging.consuming.held import HeldMessages


class Watch:
    """A monotonic clock; `wait` is all that moves it, and is noted."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits.append(round(seconds, 6))
        self.now += seconds

    def __call__(self) -> float:
        return self.now


class SetAside:
    """Asides at ten a second of which the log tells two singly; what was counted and how long was waited."""

    def __init__(self, *, held: HeldMessages) -> None:
        self.watch = Watch()
        self.counted: list[str] = []
        self.told = SparingLog(most=2)
        self.asides = Asides(
            held=held,
            told=self.told,
            pace=Pace(per_second=10, wait=self.watch.wait, monotonic=self.watch),
            count=self.counted.append,
        )
