"""The trace that the work in hand belongs to, as what is written and sent on carries it."""

from __future__ import annotations

from contextvars import ContextVar

_TRACEPARENT: ContextVar[str] = ContextVar("steward_traceparent", default="")


def current_traceparent() -> str:
    """The W3C `traceparent` of the span in hand; empty where nothing is traced."""
    return _TRACEPARENT.get()


def set_traceparent(traceparent: str) -> None:
    """For the rest of this thread's (or green thread's) work in hand."""
    _TRACEPARENT.set(traceparent)
