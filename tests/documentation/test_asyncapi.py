"""docs/asyncapi.json keeps to AsyncAPI 3.0.0 and says of every event who sends and who takes it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from shared.documents.writing import service_plugins
from shared.events.catalogue import CATALOGUE, streams
from shared.events.intake import INCOMING
from tests.documentation.pages import PROJECT

DOCUMENT: dict[str, Any] = json.loads((PROJECT / "docs/asyncapi.json").read_text(encoding="utf-8"))
SCHEMA = json.loads((PROJECT / "tests/support/schemas/asyncapi-3.0.0.json").read_text(encoding="utf-8"))


def breaches(document: dict[str, Any]) -> list[str]:
    """What the specification's schema says against a document."""
    return [error.message for error in jsonschema.Draft7Validator(SCHEMA).iter_errors(document)]


def references(node: Any) -> Iterator[str]:
    """Every `$ref` below a node."""
    if isinstance(node, dict):
        for name, inner in node.items():
            if name == "$ref":
                yield inner
            yield from references(inner)
    if isinstance(node, list):
        for inner in node:
            yield from references(inner)


def resolved(reference: str) -> Any:
    """What a local reference points at. Raises `KeyError`."""
    node: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def test_the_document_keeps_to_the_specification() -> None:
    assert breaches(DOCUMENT) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("asyncapi",), "2.0"),
        (("channels", "referral", "address"), 7),
        (("operations", "referrals.publishes.referral", "action"), "publish"),
        (("components", "messages", "referral.accepted", "payloads"), {}),
        (("info", "version"), None),
    ],
)
def test_the_schema_finds_a_planted_breach(path: tuple[str, ...], value: Any) -> None:
    broken = copy.deepcopy(DOCUMENT)
    node = broken
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value

    assert breaches(broken)


def test_every_reference_leads_somewhere() -> None:
    found = list(references(DOCUMENT))

    assert found
    assert all(reference.startswith("#/") and resolved(reference) for reference in found)


def test_every_event_type_is_a_message_of_its_streams_channel() -> None:
    for name, cls in CATALOGUE.items():
        assert name in DOCUMENT["channels"][cls.stream.name]["messages"]
        assert DOCUMENT["components"]["messages"][name]["payload"]["type"] == "object"
    assert set(DOCUMENT["channels"]) == {*streams(), "intake"}
    assert set(DOCUMENT["channels"]["intake"]["messages"]) == set(INCOMING)


def test_every_payload_is_a_json_schema() -> None:
    for message in DOCUMENT["components"]["messages"].values():
        jsonschema.Draft202012Validator.check_schema(message["payload"])


def test_the_operations_are_what_services_declare() -> None:
    declared = {f"{plugin.name}.publishes.{stream.name}" for plugin in service_plugins() for stream in plugin.publishes}
    declared |= {f"{plugin.name}.takes.{stream.name}" for plugin in service_plugins() for stream in plugin.handles}

    assert set(DOCUMENT["operations"]) == declared | {"referrals.takes.intake"}


def test_names_and_addresses_are_in_no_other_streams_schema() -> None:
    personal = {"email", "sms", "phone", "letter", "name"}
    telling = {
        name
        for name, cls in CATALOGUE.items()
        if personal & set(_properties(DOCUMENT["components"]["messages"][name]["payload"]))
        and not cls.stream.personal_data
    }

    assert telling == set()


def _properties(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for inner in schema.values():
            yield from _properties(inner)
    if isinstance(schema, list):
        for inner in schema:
            yield from _properties(inner)
