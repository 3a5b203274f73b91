"""Asking a platform of which parts die or are being started: what it could not answer is asked again, what it refuses is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from shared.samples.client import Client, Refused

Answer = TypeVar("Answer")
UNAVAILABLE = 500


def answered(ask: Callable[[], Answer]) -> Answer | None:
    """The answer; `None` when nobody answered, or the platform says that it cannot now. Raises `Refused` for any other refusal."""
    try:
        return ask()
    except OSError:  # of which those of requests are
        return None
    except Refused as refused:
        if refused.status < UNAVAILABLE:
            raise
        return None


def is_settled(operator: Client) -> bool:
    """Whether every service answers, nothing waits in an outbox and nothing is held."""
    health = answered(lambda: operator.get("/operations/health"))
    states = [] if health is None else health["services"]
    return bool(states) and all(s["status"] == "ok" and s["outbox_waiting"] == 0 and not s["held"] for s in states)
