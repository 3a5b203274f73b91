"""Input that must be refused, over HTTP on a real platform: its own clear problem, nothing half-done, no insides shown."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from shared.clock import SystemClock
from shared.samples.client import Client
from shared.samples.generating import SampleCouncil
from shared.samples.journey import CE, CP
from tests.support.council_side import answers_to
from tests.support.platforms import distributed
from tests.support.refusals import INSIDES, SECONDS, Place, a_place, refused

EVENT = "application/cloudevents+json"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with a_place(tmp_path_factory.mktemp("bad-input")) as place:
        yield place


def an_event(**changes: Any) -> dict[str, Any]:
    """A new referral that Cheshire East could send."""
    event = SampleCouncil(council_id=CE, now=SystemClock().now()).referrals(2)[1]
    run = secrets.token_hex(4)
    data = event["data"] | {"referral_reference": f"REF-{run}"}
    data["person"] = data["person"] | {"person_reference": f"P-{run}"}
    data |= {name[6:]: value for name, value in changes.items() if name.startswith("data__")}
    data = {name: value for name, value in data.items() if value is not None}
    return event | {"id": run, "data": data} | {n: v for n, v in changes.items() if not n.startswith("data__")}


# Events: the request is answered 200, and each event in it has its own answer.


@pytest.mark.parametrize(
    ("event", "named"),
    [
        pytest.param(an_event(type="referral.invented"), {"type": "known-type"}, id="unknown event type"),
        pytest.param(
            an_event(data__referral_reference=None), {"data.referral_reference": "required"}, id="missing field"
        ),
        pytest.param(an_event(source=f"/councils/{CP}"), {"source": "own-council"}, id="wrong council"),
        pytest.param(
            an_event(data__weekly_budget_pence=-1), {"data.weekly_budget_pence": "range"}, id="negative pence"
        ),
        pytest.param(
            an_event(data__weekly_budget_pence=12.5), {"data.weekly_budget_pence": "invalid"}, id="12.5 pence"
        ),
        pytest.param(
            an_event(data__person={"person_reference": "P-1", "born_on": "1961-02-31"}),
            {"data.person.born_on": "invalid"},
            id="31 February",
        ),
        pytest.param(
            an_event(data__person={"person_reference": "P-1", "postcode": "ABC 123"}),
            {"data.person.postcode": "postcode-form"},
            id="no postcode at all",
        ),
        pytest.param(
            an_event(data__client_group="a\x00b"), {"data.client_group": "printable"}, id="NUL in an event's text"
        ),
    ],
)
def test_an_event_that_breaks_a_rule_is_answered_by_name(
    place: Place, event: dict[str, Any], named: dict[str, str]
) -> None:
    before = place.settled()

    reply = place.ask(
        "POST", "/events", token=place.token("council_system", CE), body=event, headers={"Content-Type": EVENT}
    )

    (answer,) = reply.json()["results"]
    assert answer["outcome"] == "refused"
    assert {error["field"]: error["rule"] for error in answer["errors"]} == named
    assert [inside for inside in INSIDES if inside in reply.text] == []
    assert place.settled() == before


def test_an_event_id_with_another_body_is_refused_and_the_first_stands(place: Place) -> None:
    token, event = place.token("council_system", CE), an_event()
    first = Client(place.address, token).publish([event])[0]
    before = place.settled()

    again = Client(place.address, token).publish([event | {"data": event["data"] | {"urgency": "emergency"}}])[0]

    assert (first["outcome"], again["outcome"], again["problem"]) == ("accepted", "refused", "key-reused")
    assert place.settled() == before


def test_one_bad_event_of_a_batch_keeps_none_of_the_others_out(place: Place) -> None:
    good, bad = an_event(), an_event(type="referral.invented")

    answers = Client(place.address, place.token("council_system", CE)).publish([bad, good])

    assert [answer["outcome"] for answer in answers] == ["refused", "accepted"]


# Requests that are refused as a whole.

SPEND = {
    "amount_pence": 500,
    "effective_on": "2026-03-02",
    "category": "support",
    "outcome_id": "out-and-about",
    "payee_id": "sample-payee",
}
ADVISER, PROVIDER, SYSTEM = ("adviser", CE), ("isf_provider", CP), ("council_system", CE)
SAFEGUARDING = ("safeguarding_team", CE)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A request, who makes it, and its refusal: the status, and rule by field where a field is at fault."""

    method: str
    path: str
    who: tuple[str, str]
    status: int
    named: dict[str, str] | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def get(path: str, who: tuple[str, str], status: int, named: dict[str, str] | None = None, **more: Any) -> Case:
    return Case(method="GET", path=path, who=who, status=status, named=named, **more)


