"""What a contract wants told at once, and changes in monitoring (CE 7.3, 7.9, 8.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from services.referrals.handlers.cases import (
    CaseDesk,
    about,
    act,
    begun,
    change_case,
    not_later_than_today,
    past_or_now,
)
from services.referrals.handlers.casework import Noted
from services.referrals.model import contract_notices as model
from services.referrals.model.contract_notices import CLOCKS, ContractNotice, Kind
from shared.errors import PolicyIncomplete, invalid
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause


@dataclass(frozen=True, kw_only=True)
class NewContractNotice:
    """What happened, or what changes."""

    council_id: str
    kind: Kind
    text: str
    known_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ChangeEffective:
    """From when a change holds."""

    id: str
    effective_on: date
    note: str = ""


def record_contract_notice(given: NewContractNotice, *, desk: CaseDesk, cause: Cause) -> Stored[ContractNotice]:
    """It is known, or announced; its clock runs from then.

    Raises `NotFound`, `Invalid`, and `PolicyIncomplete` where the council's contract has no such notice.
    """
    known = about(council_id=given.council_id, person_id=None, referral_id=None, desk=desk, cause=cause)
    known_at = past_or_now(given.known_at, "known_at", desk=desk)
    if not given.text.strip():
        raise invalid("text", "required", "say what happened, or what changes")
    record_id, name = cause.new_id("ntc"), CLOCKS[given.kind]
    clocks = desk.rules.clocks(known.council_id, [name], record_id=record_id, started_at=known_at)
    if not clocks:
        raise PolicyIncomplete(f"policy incomplete: {known.council_id} {name}")
    notice = ContractNotice(
        **begun(known, record_id, desk=desk, cause=cause), kind=given.kind, text=given.text, known_at=known_at
    )
    return desk.notices.create(record_id, model.record(notice, clocks), council_id=known.council_id, cause=cause)


def tell_contract_notice(given: Noted, *, desk: CaseDesk, cause: Cause) -> Stored[ContractNotice]:
    """The council is told. Raises `StepNotPossible`."""
    decide = partial(model.tell, act=act("tell", note=given.note, desk=desk, cause=cause))
    return change_case(given.id, decide, records=desk.notices, cause=cause)


def take_effect_of_change(given: ChangeEffective, *, desk: CaseDesk, cause: Cause) -> Stored[ContractNotice]:
    """A change in monitoring takes effect, no sooner than its notice has run (CE 7.3(h)). Raises `StepNotPossible`, `Invalid`."""
    not_later_than_today("effective_on", given.effective_on, desk=desk)
    taken = act("take_effect", note=given.note, desk=desk, cause=cause)
    decide = partial(model.take_effect, act=taken, effective_on=given.effective_on)
    return change_case(given.id, decide, records=desk.notices, cause=cause)
