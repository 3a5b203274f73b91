"""Whatever a council's message holds, it is answered: quickly, in few words, and never with what nobody foresaw."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from services.referrals.handlers.intake import NAMED_ERRORS, take_in_message
from shared.errors import Invalid
from shared.messaging.consuming.deliveries import Delivery
from shared.messaging.consuming.incoming import BATCH, BATCH_LIMIT, STRUCTURED, load_intake_formats
from tests.support.waiting import patience
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, an_event, submission

LIMIT = 262_144
FORMATS = load_intake_formats(("cloudevents",), body_bytes=LIMIT)
LONGEST_ANSWER = 20_000
GENEROUS_SECONDS = patience(4)
"""Each takes some milliseconds; before there were limits, some took four seconds on an idle machine."""


def delivery(body: bytes, **changes: Any) -> Delivery:
    plain = Delivery(
        body=body,
        headers={},
        content_type=STRUCTURED,
        message_id="the-message",
        user_id=None,
        routing_key="referral.submitted",
        exchange=f"in.{CE}",
        redelivered=False,
        delivery_tag=1,
    )
    return replace(plain, **changes)


def answers_to(desk: ReferralsDesk, sent: Delivery) -> list[dict[str, Any]]:
    """What the council is told of one message."""
    before = len(desk.intakes.told())
    take_in_message(FORMATS.documents_of(sent), council_id=CE, desk=desk.intake)
    return [envelope.data for envelope in desk.intakes.told()[before:]]


def a_listing(**data: Any) -> dict[str, Any]:
    listing = {"provider_reference": "PR-0001", "name": "Sample Provider", "lots": [1], **data}
    return an_event(type="provider.listed") | {"data": listing}


def a_notice(**data: Any) -> dict[str, Any]:
    notice = {"referral_reference": "REF-0007", "implemented_on": "2026-03-09", **data}
    return an_event(type="directpayment.implemented") | {"data": notice}


def nested(depth: int) -> bytes:
    return json.dumps(an_event())[:-1].encode() + b',"deep":' + b"[" * depth + b"]" * depth + b"}"


BOMBS: dict[str, Callable[[], bytes]] = {
    "one key again and again": lambda: b"{" + b",".join([b'"a":1'] * 40_000) + b"}",
    "many fields": lambda: json.dumps(an_event() | {f"f{n}": 1 for n in range(20_000)}).encode(),
    "many fields of data": lambda: json.dumps(an_event(**{f"data__f{n}": 1 for n in range(15_000)})).encode(),
    "a list of wrong values": lambda: json.dumps(a_listing(lots=["x"] * 50_000)).encode(),
    "a list of right values": lambda: json.dumps(a_listing(lots=[1] * 80_000)).encode(),
    "a list of objects": lambda: json.dumps(a_listing(lots=[{}] * 60_000)).encode(),
    "a long name": lambda: json.dumps(a_listing(name="\u00e9" * 100_000), ensure_ascii=False).encode(),
    "a long number": lambda: b'{"id":"a","n":' + b"9" * 200_000 + b"}",
    "a long fraction": lambda: b'{"id":"a","n":0.' + b"9" * 200_000 + b"}",
    "a number that is infinite": lambda: b'{"id":"a","n":1e400}',
    "NaN": lambda: b'{"id":"a","n":NaN}',
    "minus infinity": lambda: b'{"id":"a","n":-Infinity}',
    "half a character": lambda: b'{"id":"\\ud800"}',
    "just too deep": lambda: nested(33),
    "as deep as Python reads": lambda: nested(900),
    "deeper than Python reads": lambda: nested(100_000),
    "more bytes than the limit": lambda: b'"' + b"x" * LIMIT + b'"',
    "bytes that are no UTF-8": lambda: b'{"id": "\xff\xfe"}',
    "nothing": lambda: b"",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_schema_bomb_is_refused_in_a_few_words(name: str) -> None:
    desk = ReferralsDesk()
    body = BOMBS[name]()
    began = time.thread_time()

    [answer] = answers_to(desk, delivery(body))

    assert (answer["outcome"], answer["detail"] != "") == ("refused", True)
    assert len(json.dumps(answer)) < LONGEST_ANSWER
    assert time.thread_time() - began < GENEROUS_SECONDS, "of work, however busy the machine is"
    assert not any(desk.everything().values())


NASTY: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**63,
    -(10**30),
    10**400,
    1.5,
    1e308,
    "",
    " ",
    "x" * 10_000,
    "\u202e\u0000",
    "\U0001f600" * 200,
    "1e5",
    "9999-12-31",
    "0001-01-01",
    "2026-02-30",
    "__class__",
    "{{7*7}}",
    "$where",
    [],
    [[]],
    [None],
    ["x"] * 500,
    {},
    {"": None},
    {"$gt": ""},
    {"__type__": "datetime", "__value__": 1},
)


def places(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every place of an event where something else could stand."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*path, name)
            yield from places(inner, (*path, name))


def put(value: dict[str, Any], path: tuple[str, ...], nasty: Any) -> dict[str, Any]:
    name, *rest = path
    return value | {name: put(value[name], tuple(rest), nasty) if rest else nasty}


@pytest.mark.parametrize("sample", [an_event, a_listing, a_notice], ids=["referral", "listing", "notice"])
def test_anything_anywhere_in_an_event_is_answered(sample: Callable[..., dict[str, Any]]) -> None:
    for path in list(places(sample())):
        desk = ReferralsDesk()
        desk.take_in(an_event())
        for nasty in NASTY:
            [document] = FORMATS.documents_of(delivery(json.dumps(put(sample(), path, nasty)).encode()))
            answer = desk.take_in(document)
            assert answer.outcome in {"accepted", "refused", "duplicate"}, path
            assert len(repr(answer)) < LONGEST_ANSWER


def test_the_events_that_come_of_it_are_never_larger_than_an_event_may_be() -> None:
    desk = ReferralsDesk()
    longest = "\u00e9" * 4000

    desk.take_in(an_event(data__person=submission()["person"] | {"name": longest, "email": longest, "letter": longest}))
    desk.take_in(a_listing(lots=["x"] * 5000))

    told = [envelope for records in (desk.intakes, desk.persons, desk.referrals) for envelope in records.told()]
    assert max(len(envelope.body()) for envelope in told) < LIMIT


def test_an_answer_names_so_many_fields_and_no_more() -> None:
    desk = ReferralsDesk()

    answer = desk.take_in(a_listing(lots=["x"] * 1000))

    assert len(answer.errors) == NAMED_ERRORS
    assert answer.errors[0].field == "data.lots.0"


def test_copies_within_one_message_are_answered_once_and_another_content_once_more() -> None:
    desk = ReferralsDesk()
    event = an_event()
    others = [event | {"data": submission(weekly_budget_pence=n)} for n in range(BATCH_LIMIT - 2)]
    body = json.dumps([event, event, *others]).encode()

    answers = answers_to(desk, delivery(body, content_type=BATCH))

    assert [(answer["outcome"], answer.get("problem")) for answer in answers] == [
        ("accepted", None),
        ("refused", "key-reused"),
    ]


def test_a_message_that_another_broker_user_sent_is_refused() -> None:
    desk = ReferralsDesk()
    body = json.dumps(an_event()).encode()

    [forged] = answers_to(desk, delivery(body, user_id=f"ext-{CP}"))
    [proved] = answers_to(desk, delivery(body, user_id=f"ext-{CE}"))

    assert (forged["outcome"], proved["outcome"]) == ("refused", "accepted")


def test_where_the_broker_is_to_prove_the_sender_a_message_without_is_refused() -> None:
    strict = load_intake_formats(("cloudevents",), body_bytes=LIMIT, requires_user_id=True)
    body = json.dumps(an_event()).encode()

    [unproved] = strict.documents_of(delivery(body))
    [proved] = strict.documents_of(delivery(body, user_id=f"ext-{CE}"))

    assert "user_id" in unproved["unreadable"]
    assert proved["type"] == "referral.submitted"


def test_the_limits_hold_for_whichever_way_a_body_comes() -> None:
    with pytest.raises(Invalid, match="values"):
        FORMATS.read(json.dumps([1] * 20_000).encode(), content_type=STRUCTURED, headers={}, council_id=CE)
