"""Shapes of questions to the rules and their answers."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.common import COUNCIL, Asked, Flag, Told, day, identifier, words


class NewQuestion(Asked):
    """A question to the rules. Nothing is posted by it."""

    question = words(
        "Which: spend, residential-days-left ... services/ledger/README.md lists them with their facts.",
        required=True,
        longest=100,
    )
    facts = fields.Dict(
        keys=fields.String(),
        metadata={"description": "What the rule is asked about; what a named fund knows need not be given."},
    )
    on = day("The day it is asked about, and whose policy holds; today when left out.")


class RuleGround(Told):
    """One reason."""

    clause = fields.String(metadata={"description": "Empty where no clause is behind it, as for a payee on hold."})
    reason = fields.String()
    would_change = fields.String(metadata={"description": "What evidence would change it; empty when nothing would."})


class RuleReading(Told):
    """How the council's pack reads a clause that can be read in several ways."""

    name = fields.String(metadata={"description": "The value or clock of the pack."})
    clause = fields.String()
    chosen = fields.String()
    others = fields.List(fields.String())
    ours = Flag(metadata={"description": "Whether the value itself is our own and not the contract's."})


class Decision(Told):
    """The answer, with the clauses and the pack it was taken under."""

    question = fields.String(required=True)
    council_id = identifier(COUNCIL, required=True)
    fund_id = fields.String(allow_none=True, metadata={"description": "The fund it was asked about."})
    on = day("The day it was asked about.")
    policy_version = fields.String(required=True)
    answer = fields.String(required=True, metadata={"enum": ["allow", "refuse", "needs-agreement", "value"]})
    reason = fields.String()
    clauses = fields.List(fields.String())
    grounds = fields.List(fields.Nested(RuleGround))
    readings = fields.List(fields.Nested(RuleReading))
    would_change = fields.List(fields.String(), metadata={"description": "What evidence would change the answer."})
    values = fields.Dict(metadata={"description": "What was reckoned. Amounts are whole pence."})
