"""Shapes of complaints, concerns, compliments and negative written feedback."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.cases import AboutWhom, CaseAct, CaseFilter, CaseRecord
from gateway.schemas.clocks import Clock
from gateway.schemas.common import (
    Asked,
    Flag,
    HistoryLine,
    Page,
    Told,
    day,
    identifier,
    instant,
    one_of,
    words,
)

KINDS = ("complaint", "concern", "compliment", "negative-feedback")
STATUSES = ("received", "forwarded", "acknowledged", "responded", "closed")
REPORTERS = ("person", "family", "professional", "staff", "other")
SUBJECTS = ("service", "worker", "partner")
NEXT_ACTIONS = ("looked-into", "meeting-offered", "practice-changed", "passed-on", "no-change")


class NewComplaint(AboutWhom):
    """What was said about the service."""

    kind = one_of("What it is.", KINDS, required=True)
    text = words("What was said.", required=True)
    reporter = one_of("Who said it.", REPORTERS, required=True)
    reporter_id = identifier(
        "A party who can be written to, such as a referrer; for the person themselves leave it out."
    )
    in_writing = Flag(metadata={"description": "Whether it came in writing."})
    subject = one_of("What it is about.", SUBJECTS)
    partner_id = identifier("The partner or sub-contractor it is about (CE 8.2).")
    received_at = instant("When it was received; now when left out.")
    happened_on = day("When the matter happened. A complaint needs this day or the next.")
    learned_on = day("When they learned of it.")
    late_reason = words("Why a complaint past the law's limit is taken anyway.", longest=1000)


class Answer(Told):
    """The answer that was given."""

    text = fields.String()
    next_action = fields.String(metadata={"enum": list(NEXT_ACTIONS)})
    written_on = day("When it was written by hand.")
    copied_to_council = fields.Boolean()


class Review(Told):
    """A monitoring meeting that discussed it."""

    held_on = day("When.")
    by = fields.String()
    outcome = fields.String()


class Recommendation(Told):
    """What the Ombudsman recommends."""

    recommendation_id = identifier("The recommendation.", required=True)
    text = fields.String()
    due_on = day("By when.")
    done_on = day("When it was carried out.")
    done_by = fields.String()
    how = fields.String()


class OmbudsmanCase(Told):
    """The Ombudsman's case."""

    reference = fields.String(metadata={"description": "Theirs."})
    opened_at = instant("When.")
    opened_by = fields.String()
    recommendations = fields.List(fields.Nested(Recommendation))


class Complaint(CaseRecord):
    """A complaint, concern, compliment or piece of negative written feedback as it stands."""

    kind = fields.String(metadata={"enum": list(KINDS)})
    status = fields.String(metadata={"enum": list(STATUSES)})
    text = fields.String(metadata={"description": "What was said."})
    in_writing = fields.Boolean()
    reporter = fields.String(metadata={"enum": list(REPORTERS)})
    reporter_id = identifier("Who can be written to.")
    subject = fields.String(metadata={"enum": list(SUBJECTS)})
    partner_id = identifier("The partner it is about.")
    received_at = instant("When it was received.")
    happened_on = day("When the matter happened.")
    learned_on = day("When they learned of it.")
    late_reason = fields.String(metadata={"description": "Why it is taken though it came late."})
    acts = fields.List(fields.Nested(CaseAct))
    answer = fields.Nested(Answer)
    reviews = fields.List(fields.Nested(Review))
    review_due_on = day("When it is to be discussed at monitoring (CE 8.2).")
    ombudsman = fields.Nested(OmbudsmanCase)
    clocks = fields.List(fields.Nested(Clock))
    possible_steps = fields.List(fields.String(), metadata={"description": "What its status allows now."})


class ComplaintFilter(CaseFilter):
    """Which of them to list."""

    kind = one_of("Only these.", KINDS)
    status = one_of("Only those in this status.", STATUSES)
    partner_id = identifier("Only those about this partner.")
    overdue = fields.Boolean(metadata={"description": "Only those with a clock that ran out, or only those without."})
    with_ombudsman = fields.Boolean(
        metadata={"description": "Only those with an Ombudsman's case, or only those without."}
    )


class ReviewFilter(Page):
    """By when a review is due."""

    due_by = day("Due on this day or before.", required=True)


class NewAnswer(Asked):
    """An answer."""

    text = words("What is answered.", required=True)
    next_action = one_of("What follows; negative written feedback needs it (CE 7.1(f)).", NEXT_ACTIONS)
    written_on = day("When it was written by hand, where nobody is known to write to.")


class NewReview(Asked):
    """A monitoring meeting that discussed it (CP 9.1.2, CE 8.2)."""

    held_on = day("When.", required=True)
    outcome = words("What came of it.", longest=2000)


class Escalation(Asked):
    """A dispute that goes to the commissioners (CE 8.2)."""

    note = words("What is in dispute.", required=True, longest=2000)


class NewOmbudsmanCase(Asked):
    """The Ombudsman's case."""

    reference = words("The Ombudsman's reference.", required=True, longest=100)


class NewRecommendation(Asked):
    """What the Ombudsman recommends."""

    text = words("What.", required=True)
    due_on = day("By when.")


class CarriedOut(Asked):
    """How a recommendation was carried out."""

    done_on = day("When.", required=True)
    how = words("How.", required=True)


class Bundle(Told):
    """Everything about one complaint, for the Ombudsman (CE 7.4)."""

    complaint_id = identifier("The complaint.", required=True)
    council_id = identifier("Its council.")
    made_at = instant("When the document was made.")
    made_by = fields.String(metadata={"description": "By whom."})
    complaint = fields.Dict(metadata={"description": "The whole record, its clocks with every day counted."})
    history = fields.List(fields.Nested(HistoryLine))
    referral = fields.Dict(
        allow_none=True, metadata={"description": "The referral with its history; null without one."}
    )
    policy = fields.Dict(metadata={"description": "The council's rules as they stood on the day of receipt."})
