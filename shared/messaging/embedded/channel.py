"""A channel to the embedded broker, with the methods, arguments, events and errors of py-amqp's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import amqp
from kombu.transport.base import StdChannel, to_rabbitmq_queue_arguments
from kombu.transport.pyamqp import Message as KombuMessage

from shared.messaging.embedded.consuming import ConsumingMethods
from shared.messaging.embedded.declaring import DeclaringMethods
from shared.messaging.embedded.publishing import PublishingMethods


class Channel(DeclaringMethods, PublishingMethods, ConsumingMethods, StdChannel):
    """A channel. `events` holds sets of callbacks for "basic_ack", "basic_nack" and "basic_return"."""

    Message = KombuMessage

    def prepare_message(  # noqa: PLR0917 - kombu's signature
        self,
        body: bytes | str,
        priority: int | None = None,
        content_type: str | None = None,
        content_encoding: str | None = None,
        headers: Mapping[str, Any] | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> amqp.Message:
        """A message ready for `basic_publish`."""
        return amqp.Message(
            body,
            priority=priority,
            content_type=content_type,
            content_encoding=content_encoding,
            application_headers=headers,
            **properties or {},
        )

    def prepare_queue_arguments(self, arguments: Mapping[str, Any] | None, **options: Any) -> Mapping[str, Any]:
        """kombu's own words for queue arguments, as RabbitMQ's."""
        return to_rabbitmq_queue_arguments(arguments or {}, **options)

    def message_to_python(self, raw_message: amqp.Message) -> KombuMessage:
        """kombu's view of a delivered message."""
        return self.Message(raw_message, channel=self)

    def close(self) -> None:
        """Close: consumers end, unsettled letters go back to the front of their queues."""
        if self.connection is None:
            return
        connection = self.connection
        with self.broker.lock:
            self.let_go()
            connection.withdraw(lambda event: event.channel is self)
            connection.channels.pop(self.channel_id, None)
            self.connection = None
            self.is_open = False
        self.events.clear()
