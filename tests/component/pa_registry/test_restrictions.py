from __future__ import annotations

import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.errors import Unavailable
from shared.events.safeguarding import RestrictionImposed, RestrictionLifted
from shared.ids import derived_id
from shared.messaging.calls.client import ServiceRefusal
from tests.component.pa_registry.journeys import ADVISER, COUNCIL, TEAM, Registry, a_personal_assistant
from tests.support.waiting import eventually

WORKER = "Sample Person 0007 was left without meals"


def raise_concern(registry: Registry, alleged_id: str) -> str:
    concern = {
        "council_id": COUNCIL,
        "person_id": "per-0007",
        "categories": ["neglect"],
        "description": WORKER,
        "alleged_kind": "personal_assistant",
        "alleged_id": alleged_id,
        "consent_sought": True,
    }
    return str(registry.running.call("safeguarding", "raise_concern", concern, ADVISER)["id"])


def conclude(registry: Registry, concern_id: str) -> None:
    decided = {"id": concern_id, "procedures_apply": True, "reason": "Sample."}
    registry.running.call("safeguarding", "triage_concern", decided, TEAM)
    decided = {"id": concern_id, "decision": "no-enquiry", "reason": "Sample."}
    registry.running.call("safeguarding", "decide_section_42", decided, TEAM)
    concluded = {"id": concern_id, "outcome": "unfounded", "restriction_lifted": True}
    registry.running.call("safeguarding", "conclude_concern", concluded, TEAM)


def imposed(registry: Registry, party_id: str) -> RestrictionImposed:
    return RestrictionImposed(party_id=party_id, kind="personal_assistant", from_at=registry.clock.now())


def lifted(registry: Registry, party_id: str) -> RestrictionLifted:
    return RestrictionLifted(party_id=party_id, kind="personal_assistant", from_at=registry.clock.now())


def test_a_concern_takes_the_entry_out_of_search_and_its_end_brings_it_back(registry: Registry) -> None:
    stays, goes = registry.listed(), registry.listed()

    concern_id = raise_concern(registry, goes)
    eventually(lambda: registry.found() == {stays})
    eventually(lambda: registry.search()["total"] == 1)
    assert registry.status(goes) == "suspended"
    conclude(registry, concern_id)

    eventually(lambda: registry.found() == {stays, goes})
    assert registry.status(goes) == "published"
    assert registry.types(goes)[-2:] == ["pa.listing.suspended", "pa.listing.restored"]


def test_nothing_that_the_register_tells_logs_or_answers_says_why(registry: Registry) -> None:
    entry_id = registry.listed()

    with capture_logs() as logs:
        concern_id = raise_concern(registry, entry_id)
        eventually(lambda: registry.status(entry_id) == "suspended")
        registry.settled(entry_id)

    told = registry.told(entry_id)[-1]
    answer = registry.call("get_personal_assistant", {"id": entry_id})
    [concern] = registry.running.published("safeguarding", stream="concern", subject=concern_id)
    everything = json.dumps([told.as_json(), answer]) + str(
        [line for line in logs if line.get("service") != "safeguarding"]
    )
    assert told.data == {"personal_assistant_id": entry_id}
    for trace in (concern_id, concern.id, concern.correlationid, "per-0007", "neglect", WORKER):
        assert trace not in everything
    assert told.actorid == "service:safeguarding"


def test_whoever_is_suspended_is_not_shown_even_while_the_index_lags(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry_id = registry.listed()
    engine = registry.running.platform.search_engine()
    monkeypatch.setattr(engine, "index", away)

    registry.tell(imposed(registry, entry_id), sequence=1)
    eventually(lambda: registry.status(entry_id) == "suspended")

    assert registry.search()["total"] == 1
    assert registry.found() == set()


def away(_: Any) -> None:
    raise Unavailable("the search engine is away")


def test_an_index_that_was_away_is_brought_up_to_date_when_it_is_back(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry_id = registry.listed()
    engine = registry.running.platform.search_engine()
    held = registry.running.resources("pa_registry").held
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(engine, "index", away)
        registry.tell(imposed(registry, entry_id), sequence=1)
        eventually(lambda: held.counts().get("retry"))

    registry.clock.at = registry.running.resources("pa_registry").tending.page(limit=1).items[0]["due_at"]

    eventually(lambda: registry.search()["total"] == 0)


def test_the_same_restriction_told_again_changes_nothing(registry: Registry) -> None:
    entry_id = registry.listed()

    for sequence in (1, 1, 2, 1, 2):
        event = imposed(registry, entry_id) if sequence == 1 else lifted(registry, entry_id)
        told = registry.tell(event, sequence=sequence)
    registry.running.settled("pa_registry", told)
    registry.settled(entry_id)

    assert registry.types(entry_id)[-2:] == ["pa.listing.suspended", "pa.listing.restored"]
    assert registry.types(entry_id).count("pa.listing.suspended") == 1
    assert registry.found() == {entry_id}


def test_a_lift_that_overtakes_its_restriction_waits_for_it(registry: Registry) -> None:
    entry_id = registry.listed()

    second = registry.tell(lifted(registry, entry_id), sequence=2)
    held = registry.running.resources("pa_registry").held
    eventually(lambda: held.counts().get("gap"))
    registry.tell(imposed(registry, entry_id), sequence=1)
    registry.running.settled("pa_registry", second)
    registry.settled(entry_id)

    assert registry.types(entry_id)[-2:] == ["pa.listing.suspended", "pa.listing.restored"]
    assert registry.found() == {entry_id}


def test_a_restriction_is_remembered_for_one_who_is_not_on_the_register_yet(registry: Registry) -> None:
    themselves = a_personal_assistant("assistant", 7)
    expected = derived_id("pa", COUNCIL, themselves.actor_id)
    registry.running.settled("pa_registry", registry.tell(imposed(registry, expected), sequence=1))

    entry_id = registry.register(caller=themselves)
    registry.check(entry_id)
    with pytest.raises(ServiceRefusal) as refused:
        registry.publish(entry_id)
    registry.running.settled("pa_registry", registry.tell(lifted(registry, expected), sequence=2))

    assert entry_id == expected
    assert refused.value.code == "listing-suspended"
    assert registry.publish(entry_id)["status"] == "published"


def test_an_entry_withdrawn_while_suspended_stays_withdrawn(registry: Registry) -> None:
    entry_id = registry.listed()
    registry.running.settled("pa_registry", registry.tell(imposed(registry, entry_id), sequence=1))
    registry.call("withdraw_personal_assistant", {"id": entry_id})

    registry.running.settled("pa_registry", registry.tell(lifted(registry, entry_id), sequence=2))

    assert registry.status(entry_id) == "withdrawn"
    assert registry.found() == set()


def test_a_restriction_of_another_kind_of_party_is_not_the_registers_business(registry: Registry) -> None:
    entry_id = registry.listed()
    event = RestrictionImposed(party_id=entry_id, kind="provider", from_at=registry.clock.now())

    registry.running.settled("pa_registry", registry.tell(event, sequence=1))

    assert registry.status(entry_id) == "published"
