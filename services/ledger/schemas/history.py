"""Importing the earlier life of a book."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from services.ledger.model.blocks import MOST_ENTRIES, Block, posted_in
from services.ledger.model.entries import EVIDENCE
from services.ledger.model.history import ImportHistory, PastEntry
from services.ledger.schemas.common import JSON, CommandSchema, PeriodSchema, Strict, Text, optional_id
from services.ledger.schemas.entries import entry_out
from shared.schemas import DayField, IdField, InstantField, PenceField


class PastEntrySchema(Strict):
    type = fields.String(required=True, validate=validate.OneOf(("payment-in", "spend")))
    amount_pence = PenceField(required=True, minimum=1)
    effective_on = DayField(required=True)
    recorded_at = InstantField(required=True)
    reference = Text(required=True, shortest=1, longest=200)
    category = Text(longest=100, load_default="")
    payee_id = optional_id()
    outcome_id = optional_id()
    period = fields.Nested(PeriodSchema, load_default=None, allow_none=True)
    evidence = fields.String(validate=validate.OneOf(EVIDENCE), load_default="")

    @validates_schema
    def check_payee(self, data: Mapping[str, Any], **_: Any) -> None:
        if data["type"] == "spend" and not (data["payee_id"] and data["category"]):
            raise ValidationError("A spend names who was paid and its category.", "payee_id")
        if data["type"] == "payment-in" and data["payee_id"]:
            raise ValidationError("A payment in has no payee.", "payee_id")

    @post_load
    def build(self, data: JSON, **_: Any) -> PastEntry:
        return PastEntry(amount=data.pop("amount_pence"), **data)


class ImportHistorySchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    source = Text(required=True, shortest=1, longest=100)
    entries = fields.List(
        fields.Nested(PastEntrySchema), required=True, validate=validate.Length(min=1, max=MOST_ENTRIES)
    )

    def command(self, data: JSON) -> ImportHistory:
        return ImportHistory(entries=tuple(data.pop("entries")), **data)


def history_out(block: Block) -> JSON:
    """What was posted, in one block."""
    return {
        "fund_id": block.book,
        "block": {"number": block.number, "hash": block.hash},
        "items": [entry_out(posted) for posted in posted_in(block)],
    }
