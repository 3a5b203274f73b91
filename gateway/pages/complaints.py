"""Complaints and their kin with what is owed, and one of them with what can be done next."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gateway.api import serves
from gateway.asking import ask, gateway, may
from gateway.pages.showing import fresh_key, next_address, submit
from gateway.pages.words import council, london, words
from gateway.services import REFERRALS

complaint_pages = Blueprint("complaint_pages", __name__)
BUTTONS = {
    "forward": ("complaints.forward", "Pass on to the council"),
    "acknowledge": ("complaints.acknowledge", "Acknowledge"),
    "close": ("complaints.close", "Close"),
}
"""The steps that need no words; an answer is given through the API."""


@complaint_pages.get("/complaints")
@serves("pages.complaints")
def complaint_list() -> str:
    """Complaints and their kin, the newest first."""
    overdue = request.args.get("overdue") == "true"
    query: dict[str, Any] = {"limit": gateway().settings.page_size}
    query |= {"overdue": True} if overdue else {}
    query |= {"after": request.args["after"]} if request.args.get("after") else {}
    page = ask(REFERRALS, "list_complaints", query)
    return render_template(
        "complaints.html",
        complaints=page["items"],
        overdue=overdue,
        next=page["next"],
        next_address=next_address(page["next"]),
    )


@complaint_pages.get("/complaints/<id:complaint_id>")
@serves("pages.complaint")
def complaint_page(complaint_id: str) -> str:
    """One of them."""
    complaint = ask(REFERRALS, "get_complaint", {"id": complaint_id})
    history = ask(REFERRALS, "complaint_history", {"id": complaint_id})["items"] if may("complaints.history") else []
    possible = complaint.get("possible_steps", ())
    return render_template(
        "complaint.html",
        complaint=complaint,
        facts=_facts(complaint),
        buttons=[(step, text) for step, (rule, text) in BUTTONS.items() if step in possible and may(rule)],
        history=history,
        key=fresh_key(),
    )


@complaint_pages.post("/complaints/<id:complaint_id>/forward")
@serves("complaints.forward")
def forward(complaint_id: str) -> Response:
    """Passes it on to the council."""
    return _done("forward_complaint", complaint_id)


@complaint_pages.post("/complaints/<id:complaint_id>/acknowledge")
@serves("complaints.acknowledge")
def acknowledge(complaint_id: str) -> Response:
    """Acknowledges it."""
    return _done("acknowledge_complaint", complaint_id)


@complaint_pages.post("/complaints/<id:complaint_id>/close")
@serves("complaints.close")
def close(complaint_id: str) -> Response:
    """Closes it."""
    return _done("close_complaint", complaint_id)


def _done(method: str, complaint_id: str) -> Response:
    submit(REFERRALS, method, {"id": complaint_id})
    return redirect(url_for("complaint_pages.complaint_page", complaint_id=complaint_id), 303)


def _facts(complaint: dict[str, Any]) -> list[tuple[str, str]]:
    shown = [
        ("Council", council(complaint["council_id"])),
        ("Received", london(complaint["received_at"])),
        ("From", words(complaint["reporter"])),
        ("In writing", "Yes" if complaint.get("in_writing") else "No"),
        ("About", words(complaint["subject"])),
    ]
    optional = (("partner_id", "Partner"), ("person_id", "Person"), ("review_due_on", "To be discussed by"))
    return [*shown, *((label, str(complaint[name])) for name, label in optional if complaint.get(name))]
