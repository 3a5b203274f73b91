from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

import shared.events.envelope
from shared.events.catalogue import CATALOGUE
from shared.events.envelope import data_in_present_version, read_headers, read_structured
from shared.events.language import Event
from shared.events.referrals import REFERRAL
from shared.events.versions import UPCASTERS, UnknownEventType, UnknownEventVersion, Upcasters, upcasts
from shared.messaging.publishing.feed import feed_item, history_item
from tests.unit.messaging.streams import an_envelope


@dataclass(frozen=True, kw_only=True)
class AllocatedInPairs(Event):
    """`referral.allocated` as it might become: two workers, and the person no longer told."""

    type = "referral.allocated"
    stream = REFERRAL
    major = 3

    referral_id: str
    worker_ids: tuple[str, ...]
    lead_id: str


def pair(data: Any) -> dict[str, Any]:
    return {"referral_id": data["referral_id"], "worker_ids": [data["worker_id"]]}


def with_lead(data: Any) -> dict[str, Any]:
    return {**data, "lead_id": data["worker_ids"][0]}


@pytest.fixture
def third_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release in which `referral.allocated` is at v3, with both steps from v1."""
    monkeypatch.setattr(shared.events.envelope, "CATALOGUE", {**CATALOGUE, "referral.allocated": AllocatedInPairs})
    monkeypatch.setattr(UPCASTERS, "_steps", {})
    upcasts("referral.allocated", major=1)(pair)
    upcasts("referral.allocated", major=2)(with_lead)


@pytest.mark.usefixtures("third_version")
def test_an_event_of_an_older_version_is_read_as_the_present_one():
    event = an_envelope(1).event()

    assert event == AllocatedInPairs(referral_id="ref-1", worker_ids=("w-1",), lead_id="w-1")


@pytest.mark.usefixtures("third_version")
def test_it_is_the_same_off_the_wire_held_and_from_the_log():
    envelope = an_envelope(1)
    entry = {"envelope": envelope.as_json()}
    expected = {"referral_id": "ref-1", "worker_ids": ["w-1"], "lead_id": "w-1"}

    assert read_headers(envelope.headers(), envelope.body()).event().as_data() == expected
    assert read_structured(envelope.as_json()).event().as_data() == expected
    assert feed_item(entry)["data"] == expected
    assert history_item(envelope)["data"] == expected


@pytest.mark.usefixtures("third_version")
def test_what_is_sent_again_from_the_log_is_as_it_was_published():
    stored = an_envelope(1).as_json()

    assert read_structured(stored).as_json() == stored


@pytest.mark.parametrize(
    "dataschema",
    [
        "urn:steward:referrals:referral.allocated/v2",
        "urn:steward:referrals:referral.allocated/v0",
        "urn:steward:referrals:referral.allocated/v1.5",
        "urn:steward:referrals:referral.allocated/v١",
        "urn:steward:referrals:referral.closed/v1",
        "urn:steward:ledger:referral.allocated/v1",
        "https://example.org/v1",
        "v1",
    ],
)
def test_a_version_that_is_not_known_is_named_and_not_guessed(dataschema: str):
    envelope = an_envelope(1, dataschema=dataschema)

    with pytest.raises(UnknownEventVersion):
        envelope.event()
    assert data_in_present_version(envelope.type, dataschema, envelope.data) == envelope.data


@pytest.mark.usefixtures("third_version")
def test_a_version_without_a_step_to_the_next_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(UPCASTERS._steps, ("referral.allocated", 2))

    with pytest.raises(UnknownEventVersion, match="from v2 to v3"):
        an_envelope(1).event()


def test_a_type_that_is_not_known_is_named():
    with pytest.raises(UnknownEventType, match=r"referral\.reopened"):
        an_envelope(1, type="referral.reopened").event()


def test_fields_that_are_not_known_are_ignored():
    envelope = an_envelope(1)

    told = an_envelope(1, data={**envelope.data, "added_in_a_later_release": {"some": ["thing"]}})

    assert told.event() == envelope.event()


def test_steps_reach_the_present_only_without_a_hole():
    upcasters = Upcasters()
    upcasters.declare("visit.planned", major=1)(dict)
    upcasters.declare("visit.planned", major=3)(dict)

    assert upcasters.reaching({"visit.planned": 4}) == {"visit.planned/v3"}
    assert upcasters.reaching({"visit.planned": 2}) == {"visit.planned/v1"}


def test_a_step_is_declared_once():
    upcasters = Upcasters()
    upcasters.declare("visit.planned", major=1)(dict)

    with pytest.raises(ValueError, match="twice"):
        upcasters.declare("visit.planned", major=1)(dict)
