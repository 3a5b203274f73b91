from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from shared.errors import Invalid, TooLarge
from shared.messaging.consuming import incoming
from shared.messaging.consuming.deliveries import Delivery
from shared.messaging.consuming.incoming import (
    BATCH,
    BINARY,
    CLOUDEVENTS,
    STRUCTURED,
    IntakeFormats,
    UnknownFormat,
    load_intake_formats,
)
from shared.plugins.registry import BadPlugin
from tests.unit.plugins import samples

BUILT_IN = load_intake_formats(("cloudevents",), body_bytes=1000)
EVENT = {"specversion": "1.0", "id": "e-1", "source": "/councils/cheshire-east", "type": "provider.listed"}


def a_delivery(body: bytes, content_type: str | None, **headers: str) -> Delivery:
    """A message through Cheshire East's exchange."""
    return Delivery(
        body=body,
        headers=headers,
        content_type=content_type,
        message_id="m-1",
        user_id=None,
        routing_key="referral.submitted",
        exchange="in.cheshire-east",
        redelivered=False,
        delivery_tag=1,
    )


def read(formats: IntakeFormats, body: bytes, content_type: str, headers: Mapping[str, Any] | None = None) -> list[Any]:
    return formats.read(body, content_type=content_type, headers=headers or {}, council_id="cheshire-east")


@pytest.fixture
def two_formats(monkeypatch: pytest.MonkeyPatch) -> IntakeFormats:
    """CloudEvents, and a council's own lines of text."""
    install(monkeypatch, lines="tests.unit.plugins.samples:LINES")
    return load_intake_formats(("cloudevents", "lines"), body_bytes=1000)


def install(monkeypatch: pytest.MonkeyPatch, **formats: str) -> None:
    """Makes formats known under these names, beside the built-in one."""
    usual = incoming.load_plugins
    entries = [
        EntryPoint(name=name, value=value, group="steward.intake")
        for name, value in {"cloudevents": "shared.messaging.consuming.incoming:CLOUDEVENTS", **formats}.items()
    ]
    monkeypatch.setattr(incoming, "load_plugins", lambda *args, **shape: usual(*args, installed=entries, **shape))


def test_the_built_in_format_comes_through_the_same_point_as_others() -> None:
    assert set(BUILT_IN.by_content_type.values()) == {CLOUDEVENTS}


def test_the_content_type_chooses_the_format(two_formats: IntakeFormats) -> None:
    lines = read(two_formats, b"PROV-1;Sample Support Ltd", "text/x-lines; charset=utf-8")
    structured = read(two_formats, json.dumps(EVENT).encode(), STRUCTURED.upper())

    assert [document["id"] for document in lines] == ["cheshire-east-PROV-1"]
    assert structured == [EVENT]


def test_a_message_without_a_content_type_is_read_as_json(two_formats: IntakeFormats) -> None:
    [document] = two_formats.documents_of(a_delivery(b'{"name": "x"}', None, **{"CE-id": "e-1", "ce-type": "t"}))

    assert document == {"id": "e-1", "type": "t", "datacontenttype": BINARY, "data": {"name": "x"}}


def test_a_format_knows_the_council_that_the_broker_proved(two_formats: IntakeFormats) -> None:
    [document] = two_formats.documents_of(a_delivery(b"PROV-1;Sample Support Ltd", samples.LINES.content_types[0]))

    assert document["source"] == "/councils/cheshire-east"


def test_a_content_type_that_nobody_reads_is_named() -> None:
    with pytest.raises(UnknownFormat, match=r"no intake format reads 'text/csv'; known content types: application/"):
        read(BUILT_IN, b"", "text/csv")


@pytest.mark.parametrize(
    ("body", "content_type", "says"),
    [
        (b"\xff", STRUCTURED, "UTF-8"),
        (b'{"id": "a", "id": "b"}', STRUCTURED, "there twice"),
        (b'{"id": NaN}', STRUCTURED, "NaN is not JSON"),
        (b'{"id": 1e999}', STRUCTURED, "too large"),
        (b'{"id": "\\ud800"}', STRUCTURED, "half a character"),
        (b"[" * 100_000, STRUCTURED, "too deeply"),
        (b"{}", BATCH, "JSON array"),
        (b"[]", BATCH, "JSON array"),
        (b"{}", BINARY, r"ce-\* headers"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(body: bytes, content_type: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        read(BUILT_IN, body, content_type)


def test_a_batch_of_more_than_a_hundred_is_too_large() -> None:
    with pytest.raises(TooLarge):
        read(BUILT_IN, json.dumps([EVENT] * 101).encode(), BATCH)


@pytest.mark.parametrize(
    ("delivery", "says"),
    [
        (a_delivery(b"\xff", STRUCTURED), "UTF-8"),
        (a_delivery(b"x" * 1001, STRUCTURED), "larger than 1000 bytes"),
        (a_delivery(b"{}", STRUCTURED, compression="application/x-gzip"), "compressed"),
        (a_delivery(b"{}", "text/csv"), "no intake format"),
        (a_delivery(json.dumps([EVENT] * 101).encode()[:900], BATCH), "JSON"),
    ],
)
def test_a_message_that_cannot_be_read_becomes_a_document_that_says_so(delivery: Delivery, says: str) -> None:
    [document] = BUILT_IN.documents_of(delivery)

    assert says in document["unreadable"]
    assert document["id"] == "m-1"


def test_the_answer_to_an_unreadable_message_goes_by_the_events_own_id_if_it_has_one() -> None:
    [document] = BUILT_IN.documents_of(a_delivery(b"\xff", BINARY, **{"ce-id": "e-9"}))

    assert document["id"] == "e-9"


def test_two_formats_of_one_content_type_stop_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, again="tests.unit.plugins.samples:ALSO_CLOUDEVENTS")

    with pytest.raises(BadPlugin, match=f"both 'cloudevents' and 'again' read {STRUCTURED.replace('+', '.')}"):
        load_intake_formats(("cloudevents", "again"), body_bytes=1000)


@pytest.mark.parametrize("shape", ["NO_READ", "NO_TYPES", "TYPES_OF_TEXT", "EMPTY_TYPES"])
def test_a_format_of_another_shape_stops_the_process(monkeypatch: pytest.MonkeyPatch, shape: str) -> None:
    install(monkeypatch, odd=f"tests.unit.plugins.samples:{shape}")

    with pytest.raises(BadPlugin, match=r"'odd' .* is not a shared.plugins.points.IntakeFormat"):
        load_intake_formats(("odd",), body_bytes=1000)
