"""A ServiceRequest as the data of a submission."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, get_origin

from shared.events.intake import ReferralSubmission
from shared.intake.columns import columns_of
from shared.intake.fhir.bundles import Message, check_meaning
from shared.intake.fhir.nodes import Node, refused
from shared.intake.fhir.people import person_of, referrer_of

OWN = "urn:steward:"
URGENCIES: Mapping[str, str] = MappingProxyType(
    {"routine": "standard", "urgent": "urgent", "asap": "urgent", "stat": "emergency"}
)
VALUES = ("valueBoolean", "valueInteger", "valueString", "valueCode")


def referral_of(request: Node, message: Message) -> dict[str, Any]:
    """The referral as `referral.submitted` has it."""
    check_meaning(request)
    patient = message.resource(request.child("subject"), "Patient")
    said = {
        "referral_reference": reference_of(request),
        "urgency": _urgency_of(request),
        "care_and_support_plan": _plan_of(request, message),
        "updated_at": updated_at(request, message),
        "person": person_of(patient),
        "referrer": referrer_of(request, message),
        **_coded(request),
        **_extended(request),
    }
    return {name: value for name, value in said.items() if value is not None}


def reference_of(request: Node) -> str:
    """The sender's own reference of the referral."""
    return request.first("identifier").needed("value")


def updated_at(request: Node, message: Message) -> str | None:
    """When the sender last changed it."""
    own, whole = (each.child("meta").text("lastUpdated") for each in (request, message.bundle))
    return own or whole or message.bundle.text("timestamp")


def _urgency_of(request: Node) -> str:
    priority = request.text("priority") or "routine"
    if priority not in URGENCIES:
        raise refused(
            f"{request.path}.priority", "choice", f"{request.path}.priority must be one of {', '.join(URGENCIES)}"
        )
    return URGENCIES[priority]


def _plan_of(request: Node, message: Message) -> str | None:
    """The reference of the care plan that the request is based on (CE 4.3)."""
    for based_on in request.children("basedOn"):
        plan = message.any_resource(based_on)
        if plan is not None and plan.text("resourceType") == "CarePlan":
            return plan.first("identifier").text("value")
        if (named := based_on.child("identifier").text("value")) is not None:
            return named
    return None


def _coded(request: Node) -> dict[str, Any]:
    """Fields that are codes of the council's policy, by codings whose system names the field: `urn:steward:client_groups`."""
    kinds = columns_of(ReferralSubmission)
    found: dict[str, Any] = {}
    for category in request.children("category"):
        for coding in category.children("coding"):
            name, code = (coding.text("system") or "").removeprefix(OWN), coding.text("code")
            if f"{OWN}{name}" != coding.text("system") or code is None:
                continue
            _check_known(name, coding)
            if get_origin(kinds[name]) is tuple:
                found.setdefault(name, []).append(code)
            else:
                found[name] = code
    return found


def _extended(request: Node) -> dict[str, Any]:
    """Fields that FHIR has no place for, by extensions whose url names the field: `urn:steward:weekly_budget_pence`."""
    found: dict[str, Any] = {}
    for extension in request.children("extension"):
        url = extension.text("url") or ""
        if not url.startswith(OWN):
            continue
        name = url.removeprefix(OWN)
        _check_known(name, extension)
        found[name] = next((extension.value[value] for value in VALUES if value in extension.value), None)
    return found


def _check_known(name: str, place: Node) -> None:
    """Ours are never ignored: a slip of the pen would be lost unseen."""
    if name not in columns_of(ReferralSubmission) or "." in name:
        raise refused(place.path, "known-field", f"{place.path}: a referral has no field of that name")
