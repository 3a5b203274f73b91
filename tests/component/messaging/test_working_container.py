"""A worker that runs where it is waited for lives as nameko's workers do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import eventlet
import pytest
from eventlet.event import Event as Never
from nameko.extensions import DependencyProvider

from shared.messaging.consuming.durable import WorkerEntrypoint, WorkingContainer
from shared.store.documents import StoreAway

CONFIG = {"AMQP_URI": "memory://", "max_workers": 1}


class Lives(DependencyProvider):
    """Notes a worker's life; fails where it is told to."""

    def __init__(self) -> None:
        self.noted: list[str] = []
        self.fails_at = ""

    def bind(self, container: Any, attr_name: str) -> Any:
        bound = super().bind(container, attr_name)
        bound.noted, bound.fails_at = self.noted, self.fails_at
        return bound

    def get_dependency(self, worker_ctx: Any) -> list[str]:
        return self.noted

    def worker_setup(self, worker_ctx: Any) -> None:
        self._note("setup")

    def worker_result(self, worker_ctx: Any, result: Any = None, exc_info: Any = None) -> None:
        self._note(f"result {result if exc_info is None else exc_info[0].__name__}")

    def worker_teardown(self, worker_ctx: Any) -> None:
        self._note("teardown")

    def _note(self, what: str) -> None:
        self.noted.append(what)
        if what == self.fails_at:
            raise LookupError(what)


class Desk:
    name = "desk"
    lives: Any = Lives()

    @WorkerEntrypoint.decorator
    def double(self, number: int) -> int:
        self.lives.append("method")
        if number < 0:
            raise ValueError("negative")
        return 2 * number

    @WorkerEntrypoint.decorator
    def wait(self) -> None:
        Never().wait()


@pytest.fixture
def container() -> Iterator[WorkingContainer]:
    made = a_container()
    made.start()
    yield made
    made.kill()


def a_container(*, fails_at: str = "") -> WorkingContainer:
    Desk.lives.noted, Desk.lives.fails_at = [], fails_at
    return WorkingContainer(Desk, CONFIG)


def entrypoint(container: WorkingContainer, method: str) -> WorkerEntrypoint:
    [found] = [each for each in container.entrypoints if each.method_name == method]
    assert isinstance(found, WorkerEntrypoint)
    return found


def test_it_is_set_up_runs_and_is_torn_down_and_its_result_is_given(container: WorkingContainer) -> None:
    doubled = entrypoint(container, "double").run(21)

    assert doubled == 42
    assert Desk.lives.noted == ["setup", "method", "result 42", "teardown"]


def test_what_its_method_raises_is_raised_and_it_is_torn_down(container: WorkingContainer) -> None:
    with pytest.raises(ValueError, match="negative"):
        entrypoint(container, "double").run(-1)

    assert Desk.lives.noted == ["setup", "method", "result None", "teardown"]
    assert entrypoint(container, "double").run(1) == 2


def test_where_a_dependency_fails_the_container_dies_and_the_work_stays_undone() -> None:
    container = a_container(fails_at="setup")
    container.start()

    with pytest.raises(StoreAway):
        entrypoint(container, "double").run(1)

    with pytest.raises(LookupError):
        container.wait()
    assert Desk.lives.noted == ["setup"]


def test_a_container_that_is_killed_ends_it_and_begins_no_other(container: WorkingContainer) -> None:
    working = eventlet.spawn(entrypoint(container, "wait").run)
    eventlet.sleep(0)

    container.kill()

    for run in (working.wait, lambda: entrypoint(container, "double").run(1)):
        with pytest.raises(StoreAway):
            run()
