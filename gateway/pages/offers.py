"""Offers to providers, and their answers (CP 6.1, 6.4)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from gateway.api import serves
from gateway.asking import ask, gateway, may
from gateway.pages.referral_steps import offer_steps
from gateway.pages.showing import next_address
from gateway.services import REFERRALS

offer_pages = Blueprint("offer_pages", __name__)
STEPS = offer_steps(offer_pages)
STEPS.register()


@offer_pages.get("/offers")
@serves("offers.list")
def offer_list() -> str:
    """Open offers; a provider's own to itself."""
    query: dict[str, Any] = {"limit": gateway().settings.page_size}
    query |= {"after": request.args["after"]} if request.args.get("after") else {}
    page = ask(REFERRALS, "list_offers", query)
    return render_template(
        "offers.html",
        offers=page["items"],
        next=page["next"],
        next_address=next_address(page["next"]),
        may_answer=may("offers.answer"),
        may_read_referrals=may("pages.referral"),
        done=STEPS.done(),
    )
