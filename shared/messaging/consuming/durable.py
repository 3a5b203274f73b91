"""What a service's methods are run for: `@handles(EventType)` applies an event, `@takes_in(queue)` takes raw messages,
`@falls_due(WORK)` does what is due.

Each runs as a nameko worker, with the service's dependencies; whether and when is decided by `Consumer` and `Scheduler`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from eventlet import getcurrent, kill, spawn
from eventlet.support.greenlets import GreenletExit
from nameko.containers import ServiceContainer, WorkerContext
from nameko.extensions import Entrypoint

from shared.errors import Unavailable
from shared.events.envelope import Envelope
from shared.events.language import Event, Stream
from shared.messaging.consuming.deliveries import Delivery
from shared.messaging.consuming.floods import Pace
from shared.messaging.scheduling import Due, DueWork
from shared.store.documents import Collection, Documents, StoreAway

KILLED = "the service's container is killed: nothing is known about what was in hand"
INTAKE_ATTEMPTS = 5
"""How often a council's message is tried that fails in a way nobody foresaw; the reader waits longer each time."""
F = TypeVar("F", bound=Callable[..., Any])


class WorkerEntrypoint(Entrypoint):
    """An entrypoint whose worker is waited for; what the method raises, `run` raises. It needs a `WorkingContainer`."""

    def run(self, *args: Any) -> Any:
        """Runs the method as a worker of the container and gives what it gives."""
        container: Any = self.container
        return container.work(self, args)


class Killable:
    """A green thread of whatever kind, as a container that dies ends its workers."""

    def __init__(self, thread: Any) -> None:
        self._thread = thread

    def kill(self) -> None:
        kill(self._thread)


class WorkingContainer(ServiceContainer):
    """A container whose workers can also run where they are waited for."""

    def work(self, entrypoint: WorkerEntrypoint, args: tuple[Any, ...]) -> Any:
        """A worker's whole life in the caller's own green thread: another one would cost more than most events' effects.

        Raises what its method raises; `StoreAway` when the container is killed: what was in hand must stay where it is.
        """
        if self._being_killed:
            raise StoreAway(KILLED)
        worker = WorkerContext(self, self.service_cls(), entrypoint, args, {})
        self._worker_threads[worker] = Killable(getcurrent())
        try:
            result, error = self._live(worker)
        except Exception:  # its dependencies fail it: the container dies, as for a worker of any other entrypoint
            spawn(self.kill, sys.exc_info())
            raise StoreAway(KILLED) from None
        except GreenletExit:
            raise StoreAway(KILLED) from None
        finally:
            self._worker_threads.pop(worker, None)
        if error is not None:
            raise error
        return result

    def _live(self, worker: WorkerContext) -> tuple[Any, Exception | None]:
        """What the method gives or raises. nameko's own `_run_worker` times each step for lines of a log that nobody reads."""
        self._inject_dependencies(worker)
        self._worker_setup(worker)
        result = error = None
        try:
            result = getattr(worker.service, worker.entrypoint.method_name)(*worker.args)
        except Exception as raised:
            error = raised
        self._worker_result(worker, result, None)  # what was raised is for whoever waits
        self._worker_teardown(worker)
        return result, error


class DurableHandler(WorkerEntrypoint):
    """Declares that the service handles an event type, and thereby takes the whole stream."""

    def __init__(self, event_class: type[Event], **kwargs: Any) -> None:
        self.event_class = event_class
        super().__init__(expected_exceptions=(Exception,), **kwargs)


class IntakeHandler(WorkerEntrypoint):
    """Declares that the service takes raw messages from the queues of parties outside whose names begin so."""

    def __init__(self, queues: str, **kwargs: Any) -> None:
        self.queues = queues
        super().__init__(expected_exceptions=(Exception,), **kwargs)


class DueHandler(WorkerEntrypoint):
    """Declares that the service does work that falls due by itself."""

    def __init__(self, due: Due, **kwargs: Any) -> None:
        self.due = due
        super().__init__(expected_exceptions=(Exception,), **kwargs)


