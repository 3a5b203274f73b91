"""What the platform needs to know of the ledger to run it."""

from __future__ import annotations

from services.ledger.store import COLLECTIONS, TELLING
from services.ledger.store.life import CLOCK_BEARING
from shared.events.ledger import FEE, FUND, JOURNAL, PAYMENT_RUN, SPEND
from shared.events.policy import POLICY
from shared.events.referrals import REFERRAL
from shared.events.reviews import REVIEW
from shared.events.safeguarding import RESTRICTION
from shared.messaging.processes import PROCESSES
from shared.plugins.points import ServicePlugin
from shared.policy.clock_list import CLOCKS
from shared.policy.keeping_packs import POLICY_PACKS
from shared.policy.recalculating import RECALCULATIONS

PLUGIN = ServicePlugin(
    name="ledger",
    about="keeps each person's fund in a book of its own that balances and proves itself",
    service_class="services.ledger.service:LedgerService",
    publishes=(FUND, JOURNAL, SPEND, PAYMENT_RUN, FEE),
    handles=(REFERRAL, REVIEW, RESTRICTION, POLICY, FUND, JOURNAL),
    collections=(*COLLECTIONS, PROCESSES, POLICY_PACKS, RECALCULATIONS, CLOCKS),
    outboxes=tuple(collection.name for collection in (*TELLING, POLICY_PACKS, RECALCULATIONS)),
    clocks=tuple(collection.name for collection in CLOCK_BEARING),
    settings="services.ledger.settings:LedgerSettings",
)
