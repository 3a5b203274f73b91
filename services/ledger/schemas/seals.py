"""Seals of all books, and what shows that one of them is under a seal."""

from __future__ import annotations

from services.ledger.model.seals import Inclusion, Seal
from services.ledger.schemas.common import JSON, CommandSchema, Paged, Strict, optional_id
from shared.dates import format_instant
from shared.schemas import IdField


class MakeSealSchema(CommandSchema):
    """Nothing is asked beyond the seal itself."""

    def command(self, data: JSON) -> None:
        return None


class ListSeals(Paged):
    """Which seals."""


class InclusionAsked(Strict):
    fund_id = IdField(data_key="id", required=True)
    seal_id = optional_id()


def seal_out(seal: Seal) -> JSON:
    """A seal as callers see it; it tells nothing of whose books are under it."""
    return {
        "id": seal.seal_id,
        "number": seal.number,
        "root": seal.root,
        "previous_root": seal.previous_root,
        "books": seal.books,
        "made_at": format_instant(seal.made_at),
        "made_by": seal.made_by,
        "next_at": format_instant(seal.next_at) if seal.next_at else None,
    }


def inclusion_out(inclusion: Inclusion) -> JSON:
    """The leaf, the path and the seal that they lead to."""
    leaf = inclusion.leaf
    return {
        "fund_id": leaf.book,
        "head": {"number": leaf.number, "hash": leaf.hash},
        "path": [{"side": step.side, "hash": step.hash} for step in inclusion.path],
        "seal": seal_out(inclusion.seal),
    }
