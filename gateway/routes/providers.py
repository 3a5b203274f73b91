"""Providers of a council's framework."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas import providers as shapes
from gateway.schemas.common import page_of
from gateway.services import REFERRALS

Fields = dict[str, Any]

providers = ApiBlueprint("providers", __name__, description="Providers of a council's framework, and who is left out.")


@providers.operation(
    "GET", "/providers", "providers.list", query=shapes.ProviderFilter, answer=page_of(shapes.FrameworkProvider)
)
def list_providers(query: Fields) -> Fields:
    """List the providers of a framework, and who is left out of offers."""
    return ask(REFERRALS, "list_providers", query)


@providers.operation(
    "POST",
    "/providers/<id:provider_id>/exclude",
    "providers.exclude",
    body=shapes.NewExclusion,
    answer=shapes.FrameworkProvider,
)
def exclude_provider(body: Fields, provider_id: str) -> Fields:
    """Leave a provider out of offers while it is monitored, with a reason and until a day (CP 6.2)."""
    return change(REFERRALS, "exclude_provider", {**body, "id": provider_id})


@providers.operation(
    "POST",
    "/providers/<id:provider_id>/readmit",
    "providers.readmit",
    body=shapes.Readmission,
    answer=shapes.FrameworkProvider,
)
def readmit_provider(body: Fields, provider_id: str) -> Fields:
    """End an exclusion before its day."""
    return change(REFERRALS, "readmit_provider", {**body, "id": provider_id})
