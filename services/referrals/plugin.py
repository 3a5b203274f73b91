"""What the platform needs to know of referrals to run it."""

from __future__ import annotations

from services.referrals.store import CLOCK_BEARING, COLLECTIONS
from shared.events.agencies import AGENCY
from shared.events.casework import CASEWORK
from shared.events.complaints import COMPLAINT
from shared.events.direct_payments import DIRECT_PAYMENT
from shared.events.intake import RESULT
from shared.events.notifications import NOTIFICATION
from shared.events.policy import POLICY
from shared.events.referrals import CONTACT, PROVIDER, REFERRAL
from shared.events.reviews import REVIEW
from shared.events.whistleblowing import WHISTLEBLOWING
from shared.plugins.points import ServicePlugin
from shared.policy.clock_list import CLOCKS
from shared.policy.keeping_packs import POLICY_PACKS
from shared.policy.recalculating import RECALCULATIONS

PLUGIN = ServicePlugin(
    name="referrals",
    about="takes referrals in, answers them in time, offers them to providers, programmes checks",
    service_class="services.referrals.service:ReferralsService",
    publishes=(
        REFERRAL,
        PROVIDER,
        DIRECT_PAYMENT,
        REVIEW,
        AGENCY,
        COMPLAINT,
        CASEWORK,
        WHISTLEBLOWING,
        CONTACT,
        RESULT,
        POLICY,
    ),
    handles=(
        REFERRAL,
        DIRECT_PAYMENT,
        AGENCY,
        CASEWORK,
        NOTIFICATION,
    ),
    collections=(*COLLECTIONS, POLICY_PACKS, RECALCULATIONS, CLOCKS),
    outboxes=tuple(collection.name for collection in (*COLLECTIONS, POLICY_PACKS, RECALCULATIONS)),
    clocks=tuple(collection.name for collection in CLOCK_BEARING),
    pages=(("referral-process.md", "services.referrals.process_map:process_map"),),
    settings="services.referrals.settings:ReferralSettings",
    life="services.referrals.model.life:STEPS",
)
