"""FHIR messages of referrals as a council's system would send them, for tests to change."""

from __future__ import annotations

import json
from typing import Any

EVENTS = "https://fhir.nhs.uk/CodeSystem/message-events-bars"
REASONS = "https://fhir.nhs.uk/CodeSystem/message-reason-bars"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"


def a_patient(**changes: Any) -> dict[str, Any]:
    """The person who is referred."""
    return {
        "resourceType": "Patient",
        "id": "patient-7",
        "identifier": [
            {"system": NHS_NUMBER, "value": "9990000077"},
            {"system": "urn:council:person", "value": "P-00007"},
        ],
        "name": [{"given": ["Alex"], "family": "Example"}],
        "birthDate": "1961-04-05",
        "gender": "other",
        "telecom": [
            {"system": "phone", "use": "mobile", "value": "07700 900007"},
            {"system": "email", "value": "person-0007@example.org"},
        ],
        "address": [{"line": ["7 Sample Street"], "city": "Sampleton", "postalCode": "CW1 2AB"}],
        "photo": [{"title": "a field that nobody asks for"}],
        **changes,
    }


def a_request(**changes: Any) -> dict[str, Any]:
    """What is asked for."""
    return {
        "resourceType": "ServiceRequest",
        "id": "request-7",
        "meta": {"versionId": "1", "lastUpdated": "2026-03-02T08:55:00+00:00"},
        "identifier": [{"value": "REF-0007"}],
        "status": "active",
        "intent": "order",
        "priority": "routine",
        "subject": {"reference": "Patient/patient-7"},
        "requester": {"reference": "PractitionerRole/role-1"},
        "basedOn": [{"reference": "CarePlan/plan-7"}],
        "category": [{"coding": [{"system": "urn:steward:client_groups", "code": "learning-disability"}]}],
        "extension": [
            {"url": "urn:steward:has_eligible_needs", "valueBoolean": True},
            {"url": "urn:steward:weekly_budget_pence", "valueInteger": 18200},
        ],
        **changes,
    }


def a_message(reason: str = "new", *, id: str = "message-1", **changes: Any) -> dict[str, Any]:
    """A message bundle; `request` and `patient` replace those resources."""
    request = changes.pop("request", None) or a_request()
    patient = changes.pop("patient", None) or a_patient()
    header = {
        "resourceType": "MessageHeader",
        "id": "header-1",
        "eventCoding": {"system": EVENTS, "code": "servicerequest-request"},
        "reason": {"coding": [{"system": REASONS, "code": reason}]},
        "source": {"endpoint": "https://council.example.org/fhir"},
        "focus": [{"reference": "urn:uuid:5b0a4a3e-0000-4000-8000-000000000007"}],
    }
    others: list[dict[str, Any]] = [
        patient,
        {"resourceType": "CarePlan", "id": "plan-7", "identifier": [{"value": "CSP-0007"}]},
        {"resourceType": "PractitionerRole", "id": "role-1", "identifier": [{"value": "SW-01"}]},
    ]
    entries = [
        {"fullUrl": "urn:uuid:5b0a4a3e-0000-4000-8000-000000000001", "resource": header},
        {"fullUrl": "urn:uuid:5b0a4a3e-0000-4000-8000-000000000007", "resource": request},
        *({"fullUrl": f"urn:test:{one['id']}", "resource": one} for one in others),
    ]
    return {"resourceType": "Bundle", "id": id, "type": "message", "entry": entries, **changes}


def as_body(message: Any) -> bytes:
    """A message as it goes over the wire."""
    return json.dumps(message).encode()
