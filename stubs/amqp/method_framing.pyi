from collections.abc import Callable
from typing import Any

def frame_writer(connection: Any, transport: Any) -> Callable[..., None]: ...
