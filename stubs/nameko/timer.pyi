from collections.abc import Callable
from typing import Any, TypeVar

from nameko.extensions import Entrypoint

Method = TypeVar("Method", bound=Callable[..., Any])

class Timer(Entrypoint):
    interval: float
    eager: bool
    def __init__(self, interval: float, eager: bool = ..., **kwargs: Any) -> None: ...

def timer(interval: float, eager: bool = ..., **kwargs: Any) -> Callable[[Method], Method]: ...
