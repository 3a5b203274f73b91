"""Entries on a book, and their correction."""

from __future__ import annotations

from services.ledger.model.blocks import Posted
from services.ledger.model.chart import side_of
from services.ledger.model.commands import ReverseEntry
from services.ledger.model.entries import Entry
from services.ledger.schemas.common import JSON, CommandSchema, Paged, Strict, Text, optional_day, period_out
from shared.dates import format_instant
from shared.money import ZERO
from shared.schemas import IdField


class ReverseEntrySchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    entry_id = IdField(required=True)
    reason = Text(required=True, shortest=1, longest=500)
    effective_on = optional_day()

    def command(self, data: JSON) -> ReverseEntry:
        return ReverseEntry(**data)


class ListEntries(Paged):
    fund_id = IdField(data_key="id", required=True)


class OneEntry(Strict):
    fund_id = IdField(data_key="id", required=True)
    entry_id = IdField(required=True)


def entry_out(posted: Posted) -> JSON:
    """A posted entry as callers see it, with the money in hand after it."""
    entry = posted.entry
    return {
        "id": entry.entry_id,
        "entry_id": entry.entry_id,
        "type": entry.type,
        "words": entry.words,
        "effective_on": entry.effective_on.isoformat(),
        "recorded_at": format_instant(entry.recorded_at),
        "actor_id": entry.actor_id,
        "amount_pence": entry.amount.amount,
        "balance_pence": posted.in_hand.amount,
        "reference": entry.draft.reference,
        "evidence": entry.draft.evidence,
        "policy_version": entry.draft.policy_version,
        "reverses": entry.draft.reverses,
        "resolves": entry.draft.resolves,
        "imported": _imported_out(entry),
        "expires_on": entry.draft.expires_on.isoformat() if entry.draft.expires_on else None,
        "clause": entry.draft.grounds.clause if entry.draft.grounds else "",
        "reason": entry.draft.grounds.reason if entry.draft.grounds else "",
        "period": period_out(entry.draft.period),
        **_purpose_out(entry),
        "postings": _postings_out(entry),
    }


def entry_alone_out(entry: Entry) -> JSON:
    """An entry away from its neighbours, so that the money in hand after it is not told."""
    shown = entry_out(Posted(entry=entry, in_hand=ZERO))
    del shown["balance_pence"]
    return shown


def _imported_out(entry: Entry) -> JSON | None:
    imported = entry.draft.imported
    return None if imported is None else {"at": format_instant(imported.at), "source": imported.source}


def _purpose_out(entry: Entry) -> JSON:
    purpose = entry.draft.purpose
    return {
        "category": purpose.category if purpose else None,
        "payee_id": purpose.payee_id if purpose else None,
        "outcome_id": purpose.outcome_id if purpose else None,
    }


def _postings_out(entry: Entry) -> list[JSON]:
    return [
        {
            "account": posting.account,
            "amount_pence": posting.amount.amount,
            "side": side_of(posting.amount),
            "balance_after_pence": posting.balance_after.amount,
        }
        for posting in entry.postings
    ]
