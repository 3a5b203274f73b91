from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kombu.entity import Exchange, Queue

class Consumer:
    channel: Any
    on_message: Any
    queues: Any
    callbacks: Any
    def __init__(
        self,
        channel: Any,
        queues: Iterable[Queue] | None = ...,
        no_ack: bool | None = ...,
        auto_declare: bool | None = ...,
        callbacks: Iterable[Callable[[Any, Any], object]] | None = ...,
        on_decode_error: Callable[[Any, BaseException], object] | None = ...,
        on_message: Callable[[Any], object] | None = ...,
        accept: Iterable[str] | None = ...,
        prefetch_count: int | None = ...,
        tag_prefix: str | None = ...,
    ) -> None: ...
    def consume(self, no_ack: bool | None = ...) -> None: ...
    def cancel(self) -> None: ...
    def close(self) -> None: ...
    def qos(self, prefetch_size: int = ..., prefetch_count: int = ..., apply_global: bool = ...) -> Any: ...
    def _receive_callback(self, message: Any) -> Any: ...
    def __enter__(self) -> Consumer: ...
    def __exit__(self, *exc_info: object) -> None: ...

class Producer:
    channel: Any
    def __init__(self, channel: Any, exchange: Exchange | None = ..., **options: Any) -> None: ...
    def publish(
        self,
        body: Any,
        routing_key: str | None = ...,
        delivery_mode: int | str | None = ...,
        mandatory: bool = ...,
        *,
        exchange: Exchange | str | None = ...,
        headers: Mapping[str, Any] | None = ...,
        **properties: Any,
    ) -> Any: ...
