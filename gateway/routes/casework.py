"""Messages, visits, onward referrals and problems with resources."""

from __future__ import annotations

from functools import partial

from gateway.api import ApiBlueprint
from gateway.routes.passing import changing, listing, reading
from gateway.schemas import casework as shapes
from gateway.schemas.cases import Note
from gateway.services import REFERRALS

casework = ApiBlueprint(
    "casework", __name__, description="Messages, visits, onward referrals and problems with resources."
)
_read = partial(reading, casework, service=REFERRALS)
_list = partial(listing, casework, service=REFERRALS)
_change = partial(changing, casework, service=REFERRALS)

_change(
    "/messages",
    "messages.record",
    "Record a message that somebody left; its answer is due within the council's time (CE 3.2).",
    method="record_message",
    body=shapes.NewMessage,
    answer=shapes.Message,
    status=201,
)
_list(
    "/messages",
    "messages.list",
    "List messages, the newest first.",
    method="list_messages",
    query=shapes.MessageFilter,
    item=shapes.Message,
)
_read(
    "/messages/<id:id>",
    "messages.read",
    "Read one message.",
    method="get_message",
    answer=shapes.Message,
)
_change(
    "/messages/<id:id>/attempts",
    "messages.attempt",
    "Record that somebody tried to answer and did not get through.",
    method="attempt_message",
    body=Note,
    answer=shapes.Message,
)
_change(
    "/messages/<id:id>/answer",
    "messages.answer",
    "Record that a message was answered.",
    method="answer_message",
    body=Note,
    answer=shapes.Message,
)
_change(
    "/visits",
    "visits.record",
    "Plan a visit or meeting (CE 4.3).",
    method="plan_visit",
    body=shapes.NewVisit,
    answer=shapes.Visit,
    status=201,
)
_list(
    "/visits",
    "visits.list",
    "List visits, the newest first.",
    method="list_visits",
    query=shapes.VisitFilter,
    item=shapes.Visit,
)
_read(
    "/visits/<id:id>",
    "visits.read",
    "Read one visit.",
    method="get_visit",
    answer=shapes.Visit,
)
_change(
    "/visits/<id:id>/pathway",
    "visits.record_pathway",
    "Record what was agreed on safeguarding and lone working (CE 3.3, 7.7).",
    method="record_pathway",
    body=shapes.NewPathway,
    answer=shapes.Visit,
)
_change(
    "/visits/<id:id>/confirm",
    "visits.confirm",
    "Confirm a visit; off premises only with its recorded pathway (CE 3.3, 7.7).",
    method="confirm_visit",
    body=Note,
    answer=shapes.Visit,
)
_change(
    "/visits/<id:id>/cancel",
    "visits.cancel",
    "Record that a visit does not take place.",
    method="cancel_visit",
    body=Note,
    answer=shapes.Visit,
)
_change(
    "/visits/<id:id>/return",
    "visits.return",
    "Record that the worker is back, or was heard of (CE 7.7).",
    method="return_from_visit",
    body=Note,
    answer=shapes.Visit,
)
_change(
    "/onward-referrals",
    "onward_referrals.record",
    "Refer a person on (CP 2.12, 2.14, 6.9; CE 3.2).",
    method="refer_onward",
    body=shapes.NewOnward,
    answer=shapes.OnwardReferral,
    status=201,
)
_list(
    "/onward-referrals",
    "onward_referrals.list",
    "List onward referrals, the newest first.",
    method="list_onward_referrals",
    query=shapes.OnwardFilter,
    item=shapes.OnwardReferral,
)
_read(
    "/onward-referrals/<id:id>",
    "onward_referrals.read",
    "Read one onward referral.",
    method="get_onward_referral",
    answer=shapes.OnwardReferral,
)
_change(
    "/onward-referrals/<id:id>/outcome",
    "onward_referrals.end",
    "Record what became of an onward referral.",
    method="record_onward_outcome",
    body=shapes.OnwardOutcome,
    answer=shapes.OnwardReferral,
)
_change(
    "/resource-problems",
    "resource_problems.record",
    "Log that a resource could not be had, with day, time and names (CP 6.8).",
    method="log_resource_problem",
    body=shapes.NewProblem,
    answer=shapes.ResourceProblem,
    status=201,
)
_list(
    "/resource-problems",
    "resource_problems.list",
    "List problems with resources, the newest first.",
    method="list_resource_problems",
    query=shapes.ProblemFilter,
    item=shapes.ResourceProblem,
)
_read(
    "/resource-problems/<id:id>",
    "resource_problems.read",
    "Read one problem with a resource.",
    method="get_resource_problem",
    answer=shapes.ResourceProblem,
)
_change(
    "/resource-problems/<id:id>/share",
    "resource_problems.share",
    "Share a problem with the health or social care representative (CP 6.8).",
    method="share_resource_problem",
    body=Note,
    answer=shapes.ResourceProblem,
)
_change(
    "/resource-problems/<id:id>/resolve",
    "resource_problems.resolve",
    "Record that the resource was had, or something instead.",
    method="resolve_resource_problem",
    body=Note,
    answer=shapes.ResourceProblem,
)
