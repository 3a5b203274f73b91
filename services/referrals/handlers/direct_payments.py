"""A direct payment that runs: its checks are programmed."""

from __future__ import annotations

from datetime import date
from functools import partial

from services.referrals.handlers.intake import CHECK_CLOCKS
from services.referrals.handlers.seeing import change_seen, seen_referral
from services.referrals.model import direct_payments
from services.referrals.model.referral import Referral
from services.referrals.ports import Records, Rules
from shared.clock import Clock
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause


def record_direct_payment(
    referral_id: str,
    *,
    implemented_on: date,
    referrals: Records[Referral],
    rules: Rules,
    clock: Clock,
    cause: Cause,
) -> Stored[Referral]:
    """The direct payment runs; programmes its checks (CE 3.2 "Early Help check")."""
    stored = seen_referral(referral_id, referrals=referrals, caller=cause.caller)
    clocks = rules.start_clocks(
        stored.council_id, CHECK_CLOCKS, record_id=referral_id, started_at=clock.now(), started_on=implemented_on
    )
    decide = partial(direct_payments.implement_direct_payment, implemented_on=implemented_on, clocks=clocks)
    return change_seen(referral_id, decide, referrals=referrals, cause=cause)
