"""What the records of case work have in common: whom they are about, who sees them, and how a step leads on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.referrals.errors import StepNotPossible
from services.referrals.model.referral import is_staff, sees_outside_contract
from shared.context import Caller


@dataclass(frozen=True, kw_only=True)
class CaseRecord:
    """Whom a record is about, and who made it. `outside_contract` is a self-funder's, which the council does not see (CE 1.4).

    `provider_id` is the organisation that made it, if one did; it sees its own records. `shown_to_id` is the person who
    may read it as theirs, which what others say of a person is not.
    """

    record_id: str
    person_id: str | None = None
    referral_id: str | None = None
    provider_id: str | None = None
    shown_to_id: str | None = None
    outside_contract: bool = False
    recorded_by: str
    recorded_at: datetime
    policy: str = ""


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something that somebody did with a record. `note` is for those who read the record; it is never told on."""

    step: str
    at: datetime
    by: str
    note: str = ""


def is_case_shown(caller: Caller, record: CaseRecord) -> bool:
    """A person sees what is theirs, a provider what it recorded; staff what is in scope, and the council's staff
    nothing that lies outside the contract (CE 1.4).
    """
    if caller.organisation_id is not None:
        return record.provider_id == caller.organisation_id
    if is_staff(caller):
        return not record.outside_contract or sees_outside_contract(caller)
    return record.shown_to_id is not None and record.shown_to_id == caller.actor_id


def next_status(table: Mapping[str, Mapping[str, str]], status: str, step: str, what: str) -> str:
    """The status that a step leads to. Raises `StepNotPossible`, naming the steps that are."""
    reached = table[status].get(step)
    if reached is None:
        possible = ", ".join(sorted(table[status])) or "none"
        raise StepNotPossible(f"a {what} that is {status} cannot {step}; possible now: {possible}")
    return reached
