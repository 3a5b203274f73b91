"""Looking for referrals that could be about one person, and clearing the flags (nothing is ever merged)."""

from __future__ import annotations

from functools import partial

from services.referrals.handlers.seeing import change_seen
from services.referrals.model import duplicates
from services.referrals.model.parties import Person
from services.referrals.model.referral import Referral
from services.referrals.ports import Records, Register
from shared.clock import Clock
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause


def look_for_duplicates(
    stored: Stored[Referral],
    person: Person,
    *,
    referrals: Records[Referral],
    register: Register,
    clock: Clock,
    cause: Cause,
) -> Stored[Referral]:
    """Flags other referrals of this person that are open, and those of people with the same name, birth and postcode.

    Looks after the referral and the person are written: of two that come at once, whoever looks last sees the other.
    """
    at = clock.now()
    same_number = register.open_referrals_of(person.person_id, stored.council_id)
    found = duplicates.suspected(stored.state, same_number, because="same-number", at=at)
    key = duplicates.details_key(person)
    if key is not None:
        alike = register.referrals_of_people_like(key, stored.council_id, but=person.person_id)
        found += duplicates.suspected(stored.state, alike, because="same-details", at=at)
    known = {one.duplicate_id for one in stored.state.possible_duplicates}
    if all(one.duplicate_id in known for one in found):
        return stored
    return referrals.change(stored.id, partial(duplicates.flag, found=found), cause=cause)


def clear_possible_duplicate(
    referral_id: str,
    *,
    duplicate_id: str,
    reason: str,
    referrals: Records[Referral],
    clock: Clock,
    cause: Cause,
) -> Stored[Referral]:
    """Somebody has looked at a flag and says why it is cleared."""
    decide = partial(duplicates.clear, duplicate_id=duplicate_id, reason=reason, by=cause.actor_id, at=clock.now())
    return change_seen(referral_id, decide, referrals=referrals, cause=cause)
