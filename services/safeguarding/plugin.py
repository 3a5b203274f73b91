"""What the platform needs to know of safeguarding to run it."""

from __future__ import annotations

from services.safeguarding.store import COLLECTIONS
from shared.events.policy import POLICY
from shared.events.safeguarding import ALERT, CONCERN, RESTRICTION
from shared.plugins.points import ServicePlugin
from shared.policy.keeping_packs import POLICY_PACKS

PLUGIN = ServicePlugin(
    name="safeguarding",
    about="takes concerns, alerts the safeguarding team until someone has it in hand, restricts those alleged",
    service_class="services.safeguarding.service:SafeguardingService",
    publishes=(CONCERN, RESTRICTION, ALERT),
    handles=(CONCERN, POLICY),
    collections=(*COLLECTIONS, POLICY_PACKS),
    outboxes=tuple(collection.name for collection in COLLECTIONS),
)
