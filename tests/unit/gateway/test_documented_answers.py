"""The check that holds answers against the OpenAPI document must itself notice what it is there for."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from gateway.documents import openapi
from tests.support.documented_answers import AnswerCheck
from tests.support.gateway_fakes import a_referral

DOCUMENT = openapi()


def seen(path: str, value: Any, *, status: int = 200, verb: str = "GET") -> AnswerCheck:
    """A check that has seen one answer."""
    answer = requests.Response()
    answer.status_code = status
    answer.headers["content-type"] = "application/json"
    answer._content = json.dumps(value).encode()
    check = AnswerCheck(document=DOCUMENT)
    check.see(verb, path, answer)
    return check


def test_an_answer_as_documented_gives_no_finding() -> None:
    check = seen("/api/v1/referrals", {"items": [a_referral()], "next": None})

    assert check.findings == set()
    assert check.answered == {"referrals.list"}


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"colour": "red"}, "referrals.read.colour: not documented"),
        ({"version": "3"}, "referrals.read.version: string, documented as ['integer']"),
        ({"offers": [{}]}, "referrals.read.offers[].offer_id: missing"),
        ({"deployment": "cash"}, "referrals.read.deployment: 'cash' is not among"),
    ],
)
def test_an_answer_that_is_not_as_documented_is_found(changes: dict[str, Any], finding: str) -> None:
    check = seen("/api/v1/referrals/ref-1", a_referral(**changes))

    assert any(found.startswith(finding) for found in check.findings), check.findings


def test_a_status_that_is_not_documented_is_found() -> None:
    assert seen("/api/v1/referrals", {}, status=202).findings == {"referrals.list: status 202 is not documented"}
