"""The part of a channel that all its methods share: is it open, what was refused, what must be told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, NoReturn, ParamSpec, TypeVar

from amqp.exceptions import AMQPError, RecoverableConnectionError

from shared.messaging.embedded.events import Arrival, Event, Refused

if TYPE_CHECKING:
    from shared.messaging.embedded.connection import Connection
    from shared.messaging.embedded.consuming import Consumer

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class ChannelState:
    """State and error handling of a channel.

    An error closes the channel on the broker's side: its consumers end, its unsettled letters go back. As py-amqp does,
    it opens anew, empty and out of confirm mode, when the error is raised to its owner.
    """

    def __init__(self, connection: Connection, channel_id: int) -> None:
        self.connection: Connection | None = connection
        self.channel_id = channel_id
        self.broker = connection.broker
        self.is_open = True
        self.events: defaultdict[str, set[Callable[..., object]]] = defaultdict(set)
        self.no_ack_consumers: set[str] = set()
        self.consumers: dict[str, Consumer] = {}
        self.unsettled: dict[int, Arrival] = {}
        self._refusal: AMQPError | None = None
        self.open_anew()

    def open_anew(self) -> None:
        """Back to the state of a channel just opened."""
        self.confirming = False
        self.prefetch = 0
        self.channel_prefetch = 0
        self.published = count(1)
        self.delivered = count(1)

    def post(self, event: Event) -> None:
        """Tell the connection's next drain, if there still is one."""
        if self.connection is not None:
            self.connection.post(event)

    def ask(self, question: Callable[Arguments, Answer], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
        """Put a question to the broker under its lock; what it refuses closes the channel and is raised."""
        with self.broker.lock:
            self.check_open()
            try:
                return question(*args, **kwargs)
            except AMQPError as error:
                self.refuse(error)
                self.raise_refusal()

    def check_open(self) -> None:
        """Raises RecoverableConnectionError on a closed channel, or the error that is still to be heard."""
        if self.connection is None:
            raise RecoverableConnectionError("connection already closed")
        if self._refusal is not None:
            self.raise_refusal()

    def refuse(self, error: AMQPError) -> None:
        """Close the channel over an error, to be raised by the next call or drain."""
        self.let_go()
        if self._refusal is None:
            self._refusal = error
            self.post(Refused(channel=self, error=error))

    def raise_refusal(self) -> NoReturn:
        """Open anew and raise what the broker had against the channel."""
        error, self._refusal = self._refusal, None
        if self.connection is not None:
            self.connection.withdraw(lambda event: isinstance(event, Refused) and event.channel is self)
        self.open_anew()
        if error is None:
            raise RecoverableConnectionError("the refusal was heard before")
        raise error

    def let_go(self) -> None:
        """End all consumers and give back all unsettled letters."""
        raise NotImplementedError
