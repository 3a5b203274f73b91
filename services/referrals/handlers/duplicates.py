"""Looking for referrals that could be about one person, and clearing the flags (nothing is ever merged)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from services.referrals.handlers.seeing import change_seen
from services.referrals.model import duplicates
from services.referrals.model.duplicates import Alike
from services.referrals.model.parties import Person
from services.referrals.model.referral import Referral
from services.referrals.ports import Records, Register
from shared.clock import Clock
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause

THIS_SERVICE = "service:referrals"
MOST_FLAGS = 20
"""Open flags that one referral gets for the same number, and for the same details: each is an event, and somebody's to clear."""


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

    Of each kind some are flagged; how many more there are is written beside them, and they come up as flags are cleared.
    Looks after the referral and the person are written: of two that come at once, whoever looks last sees the other.
    """
    at, most = clock.now(), duplicates.looked_at_once(stored.state, MOST_FLAGS)
    same_number = register.open_referrals_beside(stored.state, stored.council_id, most=most)
    same_details = Alike()
    key = duplicates.details_key(person)
    if key is not None:
        same_details = register.referrals_of_people_like(key, stored.council_id, but=person.person_id, most=most)
    found = duplicates.suspected(stored.state, same_number.some, because="same-number", at=at)
    found += duplicates.suspected(stored.state, same_details.some, because="same-details", at=at)
    alike = (same_number, same_details)
    if not duplicates.is_news(stored.state, found, alike):
        return stored
    return referrals.change(stored.id, partial(duplicates.flag, found=found, alike=alike), cause=cause)


def of_the_platform(cause: Cause) -> Cause:
    """Flags are the platform's own doing, in the story of what led to them."""
    return replace(cause, actor_id=THIS_SERVICE, caller=None, command=None, incoming=None, expected_version=None)


def clear_possible_duplicate(
    referral_id: str,
    *,
    duplicate_id: str,
    reason: str,
    referrals: Records[Referral],
    persons: Records[Person],
    register: Register,
    clock: Clock,
    cause: Cause,
) -> Stored[Referral]:
    """Somebody has looked at a flag and says why it is cleared. Where there were more than are flagged, the next comes up."""
    decide = partial(duplicates.clear, duplicate_id=duplicate_id, reason=reason, by=cause.actor_id, at=clock.now())
    stored = change_seen(referral_id, decide, referrals=referrals, cause=cause)
    if not stored.state.more_duplicates:
        return stored
    person = persons.get(stored.state.person_id).state
    own = of_the_platform(cause)
    return look_for_duplicates(stored, person, referrals=referrals, register=register, clock=clock, cause=own)
