"""What the platform needs to know of safeguarding to run it."""

from __future__ import annotations

from services.safeguarding.store import COLLECTIONS
from shared.events.safeguarding import ALERT, CONCERN, RESTRICTION
from shared.plugins.points import ServicePlugin

PLUGIN = ServicePlugin(
    name="safeguarding",
    about="takes concerns, alerts the safeguarding team until someone has it in hand, restricts those alleged",
    service_class="services.safeguarding.service:SafeguardingService",
    publishes=(CONCERN, RESTRICTION, ALERT),
    handles=(CONCERN,),
    collections=COLLECTIONS,
    outboxes=tuple(collection.name for collection in COLLECTIONS),
)
