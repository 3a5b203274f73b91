"""Complaints and their kin with what is owed, and one of them with what can be done next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template, request

from gateway.api import serves
from gateway.asking import ask, gateway, may
from gateway.pages.casework_forms import note_form
from gateway.pages.complaint_forms import ANSWER, CARRY_OUT, ESCALATE, NEW, OMBUDSMAN, RECOMMEND, REVIEW
from gateway.pages.fields import Known
from gateway.pages.forms import Form
from gateway.pages.records import known_as, new_step
from gateway.pages.showing import next_address
from gateway.pages.steps import Record, Step, Steps
from gateway.pages.words import council, london, words
from gateway.services import REFERRALS

PLACE = "/complaints"
complaint_pages = Blueprint("complaint_pages", __name__)


def _allows(name: str) -> Callable[[Record], bool]:
    return lambda complaint: name in complaint.get("possible_steps", ())


def _after(_: Known, complaint: Record) -> str:
    """On to the record; whoever may not read it stays, and is told that it is recorded."""
    return f"{PLACE}/{complaint['id']}" if may("pages.complaint") else f"{PLACE}/new"


def _step(name: str, method: str, form: Form, done: str, *, path: str = "", **more: Any) -> Step:
    return Step(
        name=name,
        address=f"{PLACE}/<id:id>/{path or name.replace('_', '-')}",
        operation=f"complaints.{name}",
        method=method,
        form=form,
        about=known_as(PLACE, "The record", "get_complaint"),
        done=done,
        **{"possible": _allows(name)} | more,
    )


STEPS = Steps(
    blueprint=complaint_pages,
    steps=(
        new_step(
            PLACE,
            "complaints.record",
            "record_complaint",
            NEW,
            "It is recorded.",
            many="Complaints and compliments",
            then=_after,
        ),
        _step(
            "forward",
            "forward_complaint",
            note_form("Pass on to the council", "Pass on to the council"),
            "It is passed on to the council.",
            at_once=True,
        ),
        _step(
            "acknowledge",
            "acknowledge_complaint",
            note_form("Acknowledge", "Acknowledge"),
            "It is acknowledged.",
            at_once=True,
        ),
        _step("respond", "respond_to_complaint", ANSWER, "It is answered."),
        _step("close", "close_complaint", note_form("Close", "Close"), "It is closed.", at_once=True),
        _step("review", "review_complaint", REVIEW, "The discussion is recorded.", possible=lambda _: True),
        _step(
            "escalate",
            "escalate_complaint",
            ESCALATE,
            "The commissioners are told.",
            possible=lambda complaint: bool(complaint.get("partner_id")),
        ),
        _step(
            "open_ombudsman_case",
            "open_ombudsman_case",
            OMBUDSMAN,
            "The Ombudsman's case is recorded.",
            possible=lambda complaint: not complaint.get("ombudsman"),
        ),
        _step(
            "record_recommendation",
            "record_recommendation",
            RECOMMEND,
            "The recommendation is recorded.",
            possible=lambda complaint: bool(complaint.get("ombudsman")),
        ),
        _step(
            "carry_out_recommendation",
            "carry_out_recommendation",
            CARRY_OUT,
            "The recommendation is carried out.",
            path="recommendations/<id:recommendation_id>/carry-out",
            elsewhere=True,
        ),
    ),
)
STEPS.register()


@complaint_pages.get(PLACE)
@serves("pages.complaints")
def complaint_list() -> str:
    """Complaints and their kin, the newest first."""
    overdue = request.args.get("overdue") == "true"
    query: dict[str, Any] = {"limit": gateway().settings.page_size}
    query |= {"overdue": True} if overdue else {}
    query |= {"referral_id": request.args["referral_id"]} if request.args.get("referral_id") else {}
    query |= {"after": request.args["after"]} if request.args.get("after") else {}
    page = ask(REFERRALS, "list_complaints", query)
    return render_template(
        "complaints.html",
        complaints=page["items"],
        overdue=overdue,
        next=page["next"],
        next_address=next_address(page["next"]),
        new=_new(query.get("referral_id", "")),
    )


@complaint_pages.get(f"{PLACE}/<id:complaint_id>")
@serves("pages.complaint")
def complaint_page(complaint_id: str) -> str:
    """One of them."""
    complaint = ask(REFERRALS, "get_complaint", {"id": complaint_id})
    history = ask(REFERRALS, "complaint_history", {"id": complaint_id})["items"] if may("complaints.history") else []
    return render_template(
        "complaint.html",
        complaint=complaint,
        facts=_facts(complaint),
        steps=STEPS.possible(complaint, id=complaint_id),
        may_carry_out=may("complaints.carry_out_recommendation"),
        may_list=may("pages.complaints"),
        history=history,
        done=STEPS.done(),
    )


def _new(referral_id: str) -> str:
    """The form for a new one, about whom the list is."""
    if not may("complaints.record"):
        return ""
    return STEPS.address("complaints_new", **({"referral_id": referral_id} if referral_id else {}))


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
