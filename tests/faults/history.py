"""What clients asked for and what they were told: the client's side of the ledger that a checker compares with what was done."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, kw_only=True)
class Operation:
    """Something one client asked for once, under one key, however often it had to repeat it.

    `expects` names the effects that it must have exactly once each (event types, or names of a test's own). `attempted_at`
    and `acknowledged_at` are seconds of `time.time()`; an operation that was never acknowledged may have happened or not.
    """

    id: str
    client: str
    expects: tuple[str, ...]
    attempted_at: float
    acknowledged_at: float | None = None
    refused: bool = False


@dataclass(frozen=True, kw_only=True)
class Kill:
    """A process that died, why, and when (seconds of `time.time()`)."""

    member: str
    cause: str
    at: float


@dataclass
class History:
    """The ledger of one run; any number of threads write to it."""

    now: Callable[[], float] = time.time
    operations: dict[str, Operation] = field(default_factory=dict)
    kills: list[Kill] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def attempt(self, id: str, *, client: str, expects: tuple[str, ...]) -> None:
        """Before anything is sent. Raises `ValueError` for an id that was used before."""
        with self._lock:
            if id in self.operations:
                raise ValueError(f"operation {id} was attempted before")
            self.operations[id] = Operation(id=id, client=client, expects=expects, attempted_at=self.now())

    def acknowledge(self, id: str) -> None:
        """The platform has said that it is done."""
        with self._lock:
            self.operations[id] = replace(self.operations[id], acknowledged_at=self.now())

    def refuse(self, id: str) -> None:
        """The platform has said that it won't do it: it must have no effect."""
        with self._lock:
            self.operations[id] = replace(self.operations[id], refused=True)

    def kill(self, member: str, *, cause: str) -> None:
        """A process has died."""
        with self._lock:
            self.kills.append(Kill(member=member, cause=cause, at=self.now()))

    @property
    def acknowledged(self) -> list[Operation]:
        """What clients may rely on."""
        with self._lock:  # clients may be at work
            return [operation for operation in self.operations.values() if operation.acknowledged_at is not None]
