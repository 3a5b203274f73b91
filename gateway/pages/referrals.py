"""Referrals with their due dates, and one referral with how its deadlines were worked out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from gateway import clock_asking
from gateway.api import serves
from gateway.asking import ask, gateway, may
from gateway.pages.referral_steps import referral_steps
from gateway.pages.showing import fresh_key, next_address
from gateway.pages.words import council, london, words
from gateway.schemas.referrals import STATUSES
from gateway.services import REFERRALS

FILTERS = ("council_id", "status", "q")
SWITCHES = ("overdue", "possible_duplicate")
OPTIONAL = (
    ("component", "Component"),
    ("primary_support_reason", "Primary support reason"),
    ("contact_type", "Contact type"),
    ("deployment", "Budget used as"),
)
CASE_WORK = (
    ("Messages", "/messages", "messages.list"),
    ("Visits", "/visits", "visits.list"),
    ("Appointments", "/appointments", "appointments.list"),
    ("Onward referrals", "/onward-referrals", "onward_referrals.list"),
    ("Problems with resources", "/resource-problems", "resource_problems.list"),
    ("Audits", "/audits", "audits.list"),
    ("Complaints and compliments", "/complaints", "pages.complaints"),
    ("Best-interest decisions", "/best-interests", "best_interests.list"),
)
NEVER_PAID = ("incomplete", "refused", "withdrawn")
LISTS = (("client_groups", "Client groups"), ("priority_groups", "Priority groups"))

referral_pages = Blueprint("referral_pages", __name__)
STEPS = referral_steps(referral_pages)
STEPS.register()


@referral_pages.get("/referrals")
@serves("pages.referrals")
def referral_list() -> str:
    """Referrals, the newest first, or those that the address narrows the list to."""
    query: dict[str, Any] = {"limit": gateway().settings.page_size}
    query |= {name: request.args[name] for name in (*FILTERS, "after") if request.args.get(name, "").strip()}
    query |= {name: True for name in SWITCHES if request.args.get(name) == "true"}
    page = ask(REFERRALS, "list_referrals", query)
    return render_template(
        "referrals.html",
        referrals=page["items"],
        given={name: request.args.get(name, "") for name in (*FILTERS, *SWITCHES)},
        statuses=[{"value": "", "text": "Any"}, *({"value": one, "text": words(one)} for one in STATUSES)],
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
        clocks=clock_asking.explained(referral.get("clocks", ()), service=REFERRALS),
        history=history,
        also=_also(referral),
        may_list=may("pages.referrals"),
        steps=STEPS.possible(referral, id=referral_id),
        done=STEPS.done(),
        may_clear=may("referrals.clear_possible_duplicate"),
        key=fresh_key(),
    )


def _also(referral: dict[str, Any]) -> list[tuple[str, str]]:
    """What else there is about the referral, as far as the reader may see it."""
    place, supported = f"/referrals/{referral['id']}", referral["status"] in ("in_support", "closed")
    open_ = bool(referral.get("possible_steps"))
    by_payment = referral.get("deployment") in (None, "direct_payment") and referral["status"] not in NEVER_PAID
    found = (
        (
            by_payment and may("pages.direct_payment"),
            "Direct payment, its test and its checks",
            f"{place}/direct-payment",
        ),
        (supported and may("reviews.read"), "Reviews", f"{place}/reviews"),
        (
            may("communication_needs.set"),
            "How the person is told things",
            f"/people/{referral['person_id']}/communication-needs",
        ),
        (open_ and may("best_interests.begin"), "Begin a best-interest decision", f"{place}/best-interests"),
        (may("information.read"), "What the person was told", f"{place}/information"),
        *((may(rule), text, f"{path}?referral_id={referral['id']}") for text, path, rule in CASE_WORK),
    )
    return [(text, address) for is_there, text, address in found if is_there]


def _facts(referral: dict[str, Any]) -> list[tuple[str, str]]:
    shown = [
        ("Council", council(referral["council_id"])),
        ("Received", london(referral["received_at"])),
        ("From", words(referral["source"])),
        ("Urgency", words(referral["urgency"])),
        ("Person", referral["person_id"]),
    ]
    told = [(label, words(referral[name])) for name, label in OPTIONAL if referral.get(name)]
    several = [(label, ", ".join(map(words, referral[name]))) for name, label in LISTS if referral.get(name)]
    paying = [("Pays for themselves", f"Yes: {words(referral.get('self_funder_because', '')).lower()}")]
    told += [("Designated worker", referral["worker_id"])] if referral.get("worker_id") else []
    told += paying if referral.get("self_funder") else []
    return [*shown, ("Seen", _seen(referral)), *told, *several, *_conditions(referral)]


def _seen(referral: dict[str, Any]) -> str:
    if not referral.get("seen_at"):
        return "Not yet"
    return f"{london(referral['seen_at'])}, by {referral.get('seen_by', 'somebody')}"


def _conditions(referral: dict[str, Any]) -> list[tuple[str, str]]:
    met = {True: "met", False: "not met", None: "not known"}
    told = [f"{words(one['condition'])}: {met[one.get('met')]}" for one in referral.get("eligibility", ())]
    return [("Conditions", "; ".join(told))] if told else []
