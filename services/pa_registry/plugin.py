"""What the platform needs to know of the register of personal assistants to run it."""

from __future__ import annotations

from services.pa_registry.store import COLLECTIONS, PERSONAL_ASSISTANTS
from shared.events.pa_registry import PA_CONTACT, PERSONAL_ASSISTANT
from shared.events.safeguarding import RESTRICTION
from shared.plugins.points import ServicePlugin

PLUGIN = ServicePlugin(
    name="pa_registry",
    about="registers personal assistants, holds their checks, and lets employers find those who agreed to be found",
    service_class="services.pa_registry.service:PaRegistryService",
    publishes=(PERSONAL_ASSISTANT, PA_CONTACT),
    handles=(RESTRICTION, PERSONAL_ASSISTANT),
    collections=COLLECTIONS,
    outboxes=(PERSONAL_ASSISTANTS.name,),
    settings="services.pa_registry.settings:RegistrySettings",
)
