from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, ClassVar

import eventlet
import pytest
from eventlet.event import Event
from nameko.containers import ServiceContainer
from nameko.extensions import DependencyProvider

from shared.context import Caller
from shared.messaging.calls.client import RpcClient, ServiceRefusal
from shared.messaging.calls.entrypoint import rpc
from shared.runtime.supervisor import STOP_SIGNALS, Supervisor, SupervisorSettings
from tests.support.waiting import eventually, patience

ALEX = Caller(actor_id="alex-example")
QUICK = SupervisorSettings(first_wait=0.01, longest_wait=0.05, deaths=3, within=60.0, stop_within=patience(30))

Make = Callable[[], ServiceContainer]


class Fragile(DependencyProvider):
    """Dies when a worker is set up while `broken` says so, and takes its container with it."""

    def worker_setup(self, worker_ctx: Any) -> None:
        if worker_ctx.args[0].get("die"):
            raise RuntimeError("a part of the container failed")


class Unstoppable(DependencyProvider):
    """A part that does not end when it should."""

    def stop(self) -> None:
        eventlet.sleep(3600)


class SlowToStart(DependencyProvider):
    """Starts when it is let, and notes when it has started and when it is stopped."""

    noted: ClassVar[list[str]] = []
    let: ClassVar[Event]

    def start(self) -> None:
        self.noted.append("starting")
        self.let.wait()
        self.noted.append("started")

    def stop(self) -> None:
        self.noted.append("stopped")


class Slow:
    name = "slow"
    part = SlowToStart()


