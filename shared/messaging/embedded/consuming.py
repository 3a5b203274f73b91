"""A channel's methods for consuming and settling; the signatures are py-amqp's."""
# ruff: noqa: PLR0917

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import uuid4

import amqp
from amqp.exceptions import AccessRefused, NotAllowed, PreconditionFailed

from shared.messaging.embedded.events import Arrival, Cancelled, Event
from shared.messaging.embedded.letters import Copy
from shared.messaging.embedded.queues import Queue
from shared.messaging.embedded.session import ChannelState

ConsumeMethod = (60, 20)
AckMethod = (60, 80)


class Consumer:
    """One subscription of a channel to a queue."""

    def __init__(
        self,
        channel: ConsumingMethods,
        queue: Queue,
        *,
        tag: str,
        callback: Callable[[amqp.Message], object],
        on_cancel: Callable[[str], object] | None,
        no_ack: bool,
        exclusive: bool,
    ) -> None:
        self.channel = channel
        self.queue = queue
        self.tag = tag
        self.callback = callback
        self.on_cancel = on_cancel
        self.no_ack = no_ack
        self.exclusive = exclusive
        self.unsettled = 0
        self._prefetch = channel.prefetch

    def has_room(self) -> bool:
        """Whether its prefetch, and its channel's, allow one more unsettled letter."""
        if self.no_ack:
            return True
        return (not self._prefetch or self.unsettled < self._prefetch) and self.channel.has_room()

    def take(self, queue: Queue, copy: Copy) -> None:
        """Deliver the copy to the connection's next drain."""
        self.channel.deliver(self, queue, copy)

    def end(self) -> None:
        """The queue is gone."""
        self.channel.consumers.pop(self.tag, None)
        self.channel.post(Cancelled(channel=self.channel, consumer=self))


