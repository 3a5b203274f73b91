"""What is asked of a book: its balance, a statement, its proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from services.ledger.model.verification import Anchor, Proof
from services.ledger.schemas.common import JSON, ById, optional_day
from shared.schemas import DayField, InstantField


class BalanceAsked(ById):
    as_of = optional_day()
    known_at = InstantField(load_default=None, allow_none=True)


class StatementAsked(ById):
    from_on = DayField(data_key="from", load_default=None, allow_none=True)
    to_on = DayField(data_key="to", load_default=None, allow_none=True)


@dataclass(frozen=True, kw_only=True)
class ProofRequest:
    """Whose book to prove, and the head it must still hold, if one was told earlier."""

    fund_id: str
    anchors: tuple[Anchor, ...]


class ProofAsked(ById):
    head_number = fields.Integer(strict=True, load_default=None, allow_none=True, validate=validate.Range(min=1))
    head_hash = fields.String(load_default=None, allow_none=True, validate=validate.Regexp(r"^[0-9a-f]{64}\Z"))

    @validates_schema
    def check_head(self, data: Mapping[str, Any], **_: Any) -> None:
        if (data["head_number"] is None) != (data["head_hash"] is None):
            raise ValidationError("Give the head's number together with its hash.", "head_hash")

    @post_load
    def build(self, data: JSON, **_: Any) -> ProofRequest:
        fund_id, number, told = data["fund_id"], data["head_number"], data["head_hash"]
        anchors = () if number is None else (Anchor(book=fund_id, number=number, hash=told),)
        return ProofRequest(fund_id=fund_id, anchors=anchors)


def proof_out(fund_id: str, proof: Proof) -> JSON:
    """What was read and what, if anything, does not hold."""
    return {
        "fund_id": fund_id,
        "holds": not proof.findings,
        "in_balance": proof.in_balance,
        "blocks": proof.blocks,
        "entries": proof.entries,
        "head": {"number": proof.head_number, "hash": proof.head_hash},
        "findings": [{"number": finding.number, "what": finding.what} for finding in proof.findings],
    }
