"""What the platform needs to know of notifications to run it."""

from __future__ import annotations

from services.notifications.store import COLLECTIONS, DELIVERIES, NOTIFICATIONS, WEBHOOKS
from shared.events.casework import CASEWORK
from shared.events.complaints import COMPLAINT
from shared.events.direct_payments import DIRECT_PAYMENT
from shared.events.ledger import FUND, SPEND
from shared.events.notifications import NOTIFICATION
from shared.events.pa_registry import PA_CONTACT, PERSONAL_ASSISTANT
from shared.events.policy import POLICY
from shared.events.referrals import CONTACT, REFERRAL
from shared.events.reviews import REVIEW
from shared.events.safeguarding import CONCERN
from shared.events.webhooks import DELIVERY, WEBHOOK
from shared.events.whistleblowing import WHISTLEBLOWING
from shared.plugins.points import ServicePlugin
from shared.policy.keeping_packs import POLICY_PACKS

PLUGIN = ServicePlugin(
    name="notifications",
    about="tells each party by the channel they chose, never by one marked unsafe",
    service_class="services.notifications.service:NotificationsService",
    publishes=(NOTIFICATION, WEBHOOK, DELIVERY),
    handles=(
        CONTACT,
        PA_CONTACT,
        REFERRAL,
        DIRECT_PAYMENT,
        REVIEW,
        COMPLAINT,
        CASEWORK,
        WHISTLEBLOWING,
        PERSONAL_ASSISTANT,
        FUND,
        SPEND,
        CONCERN,
        POLICY,
    ),
    collections=(*COLLECTIONS, POLICY_PACKS),
    outboxes=(NOTIFICATIONS.name, WEBHOOKS.name, DELIVERIES.name),
    settings="services.notifications.settings:NotificationSettings",
)
