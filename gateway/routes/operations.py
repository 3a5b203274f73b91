"""For operators: the services' state, and the messages that a service has set aside."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask
from gateway.readiness import platform_state
from gateway.schemas import operations as shapes
from gateway.schemas.common import page_of
from gateway.services import SERVICES
from shared.errors import NotFound

Fields = dict[str, Any]

operations = ApiBlueprint("operations", __name__, description="The state of the services, and messages set aside.")


@operations.operation("GET", "/operations/health", "operations.health", answer=shapes.Health)
def health() -> Fields:
    """Read the state of every service: whether it answers, what waits to go out, what is set aside."""
    state = platform_state()
    services = [{"name": service.name, "status": service.status, **service.report} for service in state.services]
    return {"status": state.status, "services": services}


@operations.operation(
    "GET",
    "/operations/parked",
    "operations.list_all_parked",
    query=shapes.HeldFilter,
    answer=page_of(shapes.HeldSomewhere),
)
def list_all_parked(query: Fields) -> Fields:
    """List the messages that any service has set aside: of each service the first page, the oldest first.

    Ask one service for its further pages.
    """
    pages = {service: ask(service, "list_held", query) for service in SERVICES}
    return {
        "items": [{"service": name, **held} for name, page in pages.items() for held in page["items"]],
        "next": None,
    }


@operations.operation(
    "GET",
    "/operations/parked/<id:service>",
    "operations.list_parked",
    query=shapes.HeldFilter,
    answer=page_of(shapes.Held),
)
def list_parked(query: Fields, service: str) -> Fields:
    """List the messages that a service has set aside, oldest first, without their content.

    `reason` is `retry` (tried again when due), `gap` (an earlier one of its record is missing) or `parked` (someone
    must look).
    """
    return ask(_known(service), "list_held", query)


@operations.operation(
    "GET", "/operations/parked/<id:service>/<id:message_id>", "operations.read_parked", answer=shapes.HeldMessage
)
def show_parked(service: str, message_id: str) -> Fields:
    """Read a message that was ever set aside: its content, what was edited in it, how it ended."""
    return ask(_known(service), "show_held", {"id": message_id})


@operations.operation(
    "POST", "/operations/parked/<id:service>/<id:message_id>/replay", "operations.replay_parked", answer=shapes.Replayed
)
def replay_parked(service: str, message_id: str) -> Fields:
    """Try a message again, and what waits behind it."""
    return ask(_known(service), "replay_held", {"id": message_id})


@operations.operation(
    "POST",
    "/operations/parked/<id:service>/<id:message_id>/discard",
    "operations.discard_parked",
    body=shapes.Discard,
    answer=shapes.Discarded,
)
def discard_parked(body: Fields, service: str, message_id: str) -> Fields:
    """Give a message up, with the reason, and go on with what waits behind it."""
    return ask(_known(service), "discard_held", {**body, "id": message_id})


@operations.operation(
    "POST",
    "/operations/parked/<id:service>/<id:message_id>/edit",
    "operations.edit_parked",
    body=shapes.Edit,
    answer=shapes.HeldMessage,
)
def edit_parked(body: Fields, service: str, message_id: str) -> Fields:
    """Put a copy with other data in the message's place. The original is kept, with who replaced it and why.

    Which event it is, of which record and at which place stays as it was. Then replay it.
    """
    return ask(_known(service), "edit_held", {**body, "id": message_id})


@operations.operation(
    "POST",
    "/operations/parked/<id:service>/replay",
    "operations.replay_all_parked",
    body=shapes.ReplayAll,
    answer=shapes.MadeDue,
)
def replay_all_parked(body: Fields, service: str) -> Fields:
    """Have the service try a record's messages again, or all of a type, each record's in order."""
    return ask(_known(service), "replay_all_held", body)


def _known(service: str) -> str:
    if service not in SERVICES:
        raise NotFound(f"there is no service {service}; there are {', '.join(SERVICES)}")
    return service
