"""An entry as JSON values and back: how it is stored, hashed and exported. Absent values are left out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.ledger.model.entries import Draft, Entry, Grounds, Imported, Key, Leg, Period, Posting, Purpose
from shared.dates import format_instant, parse_instant
from shared.money import Pence


def entry_as_json(entry: Entry) -> dict[str, Any]:
    """The stored form: postings as [account, amount, balance after] in whole pence."""
    draft = entry.draft
    values = {
        "entry_id": entry.entry_id,
        "type": draft.type,
        "effective_on": draft.effective_on.isoformat(),
        "recorded_at": entry.recorded_at,
        "actor_id": entry.actor_id,
        "policy_version": draft.policy_version,
        "postings": [[each.account, each.amount.amount, each.balance_after.amount] for each in entry.postings],
        "reference": draft.reference or None,
        "evidence": draft.evidence or None,
        "purpose": _purpose(draft.purpose),
        "period": _days(draft.period),
        "decision": _grounds(draft.grounds),
        "reverses": draft.reverses,
        "resolves": draft.resolves,
        "expires_on": draft.expires_on.isoformat() if draft.expires_on else None,
        "imported": _imported(draft.imported),
        "idempotency_key": draft.key.key if draft.key else None,
        "input_hash": draft.key.input if draft.key else None,
    }
    return {name: value for name, value in values.items() if value is not None}


def entry_from_json(values: Mapping[str, Any]) -> Entry:
    """The entry that was stored. Raises `KeyError`, `TypeError` or `ValueError` for anything else."""
    postings = tuple(
        Posting(account=account, amount=Pence(amount), balance_after=Pence(after))
        for account, amount, after in values["postings"]
    )
    return Entry(
        entry_id=values["entry_id"],
        recorded_at=values["recorded_at"],
        actor_id=values["actor_id"],
        draft=_draft(values, postings),
        postings=postings,
    )


def _draft(values: Mapping[str, Any], postings: tuple[Posting, ...]) -> Draft:
    key = values.get("idempotency_key")
    return Draft(
        type=values["type"],
        legs=tuple(Leg(account=each.account, amount=each.amount) for each in postings),
        effective_on=date.fromisoformat(values["effective_on"]),
        policy_version=values["policy_version"],
        reference=values.get("reference", ""),
        evidence=values.get("evidence", ""),
        purpose=Purpose(**values["purpose"]) if "purpose" in values else None,
        period=_period(values.get("period")),
        grounds=Grounds(**values["decision"]) if "decision" in values else None,
        reverses=values.get("reverses"),
        resolves=values.get("resolves"),
        expires_on=date.fromisoformat(values["expires_on"]) if "expires_on" in values else None,
        recorded_at=values["recorded_at"] if "imported" in values else None,
        imported=_imported_from(values.get("imported")),
        key=Key(key=key, input=values["input_hash"]) if key else None,
    )


def _purpose(purpose: Purpose | None) -> dict[str, str] | None:
    if purpose is None:
        return None
    values = {
        "category": purpose.category,
        "payee_id": purpose.payee_id,
        "outcome_id": purpose.outcome_id,
        "delivered_by": purpose.delivered_by,
    }
    return {name: value for name, value in values.items() if value is not None}


def _grounds(grounds: Grounds | None) -> dict[str, str] | None:
    return None if grounds is None else {"clause": grounds.clause, "reason": grounds.reason}


def _imported(imported: Imported | None) -> dict[str, str] | None:
    return None if imported is None else {"at": format_instant(imported.at), "source": imported.source}


def _imported_from(values: Mapping[str, str] | None) -> Imported | None:
    return None if values is None else Imported(at=parse_instant(values["at"]), source=values["source"])


def _days(period: Period | None) -> list[str] | None:
    return None if period is None else [period.from_on.isoformat(), period.to_on.isoformat()]


def _period(days: list[str] | None) -> Period | None:
    if days is None:
        return None
    from_on, to_on = (date.fromisoformat(day) for day in days)
    return Period(from_on=from_on, to_on=to_on)
