"""The register of personal assistants and its search."""

from __future__ import annotations

from typing import Any

from flask import request

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas import pa_registry as shapes
from gateway.schemas.common import page_of
from gateway.services import PA_REGISTRY
from shared.errors import invalid

Fields = dict[str, Any]
ROOT = "/personal-assistants"
ONE = f"{ROOT}/<id:personal_assistant_id>"

pa_registry = ApiBlueprint("personal-assistants", __name__, description="The register of personal assistants.")


@pa_registry.operation(
    "POST",
    ROOT,
    "personal_assistants.register",
    body=shapes.NewPersonalAssistant,
    answer=shapes.PersonalAssistant,
    status=201,
)
def register(body: Fields) -> Fields:
    """Register a personal assistant, or yourself as one.

    An entry can be found by others only once its checks allow it to be published (CE 3.2 "PA Finder").
    """
    return ask(PA_REGISTRY, "register_personal_assistant", body)


@pa_registry.operation(
    "GET",
    ROOT,
    "personal_assistants.list",
    query=shapes.PersonalAssistantFilter,
    answer=page_of(shapes.PersonalAssistant),
)
def list_entries(query: Fields) -> Fields:
    """List the whole register, published or not."""
    return ask(PA_REGISTRY, "list_personal_assistants", query)


@pa_registry.operation("GET", f"{ROOT}/search", "personal_assistants.search", query=shapes.Search, answer=shapes.Found)
def search(query: Fields) -> Fields:
    """Find personal assistants by words, facets and distance.

    Only fields that a personal assistant agreed to show can be searched by. Hits say why they match; every facet
    value comes with its exact count. Give a facet as a parameter, repeated for several values:
    `skills=hoisting&languages=polish`.
    """
    return ask(PA_REGISTRY, "search_personal_assistants", {**query, "selections": selections()})


@pa_registry.operation(
    "GET", f"{ROOT}/summary", "personal_assistants.summarise", query=shapes.SummaryChoice, answer=shapes.Summary
)
def summarise(query: Fields) -> Fields:
    """See how many personal assistants there are.

    For anyone: one facet choice at a time, counts rounded down to fives, no list.
    """
    return ask(PA_REGISTRY, "summarise_personal_assistants", query)


@pa_registry.operation("GET", ONE, "personal_assistants.read", answer=shapes.PersonalAssistant)
def get_entry(personal_assistant_id: str) -> Fields:
    """Read an entry."""
    return ask(PA_REGISTRY, "get_personal_assistant", {"id": personal_assistant_id})


@pa_registry.operation(
    "PATCH", ONE, "personal_assistants.amend", body=shapes.Amendment, answer=shapes.PersonalAssistant
)
def amend_entry(body: Fields, personal_assistant_id: str) -> Fields:
    """Amend an entry. What you leave out stays as it is."""
    return change(PA_REGISTRY, "amend_personal_assistant", {**body, "id": personal_assistant_id})


@pa_registry.operation(
    "POST", f"{ONE}/checks", "personal_assistants.record_check", body=shapes.NewCheck, answer=shapes.PersonalAssistant
)
def record_check(body: Fields, personal_assistant_id: str) -> Fields:
    """Record a check: DBS, right to work, references, identity or training (CE 3.2 "Employing a PA")."""
    return change(PA_REGISTRY, "record_check", {**body, "id": personal_assistant_id})


@pa_registry.operation("POST", f"{ONE}/publish", "personal_assistants.publish", answer=shapes.PersonalAssistant)
def publish(personal_assistant_id: str) -> Fields:
    """Publish an entry, once its checks allow."""
    return change(PA_REGISTRY, "publish_personal_assistant", {"id": personal_assistant_id})


@pa_registry.operation(
    "POST", f"{ONE}/withdraw", "personal_assistants.withdraw", body=shapes.Withdrawal, answer=shapes.PersonalAssistant
)
def withdraw(body: Fields, personal_assistant_id: str) -> Fields:
    """Take an entry out of search."""
    return change(PA_REGISTRY, "withdraw_personal_assistant", {**body, "id": personal_assistant_id})


def selections() -> dict[str, list[str]]:
    """The facets chosen in the query: every parameter that is none of the search's own. Raises `Invalid` for too
    many.
    """
    chosen = {name: values for name, values in request.args.lists() if name not in shapes.NOT_FACETS}
    if len(chosen) > shapes.MOST_FACETS:
        raise invalid("query", "length", f"a search chooses from {shapes.MOST_FACETS} facets at most")
    return chosen
