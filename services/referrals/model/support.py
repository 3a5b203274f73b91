"""Support by the provider that the person chose begins."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from services.referrals.errors import StepNotPossible
from services.referrals.model.referral import Referral, moved
from shared.events.referrals import SupportStarted
from shared.messaging.aggregates import Decision
from shared.policy.keeping import stop

URGENT_START = "C6"


def start_support(referral: Referral, *, began_on: date, at: datetime) -> Decision[Referral]:
    """The chosen provider's support begins (CP 3.2.5); an urgent start has been made in time, or late (CP 6.4).

    Raises `StepNotPossible`.
    """
    if referral.provider_id is None:
        raise StepNotPossible("no provider has been chosen; a direct payment is implemented instead")
    kept = stop(referral.clocks, at=at, rules=(URGENT_START,))
    told = SupportStarted(
        referral_id=referral.referral_id,
        person_id=referral.person_id,
        provider_id=referral.provider_id,
        began_on=began_on,
    )
    state = replace(moved(referral, "implement"), implemented_on=began_on, clocks=kept.clocks)
    return Decision(state=state, events=[told, *kept.events])
