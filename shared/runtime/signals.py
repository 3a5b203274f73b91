"""SIGTERM and Ctrl-C ask for a clean stop."""

from __future__ import annotations

import signal
import threading
from typing import Any


def stop_on_signals(stop: threading.Event) -> None:
    """Sets the event when the process is asked to stop."""

    def asked(number: int, frame: Any) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, asked)
