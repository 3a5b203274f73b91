"""Case work: where each kind of record is."""

from __future__ import annotations

from flask import Blueprint, render_template

from gateway.api import serves
from gateway.asking import may

PLACES = (
    ("Messages", "/messages", "messages.list", "Answered within the council's time."),
    ("Visits", "/visits", "visits.list", "With the lone-working record of whoever goes."),
    ("Appointments", "/appointments", "appointments.list", "The person is reminded."),
    ("Onward referrals", "/onward-referrals", "onward_referrals.list", "To other services, with consent or why not."),
    ("Problems with resources", "/resource-problems", "resource_problems.list", "What could not be had."),
    ("Best-interest decisions", "/best-interests", "best_interests.list", "For people without capacity to decide."),
    ("Offers", "/offers", "offers.list", "To providers, and their answers."),
    ("Care agencies", "/agencies", "agencies.list", "With their CQC ratings."),
    ("Calendar of events", "/calendar", "calendar.list", "Peer meetings, workshops, surgeries; what a year lacks."),
    ("Audits", "/audits", "audits.list", "Support for people whose payment is audited."),
    ("Complaints and compliments", "/complaints", "pages.complaints", "From receipt to answer."),
    ("Make a complaint or a compliment", "/complaints/new", "complaints.record", "Or record one that you were told."),
    (
        "Ended agreements",
        "/terminations",
        "terminations.list",
        "What comes back from providers, and what they are paid.",
    ),
    ("Reports under protection", "/whistleblowing", "whistleblowing.list", "For the named person alone."),
)

hub = Blueprint("hub", __name__)


@hub.get("/case-work")
@serves("pages.case_work")
def case_work() -> str:
    """Every kind of record that the reader may open."""
    return render_template("case_work.html", places=[one for one in PLACES if may(one[2])])
