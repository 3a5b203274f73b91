"""What was once published or sent in can still be read: a stored sample of every event type and version loads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.referrals.handlers.reading import read_message
from shared.documents.releases import kept_releases
from shared.errors import StewardError
from shared.events.catalogue import CATALOGUE
from shared.events.envelope import data_in_present_version, read_headers, read_structured
from shared.events.intake import INCOMING
from shared.events.schemas import dump_event
from shared.messaging.consuming.incoming import CLOUDEVENTS, STRUCTURED

FOLDER = Path(__file__).resolve().parents[2] / "support" / "event_samples"
SAMPLES = {path.name.removesuffix(".json"): path for path in sorted(FOLDER.glob("*.json"))}
INCOMING_SAMPLES = [name for name in SAMPLES if name.startswith("incoming.")]
PUBLISHED_SAMPLES = [name for name in SAMPLES if name not in INCOMING_SAMPLES]


def sample(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(SAMPLES[name].read_text(encoding="utf-8"))
    return document


def still_holds(told: Any, kept: Any) -> bool:
    """Whether everything that was told is kept; what has been added since is no loss."""
    if isinstance(told, dict):
        return isinstance(kept, dict) and all(name in kept and still_holds(told[name], kept[name]) for name in told)
    if isinstance(told, list):
        return isinstance(kept, list) and len(told) == len(kept) and all(map(still_holds, told, kept))
    return bool(told == kept)


def test_every_event_type_and_version_has_a_sample() -> None:
    published = {f"{name}.v{cls.major}" for name, cls in CATALOGUE.items()}

    assert published - set(PUBLISHED_SAMPLES) == set()
    assert {f"incoming.{name}.v1" for name in INCOMING} - set(INCOMING_SAMPLES) == set()


@pytest.mark.parametrize(("release", "contract"), kept_releases().items())
def test_every_version_that_was_ever_released_keeps_its_sample(release: str, contract: dict[str, Any]) -> None:
    published = {name.replace("/v", ".v") for name in contract["published"]}

    assert published - set(PUBLISHED_SAMPLES) == set()
    assert {f"incoming.{name}.v1" for name in contract["incoming"]} - set(INCOMING_SAMPLES) == set()


@pytest.mark.parametrize("name", PUBLISHED_SAMPLES)
def test_a_published_event_still_loads_with_all_it_told(name: str) -> None:
    envelope = read_structured(sample(name))

    event = envelope.event()

    assert f"{event.type}.v{envelope.dataschema.rpartition('/v')[2]}" == name
    told = data_in_present_version(envelope.type, envelope.dataschema, envelope.data)
    assert still_holds(told, event.as_data())


@pytest.mark.parametrize("name", PUBLISHED_SAMPLES)
def test_a_published_event_is_the_same_with_its_attributes_in_headers(name: str) -> None:
    envelope = read_structured(sample(name))

    assert read_headers(envelope.headers(), envelope.body()) == envelope
    assert envelope.as_json() == sample(name)


@pytest.mark.parametrize("name", PUBLISHED_SAMPLES)
def test_a_published_event_is_of_its_owners_stream(name: str) -> None:
    document = sample(name)
    stream = CATALOGUE[document["type"]].stream

    assert document["source"] == f"/services/{stream.owner}"
    assert document["partitionkey"] == f"{stream.name}:{document['subject']}"


@pytest.mark.parametrize("name", INCOMING_SAMPLES)
def test_what_a_council_sent_is_still_taken_in(name: str) -> None:
    [document] = CLOUDEVENTS.read(
        SAMPLES[name].read_bytes(), content_type=STRUCTURED, headers={}, council_id="cheshire-east"
    )

    message = read_message(document, "cheshire-east")

    assert isinstance(message, INCOMING[document["type"]])
    assert still_holds(document["data"], dump_event(message))


@pytest.mark.parametrize("name", INCOMING_SAMPLES)
def test_another_councils_event_is_not(name: str) -> None:
    with pytest.raises(StewardError, match="attributes"):
        read_message(sample(name), "cambridgeshire-peterborough")


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"a": 1}, {}),
        ({"a": 1}, {"a": 2}),
        ({"a": {"b": 1}}, {"a": {}}),
        ([1, 2], [1]),
        ({"a": [{"b": 1}]}, {"a": [{}]}),
    ],
)
def test_a_fact_that_was_told_and_is_no_longer_read_would_be_seen(told: Any, kept: Any) -> None:
    assert not still_holds(told, kept)
    assert still_holds(told, told)


def test_what_was_added_since_is_no_loss() -> None:
    assert still_holds({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}, "d": 3})
