"""Callers that share one client as a gateway's threads do, and note how each of their calls ended, and when."""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from shared.context import Caller
from shared.messaging.calls.client import RpcClient, ServiceRefusal
from tests.faults.history import History

DEADLINE_SECONDS = 1.5
SLACK_SECONDS = 30.0
"""A busy machine wakes a thread late; a call that waits for a reply, a heartbeat or a reconnection that never comes is later."""
PAUSE_SECONDS = 0.05
REFUSED_SECONDS = 0.2
JOIN_SECONDS = 120.0
ACKNOWLEDGED = "answered"

Work = Callable[[str], dict[str, Any]]


@dataclass(kw_only=True)
class Callers:
    """Threads that call one after another until the block ends. `work` makes one call with the operation's id."""

    client: RpcClient
    service: str
    method: str
    payload: Work
    expects: tuple[str, ...]
    keyed: bool
    caller: Caller = field(default_factory=lambda: Caller(actor_id="alex-example"))
    history: History = field(default_factory=History)
    ends: Counter[str] = field(default_factory=Counter)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    longest_seconds: float = 0.0
    run: str = field(default_factory=lambda: f"run{secrets.token_hex(3)}")
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def calling(self, threads: int) -> Iterator[Callers]:
        """So many callers until the block ends. Raises `AssertionError` when one of them hangs."""
        working = [threading.Thread(target=self._keep_on, args=(f"caller-{n}",), daemon=True) for n in range(threads)]
        for thread in working:
            thread.start()
        try:
            yield self
        finally:
            self._stopping.set()
            for thread in working:
                thread.join(JOIN_SECONDS)
        assert not any(thread.is_alive() for thread in working), "a call hangs"

    def answered(self) -> int:
        """How many operations have been acknowledged."""
        return self.ends[ACKNOWLEDGED]

    def await_more_answers(self, count: int, *, within: float) -> float:
        """Waits for so many more acknowledged operations; seconds until the first of them."""
        began, before = time.monotonic(), self.answered()
        first = None
        while self.answered() < before + count:
            if first is None and self.answered() > before:
                first = time.monotonic() - began
            assert time.monotonic() < began + within, f"no more answers: {dict(self.ends)}"
            time.sleep(PAUSE_SECONDS)
        return first if first is not None else time.monotonic() - began

    def ask_again(self, id: str) -> bool:
        """Whether a repeat of an operation under its key gets the first answer."""
        first = self.answers[id]
        return self._call(id) and self.answers[id] == first

    def _keep_on(self, name: str) -> None:
        while not self._stopping.is_set():
            id = f"{self.run}-{next(self._numbers)}"
            self.history.attempt(id, client=name, expects=self.expects)
            while not self._call(id):
                time.sleep(REFUSED_SECONDS)
                if not self.keyed or self._stopping.is_set():
                    break

    def _call(self, id: str) -> bool:
        """One call; whether it was answered."""
        caller = replace(self.caller, correlation_id=id, idempotency_key=id if self.keyed else None)
        began = time.monotonic()
        try:
            self.answers[id] = self.client.call(
                self.service, self.method, self.payload(id), caller, timeout=DEADLINE_SECONDS
            )
            self.history.acknowledge(id)
            end = ACKNOWLEDGED
        except Exception as error:
            end = error.code if isinstance(error, ServiceRefusal) else type(error).__name__
        self._note(end, time.monotonic() - began)
        return end == ACKNOWLEDGED

    def _note(self, end: str, seconds: float) -> None:
        with self._lock:
            self.ends[end] += 1
            self.longest_seconds = max(self.longest_seconds, seconds)
