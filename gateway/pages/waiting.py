"""The waiting list of a council in its order, each place explained (CE 4.8)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from gateway.api import serves
from gateway.asking import ask, caller, gateway, may
from gateway.pages.showing import next_address
from gateway.pages.words import council
from gateway.services import REFERRALS
from shared.context import EVERY_COUNCIL

waiting_pages = Blueprint("waiting_pages", __name__)


@waiting_pages.get("/waiting")
@serves("pages.waiting")
def waiting_list() -> str:
    """Who waits, and why each stands where they stand."""
    councils = _councils()
    council_id = request.args.get("council_id") or councils[0]
    query: dict[str, Any] = {"council_id": council_id, "limit": gateway().settings.page_size}
    query |= {"after": request.args["after"]} if request.args.get("after") else {}
    page = ask(REFERRALS, "waiting_list", query)
    return render_template(
        "waiting.html",
        lines=page["items"],
        council_id=council_id,
        councils=[{"id": one, "name": council(one), "current": one == council_id} for one in councils],
        next=page["next"],
        next_address=next_address(page["next"]),
        may_read_referrals=may("pages.referral"),
    )


def _councils() -> list[str]:
    """The councils whose lists the reader may see."""
    own = caller().councils
    return list(gateway().policies.councils()) if EVERY_COUNCIL in own else list(own)
