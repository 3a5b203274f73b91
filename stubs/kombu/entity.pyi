from collections.abc import Mapping
from typing import Any, Self

class Exchange:
    name: str
    type: str
    durable: bool
    auto_delete: bool
    arguments: Mapping[str, Any] | None
    def __init__(self, name: str = ..., type: str = ..., channel: Any = ..., **options: Any) -> None: ...
    def bind(self, channel: Any) -> Self: ...
    def declare(self, nowait: bool = ..., passive: bool | None = ..., channel: Any = ...) -> Any: ...
    def delete(self, if_unused: bool = ..., nowait: bool = ...) -> Any: ...

class binding:
    def __init__(
        self,
        exchange: Exchange | None = ...,
        routing_key: str = ...,
        arguments: Mapping[str, Any] | None = ...,
        unbind_arguments: Mapping[str, Any] | None = ...,
    ) -> None: ...

class Queue:
    name: str
    exchange: Exchange
    routing_key: str
    def __init__(
        self,
        name: str = ...,
        exchange: Exchange | str | None = ...,
        routing_key: str = ...,
        channel: Any = ...,
        bindings: Any = ...,
        on_declared: Any = ...,
        **options: Any,
    ) -> None: ...
    def bind(self, channel: Any) -> Self: ...
    def declare(self, nowait: bool = ..., channel: Any = ...) -> str: ...
    def purge(self, nowait: bool = ...) -> int: ...
    def delete(self, if_unused: bool = ..., if_empty: bool = ..., nowait: bool = ...) -> Any: ...
