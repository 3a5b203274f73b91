"""A direct payment that runs: its checks are due from then on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from services.referrals.model.clocks import started
from services.referrals.model.referral import Referral, moved
from shared.events.referrals import DirectPaymentImplemented
from shared.messaging.aggregates import Decision
from shared.policy.running import RunningClock


def implement_direct_payment(
    referral: Referral, *, implemented_on: date, clocks: Sequence[RunningClock]
) -> Decision[Referral]:
    """The direct payment runs; its checks are due from now (CE 3.2 "Early Help check"). Raises `StepNotPossible`."""
    told = DirectPaymentImplemented(
        referral_id=referral.referral_id, person_id=referral.person_id, implemented_on=implemented_on
    )
    implemented, started_clocks = started(moved(referral, "implement"), clocks)
    return Decision(state=replace(implemented, implemented_on=implemented_on), events=[told, *started_clocks])
