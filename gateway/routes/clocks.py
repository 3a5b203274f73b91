"""Clocks and how each was reckoned."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask
from gateway.schemas import clocks as shapes
from gateway.schemas.common import page_of
from gateway.services import REFERRALS

Fields = dict[str, Any]

clocks = ApiBlueprint("clocks", __name__, description="Clocks and how each was reckoned.")


@clocks.operation("GET", "/clocks", "clocks.list", query=shapes.ClockFilter, answer=page_of(shapes.Clock))
def list_clocks(query: Fields) -> Fields:
    """List the clocks that run, the most urgent first."""
    return ask(REFERRALS, "list_clocks", query)


@clocks.operation("GET", "/clocks/<id:clock_id>", "clocks.read", answer=shapes.ExplainedClock)
def get_clock(clock_id: str) -> Fields:
    """Read a clock with its explanation: every day counted or skipped, why, and by which clause."""
    return ask(REFERRALS, "get_clock", {"id": clock_id})
