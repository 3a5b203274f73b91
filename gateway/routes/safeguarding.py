"""Safeguarding concerns, what was decided about them, and the alerts that the safeguarding team must acknowledge."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas import safeguarding as shapes
from gateway.schemas.common import HistoryLine, page_of
from gateway.services import SAFEGUARDING

Fields = dict[str, Any]

safeguarding = ApiBlueprint(
    "safeguarding", __name__, description="Concerns and alerts. Safeguarding roles only, but for raising."
)


@safeguarding.operation(
    "POST", "/concerns", "concerns.raise", body=shapes.NewConcern, answer=shapes.Receipt, status=201
)
def raise_concern(body: Fields) -> Fields:
    """Raise a safeguarding concern.

    The council's safeguarding team is alerted at once. Say whether consent was sought and what the person wishes;
    consent may be left out only where asking for it raises the risk, with the reason (CE 7.9).
    """
    return ask(SAFEGUARDING, "raise_concern", body)


@safeguarding.operation("GET", "/concerns", "concerns.list", query=shapes.ConcernFilter, answer=page_of(shapes.Concern))
def list_concerns(query: Fields) -> Fields:
    """List concerns.

    Nobody sees a concern that is about themselves.
    """
    return ask(SAFEGUARDING, "list_concerns", query)


@safeguarding.operation("GET", "/concerns/<id:concern_id>", "concerns.read", answer=shapes.Concern)
def get_concern(concern_id: str) -> Fields:
    """Read a concern."""
    return ask(SAFEGUARDING, "get_concern", {"id": concern_id})


@safeguarding.operation("GET", "/concerns/<id:concern_id>/history", "concerns.history", answer=page_of(HistoryLine))
def concern_history(concern_id: str) -> Fields:
    """Read what happened to a concern, in order, and who did it."""
    return ask(SAFEGUARDING, "concern_history", {"id": concern_id})


@safeguarding.operation(
    "POST", "/concerns/<id:concern_id>/triage", "concerns.triage", body=shapes.Triage, answer=shapes.Concern
)
def triage_concern(body: Fields, concern_id: str) -> Fields:
    """Decide whether safeguarding procedures apply, with the reason (CE 7.9)."""
    return change(SAFEGUARDING, "triage_concern", {**body, "id": concern_id})


@safeguarding.operation(
    "POST",
    "/concerns/<id:concern_id>/section-42-decision",
    "concerns.decide_section_42",
    body=shapes.Section42,
    answer=shapes.Concern,
)
def decide_section_42(body: Fields, concern_id: str) -> Fields:
    """Decide on a section 42 enquiry: the council's own, one that it causes the provider to make, or none (CE 7.9)."""
    return change(SAFEGUARDING, "decide_section_42", {**body, "id": concern_id})


@safeguarding.operation(
    "POST", "/concerns/<id:concern_id>/conclude", "concerns.conclude", body=shapes.Conclusion, answer=shapes.Concern
)
def conclude_concern(body: Fields, concern_id: str) -> Fields:
    """Conclude a concern, and say whether those alleged may work again (CE 7.9)."""
    return change(SAFEGUARDING, "conclude_concern", {**body, "id": concern_id})


@safeguarding.operation("GET", "/alerts", "alerts.list", query=shapes.AlertFilter, answer=page_of(shapes.Alert))
def list_alerts(query: Fields) -> Fields:
    """List alerts, those not acknowledged first."""
    return ask(SAFEGUARDING, "list_alerts", query)


@safeguarding.operation(
    "POST",
    "/alerts/<id:alert_id>/acknowledge",
    "alerts.acknowledge",
    body=shapes.Acknowledgement,
    answer=shapes.Alert,
)
def acknowledge_alert(body: Fields, alert_id: str) -> Fields:
    """Acknowledge an alert: you have it in hand (CE 7.9)."""
    return change(SAFEGUARDING, "acknowledge_alert", {**body, "id": alert_id})
