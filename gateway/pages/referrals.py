"""Referrals with their due dates, and one referral with how its deadlines were worked out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gateway.api import serves
from gateway.asking import ask, caller, gateway, may
from gateway.pages.showing import fresh_key, next_address, submit
from gateway.pages.words import council, london, words
from gateway.services import REFERRALS

referral_pages = Blueprint("referral_pages", __name__)


@referral_pages.get("/referrals")
@serves("pages.referrals")
def referral_list() -> str:
    """Referrals, the newest first."""
    overdue = request.args.get("overdue") == "true"
    query: dict[str, Any] = {"limit": gateway().settings.page_size}
    query |= {"overdue": True} if overdue else {}
    query |= {"after": request.args["after"]} if request.args.get("after") else {}
    page = ask(REFERRALS, "list_referrals", query)
    return render_template(
        "referrals.html",
        referrals=page["items"],
        overdue=overdue,
        next=page["next"],
        next_address=next_address(page["next"]),
    )


@referral_pages.get("/referrals/<id:referral_id>")
@serves("pages.referral")
def referral_page(referral_id: str) -> str:
    """One referral."""
    referral = ask(REFERRALS, "get_referral", {"id": referral_id})
    history = ask(REFERRALS, "referral_history", {"id": referral_id})["items"] if may("referrals.history") else []
    return render_template(
        "referral.html",
        referral=referral,
        facts=_facts(referral),
        clocks=[_explained(clock) for clock in referral.get("clocks", ())],
        history=history,
        may_list=may("pages.referrals"),
        may_accept=may("referrals.accept") and "accept" in referral.get("possible_steps", ()),
        key=fresh_key(),
    )


@referral_pages.post("/referrals/<id:referral_id>/accept")
@serves("referrals.accept")
def accept(referral_id: str) -> Response:
    """Accepts a referral as its worker."""
    submit(REFERRALS, "accept_referral", {"id": referral_id, "worker_id": caller().actor_id})
    return redirect(url_for("referral_pages.referral_page", referral_id=referral_id), 303)


def _facts(referral: dict[str, Any]) -> list[tuple[str, str]]:
    shown = [
        ("Council", council(referral["council_id"])),
        ("Received", london(referral["received_at"])),
        ("From", words(referral["source"])),
        ("Urgency", words(referral["urgency"])),
        ("Person", referral["person_id"]),
    ]
    optional = (("component", "Component"), ("deployment", "Budget used as"), ("worker_id", "Designated worker"))
    return [*shown, *((label, words(referral[name])) for name, label in optional if referral.get(name))]


def _explained(clock: dict[str, Any]) -> dict[str, Any]:
    return ask(REFERRALS, "get_clock", {"id": clock["id"]}) if may("clocks.read") else clock
