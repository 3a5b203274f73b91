from collections.abc import Mapping
from typing import Any, ClassVar

from kombu.message import Message as Message

class Implements(dict[str, Any]):
    def extend(self, **kwargs: Any) -> Implements: ...

class StdChannel:
    def __enter__(self) -> Any: ...
    def __exit__(self, *exc_info: object) -> None: ...

class Transport:
    client: Any
    driver_type: str
    driver_name: str
    connection_errors: tuple[type[BaseException], ...]
    channel_errors: tuple[type[BaseException], ...]
    recoverable_connection_errors: tuple[type[BaseException], ...]
    recoverable_channel_errors: tuple[type[BaseException], ...]
    implements: ClassVar[Implements]
    def __init__(self, client: Any, **kwargs: Any) -> None: ...

def to_rabbitmq_queue_arguments(arguments: Mapping[str, Any], **options: Any) -> Mapping[str, Any]: ...
