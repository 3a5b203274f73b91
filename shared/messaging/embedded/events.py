"""What a connection hands out from `drain_events`: deliveries, confirms, returns and refusals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from amqp import spec
from amqp.exceptions import AMQPError, ChannelError, ConsumerCancelled

from shared.messaging.embedded.letters import Copy, Letter
from shared.messaging.embedded.queues import Queue

if TYPE_CHECKING:
    from shared.messaging.embedded.consuming import Consumer
    from shared.messaging.embedded.session import ChannelState

NO_ROUTE = 312
ReturnMethod = (60, 50)


class Event(Protocol):
    """Something for the owner of a connection to hear."""

    @property
    def channel(self) -> ChannelState: ...

    def dispatch(self) -> None:
        """Call whoever listens; raises what they raise."""


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A copy on its way to a consumer (None: it was asked for with basic.get)."""

    channel: ChannelState
    consumer: Consumer | None
    queue: Queue
    copy: Copy
    delivery_tag: int

    def dispatch(self) -> None:
        if self.consumer is None:
            return
        message = self.copy.letter.unpack(
            consumer_tag=self.consumer.tag, delivery_tag=self.delivery_tag, redelivered=self.copy.redelivered
        )
        message.channel = self.channel
        self.consumer.callback(message)


@dataclass(frozen=True, kw_only=True)
class Settled:
    """The broker's word on one publish in confirm mode."""

    channel: ChannelState
    delivery_tag: int
    kept: bool

    def dispatch(self) -> None:
        for callback in list(self.channel.events["basic_ack" if self.kept else "basic_nack"]):
            callback(self.delivery_tag, False)


@dataclass(frozen=True, kw_only=True)
class Returned:
    """A mandatory letter that led to no queue; raised when nobody listens for returns, as py-amqp does."""

    channel: ChannelState
    letter: Letter

    def dispatch(self) -> None:
        refusal = ChannelError("NO_ROUTE", ReturnMethod, reply_code=NO_ROUTE)
        listeners = list(self.channel.events["basic_return"])
        if not listeners:
            raise refusal
        message = self.letter.unpack()
        message.delivery_info = None
        for callback in listeners:
            callback(refusal, self.letter.exchange, self.letter.routing_key, message)


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The broker has closed the channel over an error; it opens anew, empty, and the error is raised."""

    channel: ChannelState
    error: AMQPError

    def dispatch(self) -> None:
        self.channel.raise_refusal()


@dataclass(frozen=True, kw_only=True)
class Cancelled:
    """The broker has ended a subscription because its queue is gone; raised when its owner gave no callback."""

    channel: ChannelState
    consumer: Consumer

    def dispatch(self) -> None:
        if self.consumer.on_cancel is None:
            raise ConsumerCancelled(self.consumer.tag, spec.Basic.Cancel)
        self.consumer.on_cancel(self.consumer.tag)