class ConsumingMethods(ChannelState):
    """basic.consume, cancel, get, qos, ack, reject, recover."""

    def basic_qos(self, prefetch_size: int, prefetch_count: int, a_global: bool) -> None:
        """Limit unsettled letters: of each consumer started later, or with `a_global` of the whole channel."""
        self.check_open()
        if a_global:
            self.channel_prefetch = prefetch_count
        else:
            self.prefetch = prefetch_count

    def has_room(self) -> bool:
        """Whether the channel's own limit allows one more unsettled letter."""
        return not self.channel_prefetch or len(self.unsettled) < self.channel_prefetch

    def basic_consume(
        self,
        queue: str = "",
        consumer_tag: str = "",
        no_local: bool = False,
        no_ack: bool = False,
        exclusive: bool = False,
        nowait: bool = False,
        callback: Callable[[amqp.Message], object] | None = None,
        arguments: Mapping[str, Any] | None = None,
        on_cancel: Callable[[str], object] | None = None,
    ) -> str:
        """Subscribe; the callback gets a py-amqp message from `drain_events`. Returns the consumer's tag."""
        found = self.ask(self.broker.queue, queue, owner=self.connection)
        consumer = Consumer(
            self,
            found,
            tag=consumer_tag or f"amq.ctag-{uuid4().hex}",
            callback=callback or _ignore,
            on_cancel=on_cancel,
            no_ack=no_ack,
            exclusive=exclusive,
        )
        self.ask(self._subscribe, consumer)
        return consumer.tag

    def basic_cancel(self, consumer_tag: str, nowait: bool = False) -> None:
        """End a subscription; what was not yet handed out goes back, what was must still be settled."""
        if self.connection is None:
            return
        with self.broker.lock:
            consumer = self.consumers.pop(consumer_tag, None)
            if consumer is None:
                return
            self.no_ack_consumers.discard(consumer_tag)
            events = self.connection.withdraw(lambda event: _is_for(event, consumer))
            arrivals = [event for event in events if isinstance(event, Arrival)]
            self._release(consumer.queue, [consumer], arrivals)

    def basic_get(self, queue: str = "", no_ack: bool = False) -> amqp.Message | None:
        """The next letter of a queue, or None."""
        return self.ask(self._get, queue, no_ack)

    def basic_ack(self, delivery_tag: int, multiple: bool = False) -> None:
        """Settle one letter, or all up to it. On an unknown tag the next call or drain raises 406."""
        with self.broker.lock:
            self.check_open()
            arrivals = self._settle(delivery_tag, multiple)
            for arrival in arrivals:
                arrival.copy.settle()
            self._deliver_again(arrivals)

    def basic_reject(self, delivery_tag: int, requeue: bool) -> None:
        """Drop one letter, or put it back to where it was in its queue."""
        with self.broker.lock:
            self.check_open()
            arrivals = self._settle(delivery_tag, multiple=False)
            for arrival in arrivals:
                if requeue:
                    arrival.queue.put_back([arrival.copy])
                else:
                    arrival.copy.settle()
            self._deliver_again(arrivals)

    def basic_recover(self, requeue: bool = False) -> None:
        """Put all unsettled letters back."""
        with self.broker.lock:
            self.check_open()
            for arrival in self._settle(0, multiple=True):
                arrival.queue.put_back([arrival.copy])

    def deliver(self, consumer: Consumer, queue: Queue, copy: Copy) -> None:
        """Number a copy and hand it to the connection."""
        arrival = Arrival(channel=self, consumer=consumer, queue=queue, copy=copy, delivery_tag=next(self.delivered))
        if consumer.no_ack:
            copy.settle()
        else:
            self.unsettled[arrival.delivery_tag] = arrival
            consumer.unsettled += 1
        self.post(arrival)

    def let_go(self) -> None:
        """End all consumers and give back all unsettled letters, queue by queue, so that order is kept."""
        held: defaultdict[Queue, list[Arrival]] = defaultdict(list)
        for arrival in self.unsettled.values():
            held[arrival.queue].append(arrival)
        readers: defaultdict[Queue, list[Consumer]] = defaultdict(list)
        for consumer in self.consumers.values():
            readers[consumer.queue].append(consumer)
        self.consumers.clear()
        self.no_ack_consumers.clear()
        if self.connection is not None:
            self.connection.withdraw(lambda event: event.channel is self and isinstance(event, Arrival))
        for queue in dict.fromkeys([*held, *readers]):
            self._release(queue, readers[queue], held[queue])

    def _subscribe(self, consumer: Consumer) -> None:
        if consumer.tag in self.consumers:
            raise NotAllowed(f"consumer tag '{consumer.tag}' is taken", ConsumeMethod, reply_code=530)
        others = consumer.queue.readers
        if others and (consumer.exclusive or any(other.exclusive for other in others)):
            raise AccessRefused(f"queue '{consumer.queue.name}' in exclusive use", ConsumeMethod, reply_code=403)
        self.consumers[consumer.tag] = consumer
        if consumer.no_ack:
            self.no_ack_consumers.add(consumer.tag)
        consumer.queue.add_reader(consumer)

    def _get(self, name: str, no_ack: bool) -> amqp.Message | None:
        queue = self.broker.queue(name, owner=self.connection)
        self.broker.used(queue)
        copy = queue.get()
        if copy is None:
            return None
        tag = next(self.delivered)
        if no_ack:
            copy.settle()
        else:
            self.unsettled[tag] = Arrival(channel=self, consumer=None, queue=queue, copy=copy, delivery_tag=tag)
        message = copy.letter.unpack(delivery_tag=tag, redelivered=copy.redelivered, message_count=len(queue))
        message.channel = self
        return message

    def _settle(self, delivery_tag: int, multiple: bool) -> list[Arrival]:
        if multiple:
            return [self._forget(tag) for tag in list(self.unsettled) if not delivery_tag or tag <= delivery_tag]
        if delivery_tag not in self.unsettled:
            self.refuse(PreconditionFailed(f"unknown delivery tag {delivery_tag}", AckMethod, reply_code=406))
            return []
        return [self._forget(delivery_tag)]

    def _forget(self, tag: int) -> Arrival:
        arrival = self.unsettled.pop(tag)
        if arrival.consumer is not None:
            arrival.consumer.unsettled -= 1
        return arrival

    def _deliver_again(self, settled: Iterable[Arrival]) -> None:
        """Room has come free: in the queues of what was settled, or under the channel's own limit in all of them."""
        if self.channel_prefetch:
            queues = [consumer.queue for consumer in self.consumers.values()]
        else:
            queues = [arrival.queue for arrival in settled]
        for queue in dict.fromkeys(queues):
            queue.deliver()

    def _release(self, queue: Queue, readers: Iterable[Consumer], arrivals: Iterable[Arrival]) -> None:
        kept = [self._forget(arrival.delivery_tag) for arrival in arrivals if arrival.delivery_tag in self.unsettled]
        queue.release(readers, [arrival.copy for arrival in kept])
        if readers:
            self.broker.lost_reader(queue)


def _ignore(_message: amqp.Message) -> None:
    """A consumer without a callback drops what it gets, as in py-amqp."""


def _is_for(event: Event, consumer: Consumer) -> bool:
    return isinstance(event, Arrival) and event.consumer is consumer
