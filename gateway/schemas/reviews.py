"""Shapes: support that begins, and its reviews."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from gateway.schemas.clocks import Clock
from gateway.schemas.common import (
    COUNCIL,
    Asked,
    Page,
    Resource,
    Told,
    WholeNumber,
    day,
    identifier,
    instant,
    one_of,
    pence,
    words,
)

CYCLES = ("council", "provider", "statutory")


class SupportBegun(Asked):
    """Support that has begun."""

    began_on = day("The first day of support.", required=True)


class CountsFor(Schema):
    """A cycle that a meeting counts for."""

    cycle = one_of("Whose review it was.", CYCLES, required=True)
    because = words("Why the meeting counts for it.", required=True, longest=200)


class HeldReview(Asked):
    """A review meeting."""

    held_on = day("The day it was held.", required=True)
    outcome = words("What came of it.", required=True)
    satisfied = fields.List(
        fields.Nested(CountsFor),
        required=True,
        validate=validate.Length(min=1, max=len(CYCLES)),
        metadata={"description": "Every cycle that it counts for."},
    )
    advocate_id = identifier("The advocate who took part (CP 5.2).")


class AskedFor(Asked):
    """A review that is asked for."""

    reason = words("What changed.", required=True)


class ChangedBudget(Asked):
    """A significant change of the budget."""

    weekly_before_pence = pence("The weekly budget before.", required=True, minimum=0)
    weekly_after_pence = pence("The weekly budget after.", required=True, minimum=0)
    reason = words("Why it changed.", required=True)


class ProgrammeFilter(Page):
    """Which programmes to list."""

    overdue = fields.Boolean(metadata={"description": "Those with a review past its due instant."})


class SatisfiedCycle(Told):
    """A cycle that a meeting counts for, and why."""

    cycle = fields.String(metadata={"enum": list(CYCLES)})
    occurrence = WholeNumber(metadata={"description": "Which of its reviews, from 1."})
    because = fields.String()
    clock_id = identifier("The clock that it stopped.")


class ReviewMeeting(Told):
    """One meeting, recorded once."""

    review_id = identifier("The meeting.")
    held_on = day("When.")
    held_by = identifier("Who recorded it.")
    recorded_at = instant("When it was recorded.")
    outcome = fields.String()
    satisfied = fields.List(fields.Nested(SatisfiedCycle))
    advocate_id = identifier("The advocate who took part.")


class AskedReview(Told):
    """A review that somebody asked for."""

    asked_by = identifier("Who.")
    asked_at = instant("When.")
    reason = fields.String()
    held_in = identifier("The meeting that answered it.")


class BudgetChange(Told):
    """A significant change of the budget, told to the council."""

    weekly_before_pence = WholeNumber()
    weekly_after_pence = WholeNumber()
    reason = fields.String()
    noted_by = identifier("Who.")
    noted_at = instant("When.")


class ReviewProgramme(Resource):
    """The reviews of one referral's support."""

    programme_id = identifier("The same as `id`.")
    referral_id = identifier("Its referral.")
    person_id = identifier("The person.")
    provider_id = identifier("The provider of the support.")
    council_id = identifier(COUNCIL)
    support_began_on = day("Since when support runs.")
    cycles = fields.List(fields.String(), metadata={"description": "Those that the council's policy has."})
    reviews = fields.List(fields.Nested(ReviewMeeting), metadata={"description": "Meetings held, in order."})
    asked = fields.List(fields.Nested(AskedReview))
    budget_changes = fields.List(fields.Nested(BudgetChange))
    ended_on = day("When support ended.")
    clocks = fields.List(
        fields.Nested(Clock), metadata={"description": "The reviews due; of several the strictest is flagged."}
    )