def handles(event_class: type[Event]) -> Callable[[F], F]:
    """The method `(self, event, cause)` applies events of this class."""
    decorate: Callable[[F], F] = DurableHandler.decorator(event_class)
    return decorate


def takes_in(queues: str) -> Callable[[F], F]:
    """The method `(self, delivery)` takes raw messages of the queues `<queues>.<council_id>`, whatever they hold.

    It says how many events it refused.
    """
    decorate: Callable[[F], F] = IntakeHandler.decorator(queues)
    return decorate


def falls_due(*dues: Due) -> Callable[[F], F]:
    """The method `(self, record_id)` does what is due for one record, of any of these; it is idempotent and may be tried
    again.
    """

    def decorate(method: F) -> F:
        for due in dues:
            DueHandler.decorator(due)(method)
        return method

    return decorate


def handled_streams(service_class: type[Any]) -> set[Stream]:
    """The streams a service class takes, from its handlers."""
    return {e.event_class.stream for e in _entrypoints(service_class) if isinstance(e, DurableHandler)}


def apply_with(entrypoints: set[Entrypoint]) -> Callable[[Event, Envelope], None] | None:
    """How this container's handlers apply an event; `None` if it has none."""
    by_class: dict[type[Event], list[DurableHandler]] = {}
    for entrypoint in entrypoints:
        if isinstance(entrypoint, DurableHandler):
            by_class.setdefault(entrypoint.event_class, []).append(entrypoint)

    def apply(event: Event, envelope: Envelope) -> None:
        for handler in by_class.get(type(event), ()):
            handler.run(event, envelope)

    return apply if by_class else None


class SteadfastIntake:
    """Takes a queue's raw messages: one that fails in a way nobody foresaw is tried again, then set aside.

    So that no message stops those behind it, whatever is wrong with it or with us. What only says "not now" stays with the
    broker for as long as it takes. After refusals it calls `rest` with their number: who goes on sending what can't be taken
    in waits for it, and nobody else.
    """

    def __init__(
        self,
        take_in: Callable[[Delivery], int],
        *,
        give_up: Callable[..., object],
        rest: Callable[[int], object],
    ) -> None:
        self._take_in = take_in
        self._give_up = give_up
        self._rest = rest
        self._failures = 0

    def __call__(self, delivery: Delivery) -> None:
        """Returns once the message is taken in or set aside; raises what lets the reader try it again."""
        try:
            refused = self._take_in(delivery)
        except (StoreAway, Unavailable):
            raise
        except Exception as error:
            self._failures += 1
            if self._failures < INTAKE_ATTEMPTS:
                raise
            self._give_up(delivery, error, attempts=self._failures)
            refused = 1
        self._failures = 0
        if refused:
            self._rest(refused)


def intake_with(
    entrypoints: set[Entrypoint], queues: Sequence[str], *, give_up: Callable[..., object], pace: Callable[[], Pace]
) -> dict[str, Callable[[Delivery], None]]:
    """The callbacks of those of these queues that this container takes in, each at a `pace` of its own.

    `give_up` sets a raw message aside.
    """
    handlers = [entrypoint for entrypoint in entrypoints if isinstance(entrypoint, IntakeHandler)]
    return {
        name: SteadfastIntake(handler.run, give_up=give_up, rest=pace().keep)
        for handler in handlers
        for name in queues
        if name.startswith(f"{handler.queues}.")
    }


def due_work_with(entrypoints: set[Entrypoint], documents: Callable[[Collection], Documents]) -> list[DueWork]:
    """The due work of this container's methods, over the service's collections."""
    return [
        DueWork(due=e.due, documents=documents(e.due.collection), do=e.run)
        for e in entrypoints
        if isinstance(e, DueHandler)
    ]


def _entrypoints(service_class: type[Any]) -> list[Entrypoint]:
    methods = (getattr(service_class, name) for name in dir(service_class))
    return [entrypoint for method in methods for entrypoint in getattr(method, "nameko_entrypoints", ())]
