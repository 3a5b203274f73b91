from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gateway.api import API_PREFIX, operation_of
from gateway.documents import openapi

VERBS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    """The document as it is served."""
    return dict(client.get("/api/v1/openapi.json").get_json())


def described(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every operation by its id."""
    found = [operation for path in document["paths"].values() for verb, operation in path.items() if verb in VERBS]
    return {operation["operationId"]: operation for operation in found}


# That the stored document is valid OpenAPI is asked in tests/documentation, so this makes the served one valid too.
def test_the_stored_document_is_the_served_one(document: dict[str, Any]) -> None:
    stored = json.loads((Path(__file__).parents[3] / "docs" / "openapi.json").read_text(encoding="utf-8"))

    assert stored == json.loads(json.dumps(openapi())) == document, "run: make docs"


def test_every_route_of_the_api_is_described_by_its_operation(app: Flask, document: dict[str, Any]) -> None:
    streams_and_docs = {"streams.events", "streams.alerts", "docs.read"}
    routed = {
        operation_of(app.view_functions[rule.endpoint])
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(API_PREFIX)
    }

    assert set(described(document)) == routed - streams_and_docs


def test_every_operation_says_in_plain_words_what_it_does(document: dict[str, Any]) -> None:
    for name, operation in described(document).items():
        assert len(operation.get("summary", "")) > 10, name
        assert "default" in operation["responses"], name


def test_every_post_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    posts = [path["post"] for path in document["paths"].values() if "post" in path]

    assert posts
    for operation in posts:
        assert "Idempotency-Key" in {parameter.get("name") for parameter in operation["parameters"]}


def test_errors_are_problem_documents(document: dict[str, Any]) -> None:
    answer = document["components"]["responses"]["DEFAULT_ERROR"]

    assert set(answer["content"]) == {"application/problem+json"}
    assert {"type", "title", "status", "detail", "errors"} <= set(
        document["components"]["schemas"]["Problem"]["required"]
    )


def test_what_may_not_be_sent_is_said(document: dict[str, Any]) -> None:
    assert document["components"]["schemas"]["NewSpend"]["additionalProperties"] is False


def test_the_documentation_page_needs_nothing_from_elsewhere(client: FlaskClient) -> None:
    page = client.get("/api/v1/docs").get_data(as_text=True)

    assert "/static/vendor/swagger-ui-bundle.js" in page
    assert "http://" not in page
    assert "https://" not in page
