"""What the platform needs to know of the register of personal assistants to run it."""

from __future__ import annotations

from services.pa_registry.store import COLLECTIONS, PERSONAL_ASSISTANTS
from shared.events.pa_registry import PA_CONTACT, PERSONAL_ASSISTANT
from shared.events.policy import POLICY
from shared.events.safeguarding import RESTRICTION
from shared.plugins.points import ServicePlugin
from shared.policy.keeping_packs import POLICY_PACKS

PLUGIN = ServicePlugin(
    name="pa_registry",
    about="registers personal assistants, holds their checks, and lets employers find those who agreed to be found",
    service_class="services.pa_registry.service:PaRegistryService",
    publishes=(PERSONAL_ASSISTANT, PA_CONTACT),
    handles=(RESTRICTION, PERSONAL_ASSISTANT, POLICY),
    collections=(*COLLECTIONS, POLICY_PACKS),
    outboxes=(PERSONAL_ASSISTANTS.name,),
    settings="services.pa_registry.settings:RegistrySettings",
)
