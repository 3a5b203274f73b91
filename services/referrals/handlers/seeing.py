"""What a caller may see: what it may not see does not exist for it, whether it reads or changes."""

from __future__ import annotations

from collections.abc import Callable

from services.referrals.model.referral import Referral, is_shown_to
from services.referrals.ports import Records
from shared.context import Caller
from shared.errors import NotFound
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause


def seen_referral(referral_id: str, *, referrals: Records[Referral], caller: Caller | None) -> Stored[Referral]:
    """One referral. Raises `NotFound`, also for one that this caller may not see."""
    stored = referrals.get(referral_id, caller=caller)
    if caller is not None and not is_shown_to(caller, stored.state):
        raise NotFound(f"there is no referral {referral_id}")
    return stored


def change_seen(
    referral_id: str, decide: Callable[[Referral], Decision[Referral]], *, referrals: Records[Referral], cause: Cause
) -> Stored[Referral]:
    """Changes a referral that the caller may see. Raises `NotFound` otherwise, and what `decide` raises."""
    seen_referral(referral_id, referrals=referrals, caller=cause.caller)
    return referrals.change(referral_id, decide, cause=cause)
