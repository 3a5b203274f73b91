"""Clocks and how each was reckoned."""

from __future__ import annotations

from typing import Any

from gateway import clock_asking
from gateway.api import ApiBlueprint
from gateway.schemas import clocks as shapes
from gateway.schemas.common import page_of

Fields = dict[str, Any]

clocks = ApiBlueprint("clocks", __name__, description="Clocks and how each was reckoned.")


@clocks.operation("GET", "/clocks", "clocks.list", query=shapes.ClockFilter, answer=page_of(shapes.Clock))
def list_clocks(query: Fields) -> Fields:
    """List open clocks of referrals and of funds, the one that is due first at the top.

    Narrowed by council, rule, state, record, or whether they are overdue; with a record, whatever their state. Of several
    clocks of a record with the same duty the strictest is flagged. Follow `next` to the end: a page may have fewer items
    than asked for.
    """
    return clock_asking.list_clocks(query)


@clocks.operation("GET", "/clocks/<id:clock_id>", "clocks.read", answer=shapes.ExplainedClock)
def get_clock(clock_id: str) -> Fields:
    """Read a clock with its explanation: every day counted or skipped, why, and by which clause."""
    return clock_asking.get_clock(clock_id)


@clocks.operation(
    "POST", "/clocks/<id:clock_id>/pause", "clocks.pause", body=shapes.NewPause, answer=shapes.ExplainedClock
)
def pause_clock(body: Fields, clock_id: str) -> Fields:
    """Have a clock stand still, with a reason.

    Refused with `policy-incomplete` where the council's pack does not say what a pause does to it.
    """
    return clock_asking.change_clock("pause_clock", {**body, "id": clock_id})


@clocks.operation("POST", "/clocks/<id:clock_id>/resume", "clocks.resume", answer=shapes.ExplainedClock)
def resume_clock(clock_id: str) -> Fields:
    """Have a clock run again; it is due later by what did not count."""
    return clock_asking.change_clock("resume_clock", {"id": clock_id})
