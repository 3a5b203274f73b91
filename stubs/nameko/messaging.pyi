from typing import Any

from kombu.mixins import ConsumerMixin
from nameko.extensions import DependencyProvider, Entrypoint, ProviderCollector, SharedExtension

class HeaderEncoder:
    header_prefix: str

class HeaderDecoder:
    header_prefix: str
    def unpack_message_headers(self, message: Any) -> dict[str, Any]: ...

class QueueConsumerStopped(Exception): ...

class QueueConsumer(SharedExtension, ProviderCollector, ConsumerMixin):
    _consumers: dict[Any, Any]
    _consumers_ready: Any
    _gt: Any
    @property
    def amqp_uri(self) -> str: ...
    @property
    def prefetch_count(self) -> int: ...
    def ack_message(self, message: Any) -> None: ...
    def requeue_message(self, message: Any) -> None: ...
    def handle_message(self, provider: Any, body: Any, message: Any) -> None: ...

class Consumer(Entrypoint, HeaderDecoder):
    queue: Any

class Publisher(DependencyProvider, HeaderEncoder): ...
