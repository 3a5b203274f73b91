"""How people want to be told things."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas import people as shapes
from gateway.services import REFERRALS

Fields = dict[str, Any]

people = ApiBlueprint("people", __name__, description="How people want to be told things.")


@people.operation(
    "GET",
    "/people/<id:person_id>/communication-needs",
    "communication_needs.read",
    answer=shapes.CommunicationNeeds,
)
def get_communication_needs(person_id: str) -> Fields:
    """Read how a person wants to be told things, and which channels are unsafe for them (CE 4.9)."""
    return ask(REFERRALS, "get_communication_needs", {"id": person_id})


@people.operation(
    "PUT",
    "/people/<id:person_id>/communication-needs",
    "communication_needs.set",
    body=shapes.NewCommunicationNeeds,
    answer=shapes.CommunicationNeeds,
)
def set_communication_needs(body: Fields, person_id: str) -> Fields:
    """Set how a person wants to be told things, and which channels are unsafe for them (CE 4.9)."""
    return change(REFERRALS, "set_communication_needs", {**body, "id": person_id})


@people.operation(
    "PUT",
    "/workers/<id:worker_id>/contact",
    "workers.set_contact",
    body=shapes.NewWorkerContact,
    answer=shapes.WorkerContact,
)
def set_worker_contact(body: Fields, worker_id: str) -> Fields:
    """Say how somebody who works on cases is reached when something is due or amiss (CE 4.3, 7.7)."""
    return change(REFERRALS, "set_worker_contact", {**body, "id": worker_id})


@people.operation(
    "GET",
    "/workers/<id:worker_id>/contact",
    "workers.read_contact",
    query=shapes.OfCouncil,
    answer=shapes.WorkerContact,
)
def get_worker_contact(query: Fields, worker_id: str) -> Fields:
    """Read how a worker is reached."""
    return ask(REFERRALS, "get_worker_contact", {**query, "id": worker_id})
