from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

class Connection:
    connection_errors: tuple[type[BaseException], ...]
    channel_errors: tuple[type[BaseException], ...]
    recoverable_connection_errors: tuple[type[BaseException], ...]
    recoverable_channel_errors: tuple[type[BaseException], ...]
    hostname: str | None
    userid: str | None
    password: str | None
    virtual_host: str
    port: int | None
    transport_options: Mapping[str, Any]
    heartbeat: float | None
    transport_cls: str | type | None
    declared_entities: set[Any]
    def __init__(
        self,
        hostname: str = ...,
        userid: str | None = ...,
        password: str | None = ...,
        virtual_host: str | None = ...,
        port: int | None = ...,
        insist: bool = ...,
        ssl: Any = ...,
        transport: str | type | None = ...,
        connect_timeout: float = ...,
        transport_options: Mapping[str, Any] | None = ...,
        login_method: str | None = ...,
        uri_prefix: str | None = ...,
        heartbeat: float = ...,
        failover_strategy: str = ...,
        alternates: list[str] | None = ...,
        credential_provider: Any = ...,
    ) -> None: ...
    @property
    def connection(self) -> Any: ...
    @property
    def connected(self) -> bool: ...
    @property
    def transport(self) -> Any: ...
    @property
    def default_channel(self) -> Any: ...
    def connect(self) -> Any: ...
    def channel(self) -> Any: ...
    def heartbeat_check(self, rate: float = ...) -> Any: ...
    def drain_events(self, *, timeout: float | None = ...) -> Any: ...
    def ensure_connection(
        self,
        errback: Callable[[BaseException, float], object] | None = ...,
        max_retries: int | None = ...,
        interval_start: float = ...,
        interval_step: float = ...,
        interval_max: float = ...,
        callback: Callable[[], object] | None = ...,
        reraise_as_library_errors: bool = ...,
        timeout: float | None = ...,
    ) -> Any: ...
    def clone(self, **kwargs: Any) -> Connection: ...
    def collect(self, socket_timeout: float | None = ...) -> None: ...
    def close(self) -> None: ...
    def release(self) -> None: ...
    def as_uri(self, include_password: bool = ..., mask: str = ...) -> str: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None: ...
