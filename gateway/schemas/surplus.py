"""Shapes: surpluses, and the end of an agreement. Amounts are whole pence."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.clocks import Clock
from gateway.schemas.common import COUNCIL, Asked, Page, Resource, day, identifier, instant, one_of
from gateway.schemas.common import pence as pence_of
from gateway.schemas.common import words as text
from gateway.schemas.ledger import EVIDENCE
from shared.schemas import DayField


class SurplusReport(Asked):
    """That a fund has a surplus; the ledger says how much."""


class SurplusWords(Asked):
    """What is said of a surplus."""

    words = text("In plain words.", required=True)


class SurplusRuling(Asked):
    """What a named officer decides (CP 9.5)."""

    keep = fields.Boolean(
        required=True,
        truthy={True},
        falsy={False},
        metadata={"description": "Whether the money stays, for the reason given."},
    )
    reason = text("Why.", required=True, longest=1000)


class SurplusReturn(Asked):
    """That what was ordered has come back."""

    returned_on = day("When; today when left out.")
    reference = text("The payment's reference.", longest=200)
    evidence = one_of("What proves it (CP 9.5).", EVIDENCE)


class Surplus(Resource):
    """A surplus, from its being told to its end."""

    council_id = identifier(COUNCIL)
    fund_id = identifier("The fund.")
    state = fields.String(
        metadata={"enum": ["told", "noticed", "replied", "ordered", "kept", "challenged", "returned", "lapsed"]}
    )
    opened_at = instant("When it was told.")
    in_hand_pence = pence_of("In hand then.")
    over_pence = pence_of("Above the limit then.")
    clause = fields.String()
    policy_version = fields.String()
    notice = fields.Dict(allow_none=True)
    reply_by_on = DayField(allow_none=True, metadata={"description": "Until when it may be answered."})
    reply = fields.Dict(allow_none=True)
    challenge = fields.Dict(allow_none=True)
    rulings = fields.List(fields.Dict(), metadata={"description": "Each decision, by whom, why; the last one holds."})
    returned_pence = pence_of("What has come back.")
    entry_id = fields.String(allow_none=True)


class NewTermination(Asked):
    """The end of a provider's agreement, for all its people (CP 4.7)."""

    council_id = identifier(COUNCIL, required=True)
    provider_id = identifier("The provider.", required=True)
    terminated_on = day("When.", required=True)
    by_party = one_of("Who terminated it.", ("council", "provider"), required=True)
    reason = text("Why.", longest=1000)


class NewRepayment(Asked):
    """That a fund's whole balance came back."""

    fund_id = identifier("The fund.", required=True)
    repaid_on = day("When; today when left out.")
    reference = text("The payment's reference.", longest=200)
    evidence = one_of("What proves it (CP 9.5).", EVIDENCE)


class NewSettlement(Asked):
    """That the council paid what it owed; nought where it owed nothing."""

    amount_pence = pence_of("What was paid.", required=True, minimum=0)
    settled_on = day("When; today when left out.")
    reference = text("The payment's reference.", longest=200)


class Termination(Resource):
    """The end of a provider's agreement, and what has still to be repaid."""

    council_id = identifier(COUNCIL)
    provider_id = identifier("The provider.")
    terminated_on = day("When.")
    by_party = fields.String()
    reason = fields.String()
    clause = fields.String()
    outstanding = fields.List(fields.Dict(), metadata={"description": "The funds that hold money still, and how much."})
    repayments = fields.List(fields.Dict())
    all_repaid_on = DayField(allow_none=True)
    settlement = fields.Dict(allow_none=True)
    clocks = fields.List(fields.Nested(Clock))


class TerminationFilter(Page):
    """Which terminations to list."""

    council_id = identifier(COUNCIL)
