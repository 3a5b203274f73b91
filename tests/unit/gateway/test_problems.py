from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from gateway.problems import MEANINGS, STATUS_BY_KIND
from shared import errors
from shared.errors import FieldError, Invalid, NotFound, Refusal, StewardError, Unavailable
from shared.messaging.calls.circuit import CircuitOpen
from tests.support.gateway_fakes import FakeServices, signed_in

READ = "/api/v1/referrals/ref-1"


def kinds_of_refusal() -> list[type[StewardError]]:
    """Every kind that shared.errors declares."""
    found = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, StewardError)]
    return [kind for kind in found if kind not in (StewardError, Refusal)]


@pytest.mark.parametrize("kind", kinds_of_refusal(), ids=lambda kind: kind.kind)
def test_every_kind_of_refusal_has_a_status_and_a_meaning(
    client: FlaskClient, services: FakeServices, kind: type[StewardError]
) -> None:
    services.answers["referrals", "get_referral"] = kind("the reason in a sentence")

    answer = client.get(READ, headers=signed_in("adviser"))

    document = answer.get_json()
    assert answer.status_code == STATUS_BY_KIND[kind.kind] == document["status"]
    assert answer.content_type == "application/problem+json"
    assert document["type"] == f"/problems#{kind.kind}"
    assert kind.kind in MEANINGS
    assert (document["title"], document["detail"]) == (kind.title, "the reason in a sentence")


def test_a_refusal_by_a_service_keeps_its_own_code_and_fields(client: FlaskClient, services: FakeServices) -> None:
    class PeriodAlreadyPaid(Invalid):
        pass

    refusal = PeriodAlreadyPaid("Paid already.", errors=[FieldError(field="first_on", rule="once", message="Paid.")])
    services.answers["referrals", "get_referral"] = Refusal(refusal.problem())

    answer = client.get(READ, headers=signed_in("adviser"))

    assert answer.status_code == 422
    assert answer.get_json()["code"] == "period-already-paid"
    assert answer.get_json()["errors"] == [{"field": "first_on", "rule": "once", "message": "Paid."}]


def test_a_service_that_is_away_is_a_503_that_says_when_to_try_again(
    client: FlaskClient, services: FakeServices
) -> None:
    services.away.add("referrals")

    answer = client.get(READ, headers=signed_in("adviser"))

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"


def test_a_service_that_is_not_asked_for_a_while_is_a_503_that_says_how_long(
    client: FlaskClient, services: FakeServices
) -> None:
    services.answers["referrals", "get_referral"] = CircuitOpen("not answering now", retry_after_seconds=2)

    answer = client.get(READ, headers=signed_in("adviser"))

    assert (answer.status_code, answer.get_json()["code"]) == (503, "circuit-open")
    assert answer.headers["Retry-After"] == "2"


def test_what_a_caller_may_not_see_looks_like_what_is_not_there(client: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "get_referral"] = NotFound("there is no referral ref-1")

    answer = client.get(READ, headers=signed_in("adviser", council="elsewhere"))

    assert answer.status_code == 404
    assert services.asked("get_referral").caller.councils == ("elsewhere",)


def test_a_defect_gives_a_reference_and_no_trace(client: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "get_referral"] = RuntimeError("the password is hunter2")

    answer = client.get(READ, headers=signed_in("adviser"))

    text = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert answer.get_json()["reference"] in answer.get_json()["detail"]
    assert "hunter2" not in text
    assert "Traceback" not in text


def test_an_unknown_address_of_the_api_is_a_problem_even_for_a_browser(client: FlaskClient) -> None:
    answer = client.get("/api/v1/nothing", headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


def test_an_unknown_page_is_a_page_for_a_browser(client: FlaskClient) -> None:
    answer = client.get("/nothing", headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert "There is nothing at this address." in answer.get_data(as_text=True)


def test_each_problem_type_leads_to_its_explanation(client: FlaskClient) -> None:
    page = client.get("/problems").get_data(as_text=True)

    assert all(f'id="{kind}"' in page for kind in MEANINGS)


def test_a_problem_tells_the_story_it_belongs_to(client: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "get_referral"] = Unavailable("away")

    answer = client.get(READ, headers=signed_in("adviser") | {"X-Correlation-Id": "story-7"})

    assert answer.get_json()["correlation_id"] == "story-7" == answer.headers["X-Correlation-Id"]
