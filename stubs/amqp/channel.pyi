from collections.abc import Callable
from typing import Any

class Channel:
    callbacks: dict[str, Callable[[Any], None]]
    def __init__(self, connection: Any, channel_id: int | None = ...) -> None: ...
    def basic_consume(self, queue: str = ..., consumer_tag: str = ..., *, callback: Callable[[Any], None]) -> str: ...
    def send_method(self, sig: tuple[int, int], *arguments: Any, **options: Any) -> Any: ...
    def _on_basic_deliver(
        self,
        consumer_tag: str,
        delivery_tag: int,
        redelivered: bool,
        exchange: str,
        routing_key: str,
        msg: Any,
    ) -> None: ...
