from collections.abc import Callable
from typing import Any

from eventlet import event as event
from eventlet import patcher as patcher
from eventlet import queue as queue
from eventlet import semaphore as semaphore
from eventlet.greenpool import GreenPile as GreenPile
from eventlet.greenpool import GreenPool as GreenPool
from eventlet.greenthread import GreenThread as GreenThread
from eventlet.queue import Queue as Queue
from eventlet.semaphore import Semaphore as Semaphore
from eventlet.timeout import Timeout as Timeout

__version__: str

def sleep(seconds: float = ...) -> None: ...
def spawn(func: Callable[..., Any], *args: Any, **kwargs: Any) -> GreenThread: ...
def spawn_n(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any: ...
def spawn_after(seconds: float, func: Callable[..., Any], *args: Any, **kwargs: Any) -> GreenThread: ...
def kill(g: Any, *throw_args: Any) -> None: ...
def getcurrent() -> Any: ...
def listen(
    addr: tuple[str, int] | str,
    family: int = ...,
    backlog: int = ...,
    reuse_addr: bool = ...,
    reuse_port: bool | None = ...,
) -> Any: ...
def connect(addr: Any, family: int = ..., bind: Any = ...) -> Any: ...
def monkey_patch(**on: bool) -> None: ...
