"""Complaints, concerns, compliments and negative written feedback, and the Ombudsman's cases about them."""

from __future__ import annotations

from functools import partial

from gateway.api import ApiBlueprint
from gateway.routes.passing import changing, listing, reading
from gateway.schemas import complaints as shapes
from gateway.schemas.cases import Note
from gateway.schemas.common import HistoryLine
from gateway.services import REFERRALS

complaints = ApiBlueprint(
    "complaints", __name__, description="Complaints, concerns, compliments, negative feedback, Ombudsman cases."
)
_read = partial(reading, complaints, service=REFERRALS)
_list = partial(listing, complaints, service=REFERRALS)
_change = partial(changing, complaints, service=REFERRALS, answer=shapes.Complaint)
ONE = "/complaints/<id:id>"

_change(
    "/complaints",
    "complaints.record",
    """Record a complaint, concern, compliment or negative written feedback (CE 7.4, CP 9.1.2).

    From its receipt run the 24 hours to the council (CP 9.1.1), and a complaint's acknowledgement in 3 working days (Complaints
    Regulations 2009). A complaint past the law's limit needs a reason to be taken.
    """,
    method="record_complaint",
    body=shapes.NewComplaint,
    status=201,
)
_list(
    "/complaints",
    "complaints.list",
    "List complaints and their kin, the newest first.",
    method="list_complaints",
    query=shapes.ComplaintFilter,
    item=shapes.Complaint,
)
_list(
    "/complaint-reviews",
    "complaints.list_reviews",
    "List complaints about partners that are due to be discussed at monitoring (CE 8.2).",
    method="list_complaint_reviews",
    query=shapes.ReviewFilter,
    item=shapes.Complaint,
)
_read(ONE, "complaints.read", "Read a complaint.", method="get_complaint", answer=shapes.Complaint)
_list(
    f"{ONE}/history",
    "complaints.history",
    "Read what happened to a complaint and its clocks, in order, and who did it.",
    method="complaint_history",
    query=None,
    item=HistoryLine,
)
_read(
    f"{ONE}/ombudsman-bundle",
    "complaints.bundle",
    "Read everything about a complaint in one document: history, decisions, the policy then in force (CE 7.4).",
    method="get_ombudsman_bundle",
    answer=shapes.Bundle,
)
_change(
    f"{ONE}/forward",
    "complaints.forward",
    "Pass a complaint on to the council's brokerage team and social care (CP 9.1.1).",
    method="forward_complaint",
    body=Note,
)
_change(
    f"{ONE}/acknowledge",
    "complaints.acknowledge",
    "Acknowledge a complaint to whoever made it (Complaints Regulations 2009 reg 13).",
    method="acknowledge_complaint",
    body=Note,
)
_change(
    f"{ONE}/respond",
    "complaints.respond",
    """Answer a complaint or feedback.

    Negative written feedback gets a written answer that says what follows, with a copy to the council (CE 7.1(f)).
    """,
    method="respond_to_complaint",
    body=shapes.NewAnswer,
)
_change(
    f"{ONE}/close",
    "complaints.close",
    "Close a complaint, once nothing is owed any more.",
    method="close_complaint",
    body=Note,
)
_change(
    f"{ONE}/reviews",
    "complaints.review",
    "Record that a monitoring meeting discussed it (CP 9.1.2, CE 8.2).",
    method="review_complaint",
    body=shapes.NewReview,
)
_change(
    f"{ONE}/escalate",
    "complaints.escalate",
    "Take a dispute about a partner to the commissioners (CE 8.2).",
    method="escalate_complaint",
    body=shapes.Escalation,
)
_change(
    f"{ONE}/ombudsman-case",
    "complaints.open_ombudsman_case",
    "Record that the Ombudsman looks into it (CE 7.4).",
    method="open_ombudsman_case",
    body=shapes.NewOmbudsmanCase,
)
_change(
    f"{ONE}/recommendations",
    "complaints.record_recommendation",
    "Record what the Ombudsman recommends (CE 7.4).",
    method="record_recommendation",
    body=shapes.NewRecommendation,
)
_change(
    f"{ONE}/recommendations/<id:recommendation_id>/carry-out",
    "complaints.carry_out_recommendation",
    "Record that a recommendation was carried out (CE 7.4).",
    method="carry_out_recommendation",
    body=shapes.CarriedOut,
)
