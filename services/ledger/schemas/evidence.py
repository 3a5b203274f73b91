"""Evidence of entries."""

from __future__ import annotations

from marshmallow import fields, validate

from services.ledger.model.commands import AttachEvidence
from services.ledger.model.entries import EVIDENCE
from services.ledger.model.evidence import EntryEvidence, MissingEvidence
from services.ledger.schemas.common import JSON, CommandSchema, Text
from shared.dates import format_instant
from shared.messaging.aggregates import Stored
from shared.schemas import IdField


class AttachEvidenceSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    entry_id = IdField(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(EVIDENCE))
    reference = Text(required=True, shortest=1, longest=200)

    def command(self, data: JSON) -> AttachEvidence:
        return AttachEvidence(**data)


def evidence_out(stored: Stored[EntryEvidence]) -> JSON:
    """What was attached to one entry after it was posted."""
    return {
        "id": stored.id,
        "version": stored.version,
        "entry_id": stored.state.entry_id,
        "fund_id": stored.state.fund_id,
        "documents": [
            {
                "kind": document.kind,
                "reference": document.reference,
                "attached_by": document.attached_by,
                "attached_at": format_instant(document.attached_at),
            }
            for document in stored.state.documents
        ],
    }


def missing_out(missing: MissingEvidence) -> JSON:
    """A spend that no document shows."""
    entry = missing.entry
    return {
        "entry_id": entry.entry_id,
        "effective_on": entry.effective_on.isoformat(),
        "amount_pence": entry.amount.amount,
        "payee_id": entry.draft.purpose.payee_id if entry.draft.purpose else None,
        "category": entry.draft.purpose.category if entry.draft.purpose else None,
        "reference": entry.draft.reference,
        "days": missing.days,
    }
