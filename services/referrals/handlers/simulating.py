"""What a pack would change for a referral that is there, its clocks apart, looked at before it is published."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from services.referrals.model.effects import referral_effects
from services.referrals.model.parties import Person
from services.referrals.model.referral import Referral
from shared.messaging.aggregates import Stored
from shared.policy.effects import Effect
from shared.policy.simulating import Trial


def effects_on(stored: Stored[Referral], *, trial: Trial, person: Callable[[str], Person | None]) -> Iterator[Effect]:
    """What would be otherwise for one referral, its clocks apart."""
    referral = stored.state
    yield from referral_effects(referral, person(referral.person_id), before=trial.before, after=trial.pack)
