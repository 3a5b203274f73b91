"""The waiting list: placing a referral on it, and saying where each stands and why (CE 4.8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.referrals.handlers.seeing import change_seen, seen_referral
from services.referrals.model import waiting
from services.referrals.model.parties import Person
from services.referrals.model.referral import Referral
from services.referrals.model.waiting import Place
from services.referrals.ports import Records, Register, Rules
from shared.clock import Clock
from shared.dates import london_day
from shared.errors import invalid
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause


@dataclass(frozen=True, kw_only=True)
class WaitingLine:
    """One line of the list: the referral, where it stands, and the person, whose details CE 4.8 asks for."""

    referral: Stored[Referral]
    place: Place
    person: Person | None = None


def place_on_waiting_list(
    referral_id: str,
    *,
    reason: str,
    delay_reason: str | None,
    criteria: tuple[str, ...],
    referrals: Records[Referral],
    register: Register,
    rules: Rules,
    clock: Clock,
    cause: Cause,
) -> Stored[Referral]:
    """Places the referral on the waiting list, or writes anew why it waits; reasons and criteria are the policy's."""
    at = clock.now()
    stored = seen_referral(referral_id, referrals=referrals, caller=cause.caller)
    council_id, rows = stored.council_id, rules.waiting_criteria(stored.council_id, at)
    if delay_reason is not None:
        _check_known("delay_reason", [delay_reason], rules.delay_reasons(council_id, at))
    _check_known("criteria", criteria, waiting.judged_criteria(rows))
    others = register.referrals_waiting(council_id, in_contract=stored.state.in_contract)
    decide = partial(
        waiting.place_on_waiting_list,
        reason=reason,
        delay_reason=delay_reason,
        criteria=criteria,
        others=[one.state for one in others],
        rows=rows,
        policy=rules.version(council_id, at),
        by=cause.actor_id,
        at=at,
    )
    return change_seen(referral_id, decide, referrals=referrals, cause=cause)


def waiting_places(
    council_id: str, *, in_contract: bool, register: Register, rules: Rules, clock: Clock
) -> list[tuple[Stored[Referral], Place]]:
    """A council's whole list in its order. Those outside the contract are not on the contract's list (CE 1.1)."""
    now = clock.now()
    stored = {one.id: one for one in register.referrals_waiting(council_id, in_contract=in_contract)}
    rows = rules.waiting_criteria(council_id, now)
    ordered = waiting.places((one.state for one in stored.values()), rows, on=london_day(now))
    return [(stored[referral.referral_id], place) for referral, place in ordered]


def place_of(stored: Stored[Referral], *, register: Register, rules: Rules, clock: Clock) -> Place | None:
    """Where a referral stands on its list; nowhere when it doesn't wait."""
    if stored.state.status != "waiting":
        return None
    listed = waiting_places(
        stored.council_id, in_contract=stored.state.in_contract, register=register, rules=rules, clock=clock
    )
    return next((place for one, place in listed if one.id == stored.id), None)


def waiting_lines(places: Sequence[tuple[Stored[Referral], Place]], *, persons: Records[Person]) -> list[WaitingLine]:
    """The lines with who waits."""
    return [
        WaitingLine(referral=stored, place=place, person=persons.get(stored.state.person_id).state)
        for stored, place in places
    ]


def _check_known(field: str, given: Sequence[str], known: Sequence[str]) -> None:
    for value in given:
        if value not in known:
            said: Any = ", ".join(known) or "none"
            raise invalid(field, "policy", f"{value} is not in the council's policy; known: {said}")
