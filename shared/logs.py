"""Logs: one JSON line per event on standard error, a constant message and ids; never the text of an exception."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def configure_logs(*, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Sets up structlog and the standard library's logging to write alike."""
    shared_steps: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        describe_exception,
    ]
    structlog.configure(
        processors=[*shared_steps, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(file=stream or sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    formatter = structlog.stdlib.ProcessorFormatter(
        processor=structlog.processors.JSONRenderer(), foreign_pre_chain=[*shared_steps]
    )
    handler.setFormatter(formatter)
    logging.basicConfig(
        level=max(logging.WARNING, logging.getLevelNamesMapping()[level]), handlers=[handler], force=True
    )


def describe_exception(logger: Any, name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replaces an exception by its class and the places it passed; its message may hold personal data."""
    raised = entry.pop("exc_info", None)
    if not raised:
        return entry
    error = raised if isinstance(raised, BaseException) else _current(raised)
    if error is not None:
        entry["error"] = type(error).__name__
        entry["places"] = [
            f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-8:]
        ]
    return entry


def _current(raised: Any) -> BaseException | None:
    info: Any = raised if isinstance(raised, tuple) else sys.exc_info()
    error: BaseException | None = info[1]
    return error
