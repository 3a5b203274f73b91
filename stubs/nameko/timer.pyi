from typing import Any

from nameko.extensions import Entrypoint

class Timer(Entrypoint):
    interval: float
    eager: bool
    def __init__(self, interval: float, eager: bool = ..., **kwargs: Any) -> None: ...

timer: Any
