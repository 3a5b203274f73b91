"""Group commit: many callers' writes share one transaction and one flush to disk.

The first caller leads: it commits its own write and every other that is waiting, while later ones gather behind it;
then it calls one of those to lead in its turn. Callers wait with the standard library's locks, which a patched process
turns into its loop's own. `commit` lets the loop turn on while the disk is flushed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from shared.store.blocking import Blocking
from shared.store.documents import StoreAway

Write = Callable[[Any], Any]
"""A write, given the engine's connection inside a transaction; raises to refuse itself without harm to the others."""


class Ticket:
    """One caller's write and what became of it."""

    def __init__(self, write: Write, *, is_lazy: bool) -> None:
        self.write = write
        self.is_lazy = is_lazy
        self.leads = False
        self._called: threading.Lock | None = None
        self._result: Any = None
        self._refusal: Exception | None = StoreAway("the write was interrupted: nothing is known about it")

    def queue_up(self) -> None:
        """Before others may call it: from now on `wait` waits."""
        self._called = threading.Lock()
        self._called.acquire()

    def wait(self) -> None:
        """Returns once it is called: settled, refused, or to lead."""
        if self._called is not None:
            self._called.acquire()

    def call(self) -> None:
        """Lets it go on, if it waits; who led from the start does not."""
        if self._called is not None:
            self._called.release()

    def settle(self, result: Any) -> None:
        """The write is committed."""
        self._result, self._refusal = result, None

    def refuse(self, refusal: Exception) -> None:
        """The write is not committed, or not known to be."""
        self._refusal = refusal

    def outcome(self) -> Any:
        """The write's result, or the exception that refused it."""
        if self._refusal is not None:
            raise self._refusal
        return self._result


class GroupCommit:
    """Gathers writes; `commit` is given up to `most` of them, settles or refuses each and does not raise."""

    def __init__(self, commit: Callable[[Sequence[Ticket]], None], *, blocking: Blocking, most: int) -> None:
        self._commit = commit
        self._blocking = blocking
        self._most = most
        self._mutex = threading.Lock()
        self._waiting: list[Ticket] = []
        self._is_led = False

    def submit(self, write: Write, *, lazily: bool = False) -> Any:
        """The write's result after its commit, or the exception that refused it."""
        ticket = Ticket(write, is_lazy=lazily)
        if self._blocking.is_apart():
            self._commit([ticket])
        else:
            self._join(ticket)
        return ticket.outcome()

    def _join(self, ticket: Ticket) -> None:
        with self._mutex:
            self._waiting.append(ticket)
            ticket.leads, self._is_led = not self._is_led, True
            if not ticket.leads:
                ticket.queue_up()
        if not ticket.leads:
            self._wait(ticket)
        if ticket.leads:
            self._lead(ticket)

    def _wait(self, ticket: Ticket) -> None:
        try:
            ticket.wait()
        except BaseException:  # a killed greenlet or an interrupt must not take the lead with it
            self._withdraw(ticket)
            raise

    def _withdraw(self, ticket: Ticket) -> None:
        with self._mutex:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
        if ticket.leads:
            self._hand_over([])

    def _lead(self, ticket: Ticket) -> None:
        self._let_others_join(ticket)
        with self._mutex:
            group, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        try:
            self._commit(group)
        finally:
            self._hand_over(group)

    def _let_others_join(self, ticket: Ticket) -> None:
        """Whoever is about to write joins this group: a commit costs more than many writes."""
        try:
            self._blocking.let_others_on()
        except BaseException:
            self._withdraw(ticket)
            raise

    def _hand_over(self, group: Sequence[Ticket]) -> None:
        with self._mutex:
            following = self._waiting[0] if self._waiting else None
            self._is_led = following is not None
            if following:
                following.leads = True
        for ticket in group:
            ticket.call()
        if following:
            following.call()
