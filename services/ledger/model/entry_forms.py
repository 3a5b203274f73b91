"""An entry as JSON values and back: how it is stored, hashed and exported. Absent values are left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from services.ledger.model.entries import Draft, Entry, Grounds, Imported, Key, Leg, Period, Posting, Purpose
from shared.dates import format_instant, parse_instant
from shared.money import Pence


def entry_as_json(entry: Entry) -> dict[str, Any]:
    """The stored form: postings as [account, amount, balance after] in whole pence."""
    draft = entry.draft
    values: dict[str, Any] = {
        "entry_id": entry.entry_id,
        "type": draft.type,
        "effective_on": draft.effective_on.isoformat(),
        "recorded_at": entry.recorded_at,
        "actor_id": entry.actor_id,
        "policy_version": draft.policy_version,
        "postings": [[each.account, each.amount.amount, each.balance_after.amount] for each in entry.postings],
    }
    for name, form in _OPTIONAL.items():
        if value := getattr(draft, name):
            values.update(form(value))
    return values


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


_OPTIONAL: Mapping[str, Callable[[Any], Mapping[str, Any]]] = {
    "reference": lambda reference: {"reference": reference},
    "evidence": lambda kind: {"evidence": kind},
    "purpose": lambda purpose: {"purpose": _purpose(purpose)},
    "period": lambda period: {"period": _days(period)},
    "grounds": lambda grounds: {"decision": _grounds(grounds)},
    "reverses": lambda entry_id: {"reverses": entry_id},
    "resolves": lambda entry_id: {"resolves": entry_id},
    "expires_on": lambda day: {"expires_on": day.isoformat()},
    "imported": lambda imported: {"imported": _imported(imported)},
    "key": lambda key: {"idempotency_key": key.key, "input_hash": key.input},
}
"""What an entry may also have, by its name in the draft, and how each is stored."""


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


def _purpose(purpose: Purpose) -> dict[str, str]:
    values = {
        "category": purpose.category,
        "payee_id": purpose.payee_id,
        "outcome_id": purpose.outcome_id,
        "delivered_by": purpose.delivered_by,
    }
    return {name: value for name, value in values.items() if value is not None}


def _grounds(grounds: Grounds) -> dict[str, str]:
    return {"clause": grounds.clause, "reason": grounds.reason}


def _imported(imported: Imported) -> dict[str, str]:
    return {"at": format_instant(imported.at), "source": imported.source}


def _imported_from(values: Mapping[str, str] | None) -> Imported | None:
    return None if values is None else Imported(at=parse_instant(values["at"]), source=values["source"])


def _days(period: Period) -> list[str]:
    return [period.from_on.isoformat(), period.to_on.isoformat()]


def _period(days: list[str] | None) -> Period | None:
    if days is None:
        return None
    from_on, to_on = (date.fromisoformat(day) for day in days)
    return Period(from_on=from_on, to_on=to_on)
