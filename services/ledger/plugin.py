"""What the platform needs to know of the ledger to run it."""

from __future__ import annotations

from services.ledger.store import COLLECTIONS, TELLING
from shared.events.ledger import FUND, JOURNAL, PAYMENT_RUN, SPEND
from shared.events.policy import POLICY
from shared.events.referrals import REFERRAL
from shared.events.reviews import REVIEW
from shared.events.safeguarding import RESTRICTION
from shared.messaging.processes import PROCESSES
from shared.plugins.points import ServicePlugin
from shared.policy.keeping_packs import POLICY_PACKS

PLUGIN = ServicePlugin(
    name="ledger",
    about="keeps each person's fund in a book of its own that balances and proves itself",
    service_class="services.ledger.service:LedgerService",
    publishes=(FUND, JOURNAL, SPEND, PAYMENT_RUN),
    handles=(REFERRAL, REVIEW, RESTRICTION, POLICY),
    collections=(*COLLECTIONS, PROCESSES, POLICY_PACKS),
    outboxes=tuple(collection.name for collection in TELLING),
    settings="services.ledger.settings:LedgerSettings",
)
