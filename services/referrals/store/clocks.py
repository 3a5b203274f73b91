"""The service's collections with clocks: when each falls due, and who sees which."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from services.referrals.model.cases import is_case_shown
from services.referrals.model.direct_payments import is_payment_shown_to
from services.referrals.model.referral import is_shown_to
from services.referrals.model.reviews import is_programme_shown_to
from services.referrals.store.case_lists import CaseLists
from services.referrals.store.casework import MESSAGES
from services.referrals.store.complaints import COMPLAINTS
from services.referrals.store.contract import CONTRACT_DUTIES, CONTRACT_NOTICES
from services.referrals.store.direct_payments import DIRECT_PAYMENTS
from services.referrals.store.questions import ReferralStore
from services.referrals.store.referrals import REFERRALS
from services.referrals.store.reviews import REVIEW_PROGRAMMES
from shared.context import Caller
from shared.messaging.aggregates import Aggregates
from shared.policy.clock_keeper import ClockBearing
from shared.policy.keeping import clocks_due

CLOCK_BEARING = (
    REFERRALS,
    DIRECT_PAYMENTS,
    COMPLAINTS,
    MESSAGES,
    REVIEW_PROGRAMMES,
    CONTRACT_DUTIES,
    CONTRACT_NOTICES,
)
"""Every collection of records with clocks; `bearing` has one entry for each."""
CLOCKS_DUE = tuple(clocks_due(collection) for collection in CLOCK_BEARING)


def bearing(store: ReferralStore, cases: CaseLists) -> tuple[ClockBearing[Any], ...]:
    """What the keeper needs to know of each."""
    of = partial(_of_case, store)
    return (
        ClockBearing(prefix="ref", records=store.referrals, is_shown=is_shown_to, worker_of=lambda one: one.worker_id),
        of("dpy", store.direct_payments, is_payment_shown_to),
        of("rvp", store.review_programmes, is_programme_shown_to),
        of("cmp", cases.complaints, is_case_shown),
        of("msg", cases.messages, is_case_shown),
        of("ctr", cases.duties, is_case_shown),
        of("ntc", cases.notices, is_case_shown),
    )


def _of_case(
    store: ReferralStore, prefix: str, records: Aggregates[Any], is_shown: Callable[[Caller, Any], bool]
) -> ClockBearing[Any]:
    """Records that belong to a referral: its designated worker is theirs."""

    def worker_of(record: Any) -> str | None:
        return store.worker_of(record.referral_id)

    return ClockBearing(prefix=prefix, records=records, is_shown=is_shown, worker_of=worker_of)