class Ledger:
    name = "ledger"
    fragile = Fragile()

    @rpc
    def echo(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        return payload


class Referrals:
    name = "referrals"

    @rpc
    def echo(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        return payload


class Stuck:
    name = "stuck"
    unstoppable = Unstoppable()


@pytest.fixture
def supervise(embedded_url: str) -> Iterator[Callable[..., Supervisor]]:
    """Starts supervisors over service classes, or over factories; stops them after the test."""
    started: list[Supervisor] = []

    def start(*services: type, settings: SupervisorSettings = QUICK, **factories: Make) -> Supervisor:
        makes: dict[str, Make] = {service.name: a_factory(service, embedded_url) for service in services}
        supervisor = Supervisor({**makes, **factories}, settings=settings)
        started.append(supervisor)
        supervisor.start()
        return supervisor

    yield start
    for supervisor in started:
        supervisor.stop()


def a_factory(service: type, url: str) -> Make:
    return lambda: ServiceContainer(service, {"AMQP_URI": url, "max_workers": 5})


def kill_ledger(client: RpcClient) -> None:
    """A call that no container survives; the next one does not begin it, as it came a second time."""
    with pytest.raises(ServiceRefusal, match="not known"):
        client.call("ledger", "echo", {"die": True}, ALEX)


def test_a_service_that_dies_is_back_while_the_others_answer(
    embedded_url: str, supervise: Callable[..., Supervisor], make_client: Callable[..., RpcClient]
) -> None:
    supervisor = supervise(Ledger, Referrals)
    assert supervisor.wait_until_running(patience(20))
    client = make_client(embedded_url)

    kill_ledger(client)
    neighbour = client.call("referrals", "echo", {"n": 1}, ALEX)
    returned = eventually(lambda: supervisor.states()["ledger"] == "running")

    assert neighbour == {"n": 1}
    assert returned
    assert client.call("ledger", "echo", {"n": 2}, ALEX) == {"n": 2}


def test_a_service_that_cannot_start_is_given_up_and_the_process_ends_with_1(
    supervise: Callable[..., Supervisor],
) -> None:
    attempts: list[int] = []

    def fail() -> ServiceContainer:
        attempts.append(1)
        raise RuntimeError("no database")

    supervisor = supervise(Referrals, ledger=fail)

    assert supervisor.wait() == 1
    assert len(attempts) == 3
    assert supervisor.states() == {"referrals": "stopped", "ledger": "given up"}


def test_deaths_that_lie_far_apart_are_not_counted_together(supervise: Callable[..., Supervisor]) -> None:
    attempts: list[int] = []

    def fail() -> ServiceContainer:
        attempts.append(1)
        raise RuntimeError("no database")

    patient = SupervisorSettings(first_wait=0.05, longest_wait=0.05, deaths=2, within=0.02, stop_within=patience(30))
    supervisor = supervise(settings=patient, ledger=fail)

    assert eventually(lambda: len(attempts) >= 4)
    assert supervisor.states() == {"ledger": "restarting"}


def test_a_stop_ends_everything_with_0_before_its_time_is_up(supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise(Ledger, Referrals)
    assert supervisor.wait_until_running(patience(20))

    supervisor.stop()

    assert supervisor.wait() == 0, "with 1, something would have been killed after its time"
    assert supervisor.states() == {"ledger": "stopped", "referrals": "stopped"}


def test_a_service_that_still_waits_for_its_broker_can_be_stopped(supervise: Callable[..., Supervisor]) -> None:
    nobody_listens = "amqp://guest:guest@127.0.0.1:1//"
    supervisor = supervise(referrals=a_factory(Referrals, nobody_listens))
    eventually(lambda: supervisor.states() == {"referrals": "starting"})

    supervisor.stop()

    assert supervisor.wait() == 0, "with 1, it would have been killed after its time"


def test_a_service_told_to_stop_while_it_starts_is_stopped_once_it_has_started(
    supervise: Callable[..., Supervisor],
) -> None:
    SlowToStart.noted, SlowToStart.let = [], Event()
    supervisor = supervise(Slow)
    eventually(lambda: SlowToStart.noted == ["starting"])

    stopping = eventlet.spawn(supervisor.stop)
    eventually(supervisor._stopping.ready)
    SlowToStart.let.send(None)
    stopping.wait()

    assert supervisor.wait() == 0
    assert SlowToStart.noted == ["starting", "started", "stopped"]


def test_a_service_told_to_stop_that_never_gets_started_ends_before_its_time_is_up(
    supervise: Callable[..., Supervisor],
) -> None:
    SlowToStart.noted, SlowToStart.let = [], Event()
    supervisor = supervise(Slow, settings=replace(QUICK, stop_within=patience(4)))
    eventually(lambda: SlowToStart.noted == ["starting"])

    supervisor.stop()

    assert supervisor.wait() == 0, "with 1, it would have been killed after its time"
    assert supervisor.states() == {"slow": "stopped"}


def test_a_service_told_to_stop_before_it_is_even_made_ends_before_its_time_is_up(
    supervise: Callable[..., Supervisor], embedded_url: str
) -> None:
    store_is_there = Event()

    def make() -> ServiceContainer:
        store_is_there.wait()
        return a_factory(Referrals, embedded_url)()

    supervisor = supervise(referrals=make, settings=replace(QUICK, stop_within=patience(4)))
    eventually(lambda: supervisor.states() == {"referrals": "starting"})

    supervisor.stop()
    store_is_there.send(None)
    eventlet.sleep(0)

    assert supervisor.wait() == 0
    assert supervisor.states() == {"referrals": "stopped"}


def test_a_service_that_dies_and_is_told_to_stop_while_it_starts_again_is_stopped(
    supervise: Callable[..., Supervisor], embedded_url: str
) -> None:
    again, made = Event(), []

    def make() -> ServiceContainer:
        made.append(a_factory(Referrals, embedded_url)())
        if len(made) > 1:
            again.wait()
        return made[-1]

    supervisor = supervise(referrals=make)
    assert supervisor.wait_until_running(patience(20))
    made[0].kill((RuntimeError, RuntimeError("a part of it failed"), None))
    eventually(lambda: len(made) == 2)

    stopping = eventlet.spawn(supervisor.stop)
    eventually(supervisor._stopping.ready)
    again.send(None)
    stopping.wait()

    assert supervisor.wait() == 0
    assert not made[1].started


def test_a_service_that_does_not_stop_is_killed_after_its_time(supervise: Callable[..., Supervisor]) -> None:
    impatient = SupervisorSettings(first_wait=0.01, longest_wait=0.05, deaths=3, within=60.0, stop_within=0.2)
    supervisor = supervise(Stuck, Referrals, settings=impatient)
    assert supervisor.wait_until_running(patience(20))

    supervisor.stop()

    assert supervisor.wait() == 1
    assert set(supervisor.states().values()) == {"stopped"}


def test_a_flag_of_the_callers_ends_the_wait_but_not_the_services(supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise(Referrals)
    assert supervisor.wait_until_running(patience(20))
    flag = threading.Event()
    eventlet.spawn_after(0.05, flag.set)

    assert supervisor.wait(flag) == 0
    assert supervisor.states() == {"referrals": "running"}


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_a_signal_stops_all_services(supervise: Callable[..., Supervisor], number: signal.Signals) -> None:
    before = {known: signal.getsignal(known) for known in STOP_SIGNALS}
    supervisor = supervise(Ledger, Referrals)
    supervisor.stop_on_signals()
    assert supervisor.wait_until_running(patience(20))

    os.kill(os.getpid(), number)
    code = supervisor.wait()
    for known, handler in before.items():
        signal.signal(known, handler)

    assert code == 0
    assert set(supervisor.states().values()) == {"stopped"}
