from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from shared.messaging.calls.circuit import Circuit, CircuitOpen, CircuitSettings, State


class Bench:
    """A circuit that opens after three failures for two seconds, and a clock that the test turns."""

    def __init__(self) -> None:
        self.now = 100.0
        self.changes: list[State] = []
        self.circuit = Circuit(
            "ledger",
            CircuitSettings(failures=3, open_seconds=2.0),
            on_change=lambda _, state: self.changes.append(state),
            monotonic=lambda: self.now,
        )

    def call(self, *, answers: bool) -> None:
        era = self.circuit.enter()
        (self.circuit.succeeded if answers else self.circuit.failed)(era)

    def refused(self) -> CircuitOpen:
        with pytest.raises(CircuitOpen) as refusal:
            self.circuit.enter()
        return refusal.value


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def opened(bench: Bench) -> Bench:
    """A circuit that has just opened."""
    for _ in range(3):
        bench.call(answers=False)
    return bench


def test_calls_that_fail_now_and_then_open_no_circuit(bench: Bench) -> None:
    for answers in (False, False, True) * 5:
        bench.call(answers=answers)

    assert bench.circuit.state == "closed"
    assert bench.changes == []


def test_as_many_failures_in_a_row_as_are_set_open_it(bench: Bench) -> None:
    for _ in range(2):
        bench.call(answers=False)
    assert bench.circuit.state == "closed"

    bench.call(answers=False)

    assert bench.circuit.state == "open"


def test_an_open_circuit_refuses_at_once_and_says_when_to_come_again(opened: Bench) -> None:
    opened.now += 0.5

    refusal = opened.refused()

    assert refusal.kind == "unavailable"
    assert "ledger" in refusal.detail
    assert refusal.retry_after_seconds == 2


def test_after_its_time_one_call_is_let_through_and_its_answer_closes_it(opened: Bench) -> None:
    opened.now += 2.0

    trial = opened.circuit.enter()
    opened.refused()
    opened.circuit.succeeded(trial)

    assert opened.changes == ["open", "half-open", "closed"]
    opened.call(answers=True)


def test_a_trial_that_fails_opens_it_anew(opened: Bench) -> None:
    opened.now += 2.0

    opened.call(answers=False)

    assert opened.changes == ["open", "half-open", "open"]
    assert opened.refused().retry_after_seconds == 2


def test_a_trial_that_takes_long_keeps_nobody_from_the_next(opened: Bench) -> None:
    opened.now += 2.0
    opened.circuit.enter()

    opened.now += 2.0
    second = opened.circuit.enter()
    opened.circuit.succeeded(second)

    assert opened.circuit.state == "closed"


def test_calls_that_began_before_it_opened_neither_close_it_nor_prolong_it(bench: Bench) -> None:
    early = [bench.circuit.enter() for _ in range(6)]
    for era in early[:3]:
        bench.circuit.failed(era)
    bench.now += 1.5

    bench.circuit.failed(early[3])
    bench.circuit.succeeded(early[4])

    assert bench.circuit.state == "open"
    bench.now += 0.5
    bench.circuit.enter()


@pytest.mark.parametrize("end", [Circuit.failed, Circuit.succeeded])
def test_a_trial_that_ends_after_the_next_one_failed_changes_nothing(
    opened: Bench, end: Callable[[Circuit, int], None]
) -> None:
    opened.now += 2.0
    slow = opened.circuit.enter()
    opened.now += 2.0
    opened.call(answers=False)
    changes = list(opened.changes)

    end(opened.circuit, slow)

    assert opened.changes == changes


def test_many_threads_open_it_once(bench: Bench) -> None:
    eras = [bench.circuit.enter() for _ in range(32)]
    threads = [threading.Thread(target=bench.circuit.failed, args=(era,)) for era in eras]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert bench.changes == ["open"]
