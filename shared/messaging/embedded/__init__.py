"""An AMQP 0-9-1 broker inside the process, spoken to through kombu as `embedded://host/vhost`.

It keeps nothing on disk. Its channels have the methods, events and errors of py-amqp's, so that whatever talks to
RabbitMQ through kombu talks to it unchanged.
"""

from shared.messaging.embedded.transport import register_transport, wake_transports

__all__ = ["register_transport", "wake_transports"]
