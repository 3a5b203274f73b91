"""Messages, visits with their lone-working record, onward referrals, and problems with resources."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from gateway.pages.casework_forms import (
    NEW_MESSAGE,
    NEW_ONWARD,
    NEW_PROBLEM,
    NEW_VISIT,
    OUTCOME,
    PATHWAY,
    note_form,
)
from gateway.pages.forms import Form
from gateway.pages.records import Family, Shown, known_as, new_step, register_families, yes_no
from gateway.pages.steps import Record, Step, in_status
from gateway.pages.words import london, words
from gateway.schemas import casework as shapes

casework_pages = Blueprint("casework_pages", __name__)


def step(path: str, operation: str, method: str, form: Form, done: str, *, get: str, one: str, **more: Any) -> Step:
    """A step of one record of a family."""
    area, _, name = operation.partition(".")
    address = f"{path}/<id:id>/{name.replace('_', '-')}"
    about = known_as(path, one, get)
    return Step(
        name=f"{area}_{name}",
        address=address,
        operation=operation,
        method=method,
        form=form,
        about=about,
        done=done,
        **more,
    )


def _lone_working(visit: Record) -> list[tuple[str, str]]:
    """How the worker is kept safe: the pathway, and whether they are back (CE 7.7)."""
    pathway = visit.get("pathway") or {}
    facts = [
        ("Safeguarding", pathway.get("safeguarding")),
        ("Lone working", pathway.get("lone_working")),
        ("Who looks for the worker", pathway.get("contact_id")),
        ("Looked for, if not back", visit.get("alarm_at") and london(visit["alarm_at"])),
        ("The worker was not back, and is looked for since", visit.get("alarmed_at") and london(visit["alarmed_at"])),
        ("Back", visit.get("returned_at") and london(visit["returned_at"])),
    ]
    return [(label, text) for label, text in facts if text]


def _may_be_confirmed(visit: Record) -> bool:
    return in_status("planned")(visit) and not (visit.get("off_premises") and not visit.get("pathway"))


MESSAGES = Family(
    path="/messages",
    area="messages",
    one="Message",
    many="Messages",
    get="get_message",
    listing="list_messages",
    about="Answered within the council's time; weekends do not count (CE 3.2).",
    statuses=shapes.MESSAGE_STATUSES,
    columns=(
        Shown(name="left_at", label="Left", how=london),
        Shown(name="left_by", label="By"),
        Shown(name="channel", label="How", how=words),
    ),
    facts=(
        Shown(name="left_at", label="Left", how=london),
        Shown(name="left_by", label="By"),
        Shown(name="channel", label="How", how=words),
    ),
    texts=(Shown(name="text", label="What they said"),),
    steps=(
        new_step(
            "/messages", "messages.record", "record_message", NEW_MESSAGE, "The message is recorded.", many="Messages"
        ),
        step(
            "/messages",
            "messages.answer",
            "answer_message",
            note_form("Record that it was answered", "It is answered"),
            "The message is answered.",
            get="get_message",
            one="Message",
            possible=in_status("open"),
        ),
        step(
            "/messages",
            "messages.attempt",
            "attempt_message",
            note_form("Record an attempt that did not get through", "Record the attempt"),
            "The attempt is recorded.",
            get="get_message",
            one="Message",
            possible=in_status("open"),
        ),
    ),
)
OF_VISIT = {"get": "get_visit", "one": "Visit"}
VISITS = Family(
    path="/visits",
    area="visits",
    one="Visit",
    many="Visits",
    get="get_visit",
    listing="list_visits",
    about="Who is off premises and not back in time is looked for (CE 7.7).",
    statuses=shapes.VISIT_STATUSES,
    columns=(
        Shown(name="starts_at", label="From", how=london),
        Shown(name="kind", label="What", how=words),
        Shown(name="worker_id", label="Who"),
        Shown(name="place", label="Where"),
    ),
    facts=(
        Shown(name="kind", label="What", how=words),
        Shown(name="starts_at", label="From", how=london),
        Shown(name="ends_at", label="Until", how=london),
        Shown(name="worker_id", label="Who goes"),
        Shown(name="joint_with_id", label="Who comes along"),
        Shown(name="place", label="Where"),
        Shown(name="off_premises", label="Off premises", how=yes_no),
    ),
    told=_lone_working,
    steps=(
        new_step("/visits", "visits.record", "plan_visit", NEW_VISIT, "The visit is planned.", many="Visits"),
        step(
            "/visits",
            "visits.return",
            "return_from_visit",
            note_form("Record that the worker is back", "The worker is back"),
            "The worker is back.",
            possible=in_status("confirmed"),
            at_once=True,
            **OF_VISIT,
        ),
        step(
            "/visits",
            "visits.confirm",
            "confirm_visit",
            note_form("Confirm the visit", "Confirm the visit"),
            "The visit is confirmed.",
            possible=_may_be_confirmed,
            at_once=True,
            **OF_VISIT,
        ),
        step(
            "/visits",
            "visits.record_pathway",
            "record_pathway",
            PATHWAY,
            "The pathway is recorded.",
            possible=in_status("planned"),
            **OF_VISIT,
        ),
        step(
            "/visits",
            "visits.cancel",
            "cancel_visit",
            note_form("Cancel the visit", "Cancel the visit", warning=True),
            "The visit is cancelled.",
            possible=in_status("planned", "confirmed"),
            **OF_VISIT,
        ),
    ),
)
ONWARD = Family(
    path="/onward-referrals",
    area="onward_referrals",
    one="Onward referral",
    many="Onward referrals",
    get="get_onward_referral",
    listing="list_onward_referrals",
    columns=(
        Shown(name="kind", label="What kind", how=words),
        Shown(name="to", label="Whom to"),
        Shown(name="outcome", label="Outcome", how=words),
    ),
    facts=(
        Shown(name="kind", label="What kind", how=words),
        Shown(name="to", label="Whom to"),
        Shown(name="consented", label="The person agrees", how=yes_no),
        Shown(name="outcome", label="Outcome", how=words),
        Shown(name="recorded_at", label="Recorded", how=london),
    ),
    texts=(
        Shown(name="reason", label="Why"),
        Shown(name="without_consent_because", label="Why it is done without their agreement"),
    ),
    steps=(
        new_step(
            "/onward-referrals",
            "onward_referrals.record",
            "refer_onward",
            NEW_ONWARD,
            "The person is referred on.",
            many="Onward referrals",
        ),
        step(
            "/onward-referrals",
            "onward_referrals.end",
            "record_onward_outcome",
            OUTCOME,
            "The outcome is recorded.",
            get="get_onward_referral",
            one="Onward referral",
            possible=lambda record: not record.get("outcome"),
        ),
    ),
)
OF_PROBLEM = {"get": "get_resource_problem", "one": "Problem with a resource"}
PROBLEMS = Family(
    path="/resource-problems",
    area="resource_problems",
    one="Problem with a resource",
    many="Problems with resources",
    get="get_resource_problem",
    listing="list_resource_problems",
    about="What could not be had, logged and shared with health or social care (CP 6.8).",
    statuses=shapes.PROBLEM_STATUSES,
    columns=(Shown(name="happened_at", label="When", how=london), Shown(name="kind", label="What", how=words)),
    facts=(
        Shown(name="happened_at", label="When", how=london),
        Shown(name="kind", label="What", how=words),
        Shown(name="names", label="Spoken to", how=", ".join),
    ),
    texts=(Shown(name="text", label="What happened"),),
    steps=(
        new_step(
            "/resource-problems",
            "resource_problems.record",
            "log_resource_problem",
            NEW_PROBLEM,
            "The problem is logged.",
            many="Problems with resources",
        ),
        step(
            "/resource-problems",
            "resource_problems.share",
            "share_resource_problem",
            note_form("Share it with health or social care", "Share it"),
            "The problem is shared.",
            possible=in_status("logged"),
            **OF_PROBLEM,
        ),
        step(
            "/resource-problems",
            "resource_problems.resolve",
            "resolve_resource_problem",
            note_form("Record that it is resolved", "It is resolved"),
            "The problem is resolved.",
            possible=in_status("logged", "shared"),
            **OF_PROBLEM,
        ),
    ),
)
register_families(casework_pages, MESSAGES, VISITS, ONWARD, PROBLEMS)
