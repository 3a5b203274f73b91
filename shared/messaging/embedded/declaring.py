"""A channel's methods for exchanges, queues and bindings; the signatures are py-amqp's."""
# ruff: noqa: PLR0917

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amqp.exceptions import PreconditionFailed
from amqp.protocol import queue_declare_ok_t

from shared.messaging.embedded.broker import ExchangeShape
from shared.messaging.embedded.queues import QueueShape
from shared.messaging.embedded.session import ChannelState

ExchangeDelete = (40, 20)
QueueDelete = (50, 40)


class DeclaringMethods(ChannelState):
    """Exchange and queue methods. Refusals are raised: 404 not there, 405 another's own, 406 other shape or in use."""

    def exchange_declare(
        self,
        exchange: str,
        type: str,
        passive: bool = False,
        durable: bool = False,
        auto_delete: bool = True,
        nowait: bool = False,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        """Declare an exchange, or with `passive` only check that it is there."""
        if passive:
            self.ask(self.broker.exchange, exchange)
            return
        shape = ExchangeShape(kind=type, durable=durable, auto_delete=auto_delete, arguments=dict(arguments or {}))
        self.ask(self.broker.declare_exchange, exchange, shape)

    def exchange_delete(self, exchange: str, if_unused: bool = False, nowait: bool = False) -> None:
        """Delete an exchange; with `if_unused` only while nothing is bound."""
        self.ask(self._delete_exchange, exchange, if_unused)

    def queue_declare(
        self,
        queue: str = "",
        passive: bool = False,
        durable: bool = False,
        exclusive: bool = False,
        auto_delete: bool = True,
        nowait: bool = False,
        arguments: Mapping[str, Any] | None = None,
    ) -> queue_declare_ok_t:
        """Declare a queue ("" lets the broker name it); returns its name and how many letters and consumers it has."""
        shape = QueueShape(
            durable=durable, exclusive=exclusive, auto_delete=auto_delete, arguments=dict(arguments or {})
        )
        if passive:
            found = self.ask(self.broker.queue, queue, owner=self.connection)
        else:
            found = self.ask(self.broker.declare_queue, queue, shape, owner=self.connection)
        return queue_declare_ok_t(found.name, len(found), len(found.readers))

    def queue_bind(
        self,
        queue: str,
        exchange: str = "",
        routing_key: str = "",
        nowait: bool = False,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        """Bind a queue to an exchange."""
        self.ask(self._bind, queue, exchange, routing_key)

    def queue_unbind(
        self,
        queue: str,
        exchange: str,
        routing_key: str = "",
        nowait: bool = False,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        """Undo a binding."""
        self.ask(self._unbind, queue, exchange, routing_key)

    def queue_purge(self, queue: str = "", nowait: bool = False) -> int:
        """Drop all that waits in the queue; says how many."""
        return self.ask(self._purge, queue)

    def queue_delete(
        self, queue: str = "", if_unused: bool = False, if_empty: bool = False, nowait: bool = False
    ) -> int:
        """Delete a queue, as on RabbitMQ without complaint when there is none; says how many letters went with it."""
        return self.ask(self._delete_queue, queue, if_unused, if_empty)

    def _delete_exchange(self, name: str, if_unused: bool) -> None:
        if if_unused and self.broker.exchange(name).bindings:
            raise PreconditionFailed(f"exchange '{name}' in use", ExchangeDelete, reply_code=406)
        self.broker.delete_exchange(name)

    def _bind(self, queue: str, exchange: str, routing_key: str) -> None:
        self.broker.queue(queue, owner=self.connection)
        self.broker.exchange(exchange).bind(queue, routing_key)

    def _unbind(self, queue: str, exchange: str, routing_key: str) -> None:
        self.broker.exchange(exchange).unbind(queue, routing_key)

    def _purge(self, name: str) -> int:
        return self.broker.queue(name, owner=self.connection).purge()

    def _delete_queue(self, name: str, if_unused: bool, if_empty: bool) -> int:
        if not self.broker.has_queue(name):
            return 0
        queue = self.broker.queue(name, owner=self.connection)
        if (if_unused and queue.readers) or (if_empty and len(queue)):
            raise PreconditionFailed(f"queue '{name}' in use or not empty", QueueDelete, reply_code=406)
        return self.broker.delete_queue(queue)
