"""Entries and checks of the register of personal assistants; everything not named in a call is plain and harmless."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from services.pa_registry.model.checks import Check
from services.pa_registry.model.entries import PersonalAssistant, SectorPlace
from shared.events.contacts import ContactDetails
from tests.support.clocks import A_MONDAY_MORNING

TODAY = date(2026, 3, 2)


def a_contact(**changes: Any) -> ContactDetails:
    """Someone reached by email."""
    given = ContactDetails(name="Alex Example", email="alex@example.org", preferred_channel="email")
    return replace(given, **changes)


def a_dbs_check(**changes: Any) -> Check:
    """An enhanced DBS check of this year."""
    return replace(Check(check="dbs", checked_on=date(2026, 1, 15), level="enhanced"), **changes)


def an_entry(**changes: Any) -> PersonalAssistant:
    """An entry that is checked and could be published."""
    entry = PersonalAssistant(
        personal_assistant_id="pa-0007",
        headline="Patient and practical",
        about="Likes gardens.",
        facets={"skills": ("personal-care",), "gender": ("woman",), "smoker": ("does-not-smoke",)},
        shown=("skills",),
        postcode="CW1 2AB",
        place=SectorPlace(sector="CW1 2", latitude_e6=53_100_000, longitude_e6=-2_440_000),
        contact=a_contact(),
        checks=(a_dbs_check(),),
        registered_at=A_MONDAY_MORNING,
        updated_at=A_MONDAY_MORNING,
    )
    return replace(entry, **changes)
