from collections.abc import Callable, Mapping
from typing import Any

from eventlet.greenthread import GreenThread
from nameko.extensions import Entrypoint, Extension

class WorkerContext:
    container: ServiceContainer
    config: Mapping[str, Any]
    service: Any
    entrypoint: Entrypoint
    service_name: str
    args: Any
    kwargs: Any
    data: dict[str, Any]
    def __init__(
        self, container: Any, service: Any, entrypoint: Any, args: Any = ..., kwargs: Any = ..., data: Any = ...
    ) -> None: ...
    @property
    def call_id(self) -> str: ...
    @property
    def call_id_stack(self) -> list[str]: ...
    @property
    def context_data(self) -> dict[str, Any]: ...

class ServiceContainer:
    service_cls: type
    config: Mapping[str, Any]
    service_name: str
    max_workers: int
    shared_extensions: dict[Any, Any]
    started: bool
    serializer: str
    accept: list[str]
    _being_killed: bool
    _worker_pool: Any
    _worker_threads: dict[WorkerContext, Any]
    def __init__(self, service_cls: type, config: Mapping[str, Any]) -> None: ...
    @property
    def extensions(self) -> set[Extension]: ...
    @property
    def entrypoints(self) -> set[Entrypoint]: ...
    @property
    def dependencies(self) -> set[Extension]: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self, exc_info: Any = ...) -> None: ...
    def wait(self) -> None: ...
    def spawn_worker(
        self,
        entrypoint: Entrypoint,
        args: Any,
        kwargs: Any,
        context_data: Mapping[str, Any] | None = ...,
        handle_result: Callable[..., tuple[Any, Any]] | None = ...,
    ) -> WorkerContext: ...
    def _run_worker(self, worker_ctx: WorkerContext, handle_result: Callable[..., tuple[Any, Any]] | None) -> None: ...
    def spawn_managed_thread(self, fn: Callable[[], Any], identifier: str | None = ...) -> GreenThread: ...

def get_service_name(service_cls: type) -> str: ...
