"""Deadlines, the first due at the top, and one deadline with every day that was counted or skipped."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from gateway import clock_asking
from gateway.api import serves
from gateway.asking import gateway, may
from gateway.pages.showing import next_address

clock_pages = Blueprint("clock_pages", __name__)
FILTERS = ("council_id", "rule", "state", "record_id")


@clock_pages.get("/deadlines")
@serves("pages.clocks")
def clock_list() -> str:
    """Open deadlines, or those that the address narrows the list to."""
    overdue = request.args.get("overdue") == "true"
    query: dict[str, Any] = {"limit": gateway().settings.page_size}
    query |= {name: request.args[name] for name in (*FILTERS, "after") if request.args.get(name)}
    query |= {"overdue": True} if overdue else {}
    page = clock_asking.list_clocks(query)
    return render_template(
        "clocks.html",
        clocks=page["items"],
        overdue=overdue,
        next=page["next"],
        next_address=next_address(page["next"]),
        may_read_referrals=may("pages.referral"),
    )


@clock_pages.get("/deadlines/<id:clock_id>")
@serves("pages.clock")
def clock_page(clock_id: str) -> str:
    """One deadline, and how it was worked out."""
    clock = clock_asking.get_clock(clock_id)
    return render_template("clock.html", clock=clock, may_read_referrals=may("pages.referral"))
