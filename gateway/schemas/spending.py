"""Shapes of refused spends, agreement to them, and evidence of entries."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.common import Asked, Resource, Told, day, identifier, instant, one_of, pence, words
from gateway.schemas.ledger import EVIDENCE


class RefusedSpend(Resource):
    """A spend that was asked for and not allowed."""

    fund_id = identifier("The fund.")
    category = fields.String()
    payee_id = fields.String()
    amount_pence = pence("Amount.")
    outcome = fields.String(metadata={"enum": ["refuse", "needs_agreement"]})
    clause = fields.String(metadata={"description": "Empty for a payee on hold."})
    reason = fields.String()
    would_change = fields.String(metadata={"description": "What evidence would change it; empty when nothing would."})
    agreed_by = fields.String(allow_none=True, metadata={"description": "The entry that was posted on an agreement."})
    policy_version = fields.String()
    asked_by = fields.String()
    asked_at = instant("When it was asked for.")


class SpendAgreement(Asked):
    """Somebody's agreement to a spend that needed it."""

    reason = words("Why it is agreed.", required=True, longest=500)
    reference = words("Where the written agreement is kept (CP 6.17(h) asks for one).", longest=200)


class NewEvidence(Asked):
    """A document that shows an entry (CP 9.5)."""

    kind = one_of("What kind of document.", EVIDENCE, required=True)
    reference = words("Its number, or where it is kept.", required=True, longest=200)


class EvidenceDocument(Told):
    """One document."""

    kind = fields.String(metadata={"enum": list(EVIDENCE)})
    reference = fields.String()
    attached_by = fields.String()
    attached_at = instant("When.")


class EntryEvidence(Resource):
    """What was attached to one entry after it was posted. The entry itself stays as it was."""

    entry_id = identifier("The entry.")
    fund_id = identifier("The fund.")
    documents = fields.List(fields.Nested(EvidenceDocument))


class MissingEvidence(Told):
    """A spend that no document shows."""

    entry_id = identifier("The entry.")
    effective_on = day("The day it counts from.")
    amount_pence = pence("Amount.")
    payee_id = fields.String(allow_none=True)
    category = fields.String(allow_none=True)
    reference = fields.String()
    days = fields.Integer(metadata={"description": "How many days it has been without."})
