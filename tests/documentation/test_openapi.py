"""docs/openapi.json is valid OpenAPI 3.1, and the validator would say if it were not."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.documentation.pages import PROJECT

DOCUMENT: dict[str, Any] = json.loads((PROJECT / "docs/openapi.json").read_text(encoding="utf-8"))


def breaches(document: dict[str, Any]) -> list[str]:
    """What the specification says against a document."""
    return [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()]


def test_the_document_is_valid() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert breaches(DOCUMENT) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("info", "title"), None),
        (("paths", "/api/v1/referrals", "get", "responses"), []),
        (("paths", "/api/v1/referrals", "get", "parameters"), [{"in": "nowhere", "name": "x"}]),
        (("components", "schemas", "Referral", "type"), "record"),
    ],
)
def test_a_planted_breach_is_found(path: tuple[str, ...], value: Any) -> None:
    paths = {"/api/v1/referrals": DOCUMENT["paths"]["/api/v1/referrals"]}
    broken = copy.deepcopy(DOCUMENT | {"paths": paths})  # the whole takes a second
    node = broken
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value

    assert breaches(broken)


def test_every_operation_has_an_id_of_its_own_a_summary_and_an_answer_for_failure() -> None:
    operations = [operation for path in DOCUMENT["paths"].values() for verb, operation in path.items() if verb in VERBS]

    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids)) > 30
    for operation in operations:
        assert operation.get("summary"), operation["operationId"]
        assert "default" in operation["responses"], operation["operationId"]


VERBS = {"get", "post", "put", "patch", "delete"}
