"""How this process lets a thread wait for a disk: a small port, so that the store knows no event loop by name."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class NativeLock(Protocol):
    """A lock that any thread may release."""

    def acquire(self, blocking: bool = ...) -> bool: ...

    def release(self) -> None: ...

    def __enter__(self) -> bool: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


class Blocking(Protocol):
    """Runs work that blocks an operating-system thread, and makes locks between such threads."""

    def run(self, work: Callable[[], T]) -> T:
        """The work's result; other callers of this process get on meanwhile."""
        ...

    def start(self, work: Callable[[], object]) -> None:
        """Begins work in an operating-system thread of its own and returns; nobody waits for that thread to end."""
        ...

    def let_others_on(self) -> None:
        """Whoever else can go on here does so first."""
        ...

    def native_lock(self) -> NativeLock:
        """A lock between operating-system threads, never a loop's own."""
        ...

    def is_apart(self) -> bool:
        """Whether the caller is in a thread beside the loop, where it must not wait with the loop's own locks."""
        ...


class PlainThreads:
    """A process without a loop: every caller has a thread of its own to block."""

    def run(self, work: Callable[[], T]) -> T:
        return work()

    def start(self, work: Callable[[], object]) -> None:
        threading.Thread(target=work, daemon=True).start()

    def let_others_on(self) -> None:
        if threading.active_count() > 1:
            time.sleep(0)

    def native_lock(self) -> NativeLock:
        return threading.Lock()

    def is_apart(self) -> bool:
        return False


class NativeThread(Protocol):
    """A thread of the operating system."""

    def start(self) -> None: ...


class NativeThreading(Protocol):
    """What is needed of the unpatched `threading` module."""

    def Thread(self, *, target: Callable[[], object], daemon: bool) -> NativeThread:  # noqa: N802 - the standard library's name
        ...

    def Lock(self) -> NativeLock:  # noqa: N802 - the standard library's name
        ...

    def get_ident(self) -> int: ...


class BesideLoop:
    """A process with a cooperative loop whose standard library is patched.

    The bootstrap builds it in the loop's thread, after patching, from `eventlet.tpool.execute` and
    `eventlet.patcher.original("threading")`.
    """

    def __init__(self, *, execute: Callable[[Callable[[], Any]], Any], native_threading: NativeThreading) -> None:
        self._execute = execute
        self._native = native_threading
        self._loop_thread = native_threading.get_ident()

    def run(self, work: Callable[[], T]) -> T:
        if self.is_apart():
            return work()
        result: T = self._execute(work)
        return result

    def start(self, work: Callable[[], object]) -> None:
        self._native.Thread(target=work, daemon=True).start()

    def let_others_on(self) -> None:
        time.sleep(0)  # the loop's own, in a patched process

    def native_lock(self) -> NativeLock:
        return self._native.Lock()

    def is_apart(self) -> bool:
        return self._native.get_ident() != self._loop_thread
