from collections.abc import Mapping
from typing import Any

from kombu import Exchange, Queue
from nameko.extensions import DependencyProvider, Entrypoint, ProviderCollector, SharedExtension
from nameko.messaging import HeaderDecoder, QueueConsumer

RPC_QUEUE_TEMPLATE: str

def get_rpc_exchange(config: Mapping[str, Any]) -> Exchange: ...

class RpcConsumer(SharedExtension, ProviderCollector):
    queue_consumer: QueueConsumer
    queue: Queue | None
    def get_provider_for_method(self, routing_key: str) -> Rpc: ...
    def handle_message(self, body: Any, message: Any) -> None: ...
    def handle_result(self, message: Any, result: Any, exc_info: Any) -> tuple[Any, Any]: ...
    def requeue_message(self, message: Any) -> None: ...

class Rpc(Entrypoint, HeaderDecoder):
    rpc_consumer: RpcConsumer
    def handle_message(self, body: Any, message: Any) -> None: ...
    def handle_result(self, message: Any, worker_ctx: Any, result: Any, exc_info: Any) -> tuple[Any, Any]: ...

rpc: Any

class RpcProxy(DependencyProvider):
    target_service: str