def post(path: str, who: tuple[str, str], status: int, named: dict[str, str] | None = None, **more: Any) -> Case:
    return Case(method="POST", path=path, who=who, status=status, named=named, **more)


def event(status: int, named: dict[str, str] | None = None, **more: Any) -> Case:
    """Something posted to `/events` as one CloudEvent."""
    given = {"who": SYSTEM, "headers": {"Content-Type": EVENT}} | more
    return Case(method="POST", path="/events", status=status, named=named, **given)


def spends(**changes: Any) -> dict[str, Any]:
    return SPEND | changes


ACCEPT, REFUSE, SPENDS = "/referrals/{referral}/accept", "/referrals/{referral}/refuse", "/funds/{fund}/spends"
NEAR = "/personal-assistants/search?radius_miles=5&postcode="
ELSEWHERE = {"council_id": CP, "referral_reference": "REF-X", "person": {"person_reference": "P-X"}}
AMOUNT = {"amount_pence": "format"}
CASES = {
    "5 MB body": event(413, body=b" " * 5_000_000),
    "invalid UTF-8": event(400, {"body": "utf-8"}, body=b"\xff\xfe"),
    "malformed JSON": event(400, {"body": "json"}, body=b'{"id": '),
    "a key twice": event(400, {"body": "json"}, body=b'{"id": "a", "id": "b"}'),
    "NaN": event(400, {"body": "json"}, body=b'{"data": NaN}'),
    "nested without end": event(400, {"body": "depth"}, body=b"[" * 100_000),
    "half a character": event(400, {"body": "unicode"}, body=b'{"id": "\\ud800"}'),
    "a list for an event": event(400, {"body": "object"}, body=[1]),
    "an event as text": event(415, body=b"a=b", headers={"Content-Type": "text/plain"}),
    "events by someone else": event(403, who=ADVISER, body=an_event()),
    "a body as XML": post(ACCEPT, ADVISER, 415, body=b"<a/>", headers={"Content-Type": "text/xml"}),
    "a body cut off": post(ACCEPT, ADVISER, 400, {"body": "json"}, body=b'{"worker_id": "a"'),
    "unknown field": post(ACCEPT, ADVISER, 422, {"colour": "unknown"}, body={"colour": 1}),
    "missing field": post(REFUSE, ADVISER, 422, {"reason": "required"}, body={}),
    "31 February": post(
        "/referrals/{referral}/direct-payment",
        ADVISER,
        422,
        {"implemented_on": "format"},
        body={"implemented_on": "2026-02-31"},
    ),
    "a reason that the pack does not have": post(
        REFUSE, ADVISER, 422, {"reason": "policy"}, body={"reason": "because"}
    ),
    "a refusal without the spoken word": post(
        REFUSE, ADVISER, 422, {"told_verbally_on": "required"}, body={"reason": "not-resident"}
    ),
    "negative pence": post(SPENDS, PROVIDER, 422, AMOUNT, body=spends(amount_pence=-1)),
    "1.005 pounds": post(SPENDS, PROVIDER, 422, AMOUNT, body=spends(amount_pence=1.005)),
    "pounds as text": post(SPENDS, PROVIDER, 422, AMOUNT, body=spends(amount_pence="1.005")),
    "12.5 pence": post(SPENDS, PROVIDER, 422, AMOUNT, body=spends(amount_pence=12.5)),
    "NUL in a text": post(SPENDS, PROVIDER, 422, {"reference": "format"}, body=spends(reference="a\x00b")),
    "a postcode of no place": get(f"{NEAR}ZZ99+9ZZ", ADVISER, 422, {"postcode": "postcode-form"}),
    "a postcode that doesn't exist": get(f"{NEAR}CW99+9ZZ", ADVISER, 422, {"postcode": "postcode-unknown"}),
    "a page of a million": get("/referrals?limit=1000000", ADVISER, 422, {"limit": "range"}),
    "a page of minus one": get("/referrals?limit=-1", ADVISER, 422, {"limit": "range"}),
    "an unknown filter": get("/referrals?colour=red", ADVISER, 422, {"colour": "unknown"}),
    "a cursor of one's own": get("/referrals?after=bm90LWEtY3Vyc29y", ADVISER, 422, {"after": "cursor"}),
    "a cursor of rubbish": get("/concerns?after=%00%ff", SAFEGUARDING, 422, {"after": "cursor"}),
    "another council's record": get("/referrals/{referral}", ("brokerage_team", CP), 404),
    "another council's fund": get("/funds/{fund}", ("finance_officer", CE), 404),
    "another council's command": post(ACCEPT, ("brokerage_team", CP), 404, body={}),
    "a referral to another council": post("/referrals", ADVISER, 403, body=ELSEWHERE),
    "a role that may not": post(ACCEPT, ("person", CE), 403, body={}),
    "no such record": get("/referrals/ref-none", ADVISER, 404),
    "a path for an id": get("/referrals/..%2f..%2fetc", ADVISER, 404),
    "unknown route": get("/nothing-here", ADVISER, 404),
    "wrong method": Case(method="DELETE", path="/referrals/{referral}", who=ADVISER, status=405),
    "If-Match of a version that is no more": post(ACCEPT, ADVISER, 412, body={}, headers={"If-Match": '"999"'}),
    "If-Match that is no ETag": post(
        ACCEPT, ADVISER, 400, {"If-Match": "format"}, body={}, headers={"If-Match": "W/x"}
    ),
    "a key of another form": post(
        ACCEPT, ADVISER, 400, {"Idempotency-Key": "format"}, body={}, headers={"Idempotency-Key": "x" * 201}
    ),
    "a correlation id of another form": get(
        "/referrals", ADVISER, 400, {"X-Correlation-Id": "format"}, headers={"X-Correlation-Id": "<script>"}
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_request_that_breaks_a_rule_gets_its_own_problem_and_leaves_everything_as_it_was(
    place: Place, case: Case
) -> None:
    before = place.settled()
    token = place.token(*case.who, organisation_id=place.provider_id if case.who == PROVIDER else None)

    reply = place.ask(case.method, case.path, token=token, body=case.body, headers=case.headers)

    refused(place, reply, case.status, case.named)
    assert place.settled() == before


def test_a_key_used_again_with_another_body_is_refused_and_the_first_answer_stands(place: Place) -> None:
    token, key = place.token("adviser", CE), {"Idempotency-Key": secrets.token_hex(8)}
    about = {"council_id": CE, "referral_reference": f"REF-{secrets.token_hex(4)}", "source": "self"}
    first = place.ask(
        "POST", "/referrals", token=token, body=about | {"person": {"person_reference": "P-9"}}, headers=key
    )
    before = place.settled()

    other = place.ask(
        "POST", "/referrals", token=token, body=about | {"person": {"person_reference": "P-8"}}, headers=key
    )
    again = place.ask(
        "POST", "/referrals", token=token, body=about | {"person": {"person_reference": "P-9"}}, headers=key
    )

    assert first.status_code == 201, first.text
    problem = refused(place, other, 422)
    assert problem["code"] == "key-reused"
    assert again.json() == first.json()
    assert place.settled() == before


def test_a_header_beyond_all_measure_is_refused_without_a_word_of_the_inside(place: Place) -> None:
    reply = place.ask("GET", "/referrals", token=place.token("adviser", CE), headers={"X-Filler": "x" * 100_000})

    assert reply.status_code in (400, 414, 431)
    assert [inside for inside in INSIDES if inside in reply.text] == []
    assert place.ask("GET", "/referrals", token=place.token("adviser", CE)).status_code == 200


def test_a_problem_leads_to_its_explanation(place: Place) -> None:
    problem = refused(place, place.ask("GET", "/nothing-here", token=place.token("adviser", CE)), 404)

    page = requests.get(f"{place.address}{problem['type']}", headers={"Accept": "text/html"}, timeout=SECONDS)

    assert page.status_code == 200
    assert f'id="{problem["type"].partition("#")[2]}"' in page.text


def test_what_is_allowed_does_change_what_the_services_know(place: Place) -> None:
    before = place.settled()
    adviser = Client(place.address, place.token("adviser", CE))
    person_id = adviser.get(f"/referrals/{place.referral_id}")["person_id"]

    adviser.put(f"/people/{person_id}/communication-needs", {"name": "Sample 0001", "unsafe_channels": ["email"]})

    changed = {name for name, documents in place.settled().items() if documents != before[name]}
    assert changed == {"referrals persons", "notifications contacts"}


# The same by AMQP: refusals come on the council's own results queue.


@pytest.mark.needs_rabbitmq
@pytest.mark.timeout(300)
def test_bad_messages_are_each_answered_on_the_councils_results_queue(tmp_path: Path) -> None:
    broker_url, run = os.environ["STEWARD_TEST_RABBITMQ_URL"], f"bad{secrets.token_hex(3)}"
    sent = bad_messages(run)
    bodies = [body if isinstance(body, bytes) else json.dumps(body).encode() for body in sent.values()]

    with distributed(
        tmp_path, broker_url=broker_url, store_url=f"sqlite:///{tmp_path / 'stores'}", search_url="embedded:"
    ) as (processes, address, identity):
        answers = answers_to(broker_url, CE, bodies, run=run)
        listed = Client(address, identity.token(role="adviser", councils=(CE,))).get("/referrals")
        logs = processes.log("referrals-0")

    by_name = {name: answer_to(number, name, sent, answers, run) for number, name in enumerate(sent)}
    outcomes = {name: answer["outcome"] for name, answer in by_name.items()}
    assert outcomes == dict.fromkeys(sent, "refused") | {"good": "accepted", "again": "duplicate"}
    fields = {name: [error["field"] for error in answer["errors"]] for name, answer in by_name.items()}
    assert fields == {name: [] if name in SAME_ID else [FIELD_AT_FAULT.get(name, "body")] for name in sent}
    assert by_name["other content"]["problem"] == "key-reused"
    assert [referral["reference"] for referral in listed["items"]] == [sent["good"]["data"]["referral_reference"]]
    assert [inside for inside in INSIDES if inside in json.dumps(answers)] == []
    assert "Traceback" not in logs


FIELD_AT_FAULT = {
    "unknown type": "type",
    "wrong council": "source",
    "missing field": "data.referral_reference",
    "negative pence": "data.weekly_budget_pence",
    "half a penny": "data.weekly_budget_pence",
    "31 February": "data.person.born_on",
    "no postcode": "data.person.postcode",
}
"""Of what can be read at all."""


def bad_messages(run: str) -> dict[str, Any]:
    """A good event, the same again, and everything that must be refused; bytes go as they are."""
    good = an_event(id=f"{run}-good")
    return {
        "good": good,
        "again": good,
        "other content": good | {"data": good["data"] | {"urgency": "emergency"}},
        "unknown type": an_event(type="referral.invented"),
        "missing field": an_event(data__referral_reference=None),
        "wrong council": an_event(source=f"/councils/{CP}"),
        "negative pence": an_event(data__weekly_budget_pence=-1),
        "half a penny": an_event(data__weekly_budget_pence=12.5),
        "31 February": an_event(data__person={"person_reference": "P-1", "born_on": "2026-02-31"}),
        "no postcode": an_event(data__person={"person_reference": "P-1", "postcode": "ABC 123"}),
        "5 MB": b'"' + b"x" * 5_000_000 + b'"',
        "invalid UTF-8": b"\xff\xfe",
        "malformed": b'{"id": ',
        "a key twice": b'{"id": "a", "id": "b"}',
        "NaN": b'{"data": NaN}',
        "nested without end": b"[" * 100_000,
    }


def answer_to(number: int, name: str, sent: dict[str, Any], answers: list[dict[str, Any]], run: str) -> dict[str, Any]:
    """The answer to one message: by its event id, or by the message's own where no event could be read."""
    event = sent[name]
    known = f"{run}-{number}" if isinstance(event, bytes) else event["id"]
    meant = [answer for answer in answers if answer["event_id"] == known]
    if name in SAME_ID:
        return meant[SAME_ID.index(name)]
    (answer,) = meant
    return answer


SAME_ID = ("good", "again", "other content")
"""Answers about one event id are told in order."""
