from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from shared.messaging.calls.client import ServiceRefusal
from tests.component.pa_registry.journeys import (
    ADVISER,
    COUNCIL,
    EMPLOYER,
    OTHER_COUNCIL,
    Registry,
    a_personal_assistant,
)

THEMSELVES = a_personal_assistant("assistant", 7)
CONTACT = {"name": "Alex Example", "email": "alex@example.org", "preferred_channel": "email"}


def refusal(registry: Registry, method: str, payload: dict[str, Any], caller: Any = ADVISER) -> dict[str, Any]:
    with pytest.raises(ServiceRefusal) as refused:
        registry.call(method, payload, caller)
    return refused.value.problem()


def test_registering_twice_under_one_key_makes_one_entry(registry: Registry) -> None:
    keyed = replace(ADVISER, idempotency_key="once")

    first, second = registry.register(caller=keyed), registry.register(caller=keyed)

    assert first == second
    assert registry.types(first) == ["pa.registered"]
    assert len(registry.call("list_personal_assistants", {})["items"]) == 1


def test_a_personal_assistant_registers_themselves_once_and_reads_only_their_own_entry(registry: Registry) -> None:
    own, other = registry.register(caller=THEMSELVES), registry.listed()

    again = refusal(registry, "register_personal_assistant", {"council_id": COUNCIL, "contact": CONTACT}, THEMSELVES)

    assert again["kind"] == "conflict"
    assert registry.call("get_personal_assistant", {"id": own}, THEMSELVES)["shown"] == ["skills", "languages"]
    assert [e["id"] for e in registry.call("list_personal_assistants", {}, THEMSELVES)["items"]] == [own]
    for method in ("get_personal_assistant", "amend_personal_assistant", "withdraw_personal_assistant"):
        assert refusal(registry, method, {"id": other}, THEMSELVES)["kind"] == "not-found"


def test_nobody_checks_or_publishes_themselves(registry: Registry) -> None:
    own = registry.register(caller=THEMSELVES)
    check = {"id": own, "check": "identity", "checked_on": "2026-01-15"}

    assert refusal(registry, "record_check", check, THEMSELVES)["code"] == "own-entry"
    assert refusal(registry, "publish_personal_assistant", {"id": own}, THEMSELVES)["code"] == "own-entry"


def test_employers_read_published_entries_and_of_them_only_what_is_shown(registry: Registry) -> None:
    hidden, listed = registry.register(), registry.listed()

    read = registry.call("get_personal_assistant", {"id": listed}, EMPLOYER)

    assert refusal(registry, "get_personal_assistant", {"id": hidden}, EMPLOYER)["kind"] == "not-found"
    assert read["facets"] == {"skills": ["personal-care"], "languages": ["english"]}
    assert read["checks"] == []
    assert {"postcode", "contact", "name", "shown"}.isdisjoint(read)
    assert "Alex Example" not in json.dumps(read)


def test_a_name_and_a_dbs_check_are_shown_once_agreed_to(registry: Registry) -> None:
    listed = registry.listed(shown=["dbs", "name"])

    read = registry.call("get_personal_assistant", {"id": listed}, EMPLOYER)

    assert read["name"] == "Alex Example"
    assert read["facets"] == {"dbs": ["enhanced"]}
    assert read["checks"] == [
        {"check": "dbs", "checked_on": "2026-01-15", "level": "enhanced", "update_service": False}
    ]


def test_another_councils_staff_find_nothing(registry: Registry) -> None:
    listed = registry.listed()
    elsewhere = replace(ADVISER, councils=(OTHER_COUNCIL,))

    assert refusal(registry, "get_personal_assistant", {"id": listed}, elsewhere)["kind"] == "not-found"
    assert refusal(registry, "publish_personal_assistant", {"id": listed}, elsewhere)["kind"] == "not-found"
    assert registry.call("list_personal_assistants", {}, elsewhere)["items"] == []


def test_the_whole_register_is_listed_by_status_for_those_who_keep_it(registry: Registry) -> None:
    registered, listed = registry.register(), registry.listed()

    by_status = {
        status: [e["id"] for e in registry.call("list_personal_assistants", {"status": status})["items"]]
        for status in ("registered", "published", "withdrawn")
    }

    assert by_status == {"registered": [registered], "published": [listed], "withdrawn": []}


def test_how_to_reach_them_travels_on_the_contact_stream_alone(registry: Registry) -> None:
    entry_id = registry.listed()
    moved = {**CONTACT, "email": "alex.new@example.org"}

    registry.call("amend_personal_assistant", {"id": entry_id, "contact": moved})
    registry.settled(entry_id)

    contacts = registry.told(entry_id, stream="pacontact")
    assert [c.data["details"]["email"] for c in contacts] == ["alex@example.org", "alex.new@example.org"]
    assert [c.sequence for c in contacts] == [1, 2]
    assert "example.org" not in json.dumps([envelope.as_json() for envelope in registry.told(entry_id)])
    assert registry.types(entry_id) == ["pa.registered", "pa.verified", "pa.listing.published"]


def test_publishing_without_the_check_asked_for_names_it_and_its_clause(registry: Registry) -> None:
    entry_id = registry.register()
    registry.check(entry_id, level="basic")

    problem = refusal(registry, "publish_personal_assistant", {"id": entry_id})

    assert problem["code"] == "not-ready-to-publish"
    assert [error["field"] for error in problem["errors"]] == ["checks.dbs"]
    assert 'CE 3.2 "Employing a PA"' in problem["detail"]


def test_a_change_of_what_was_not_read_last_is_refused(registry: Registry) -> None:
    entry_id = registry.register()

    problem = refusal(registry, "amend_personal_assistant", {"id": entry_id, "headline": "New", "expected_version": 9})

    assert problem["kind"] == "stale"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        pytest.param({"postcode": "ZZ99 9ZZ"}, "postcode", id="a postcode that nobody has"),
        pytest.param({"facets": {"skills": ["flying"]}}, "facets.skills", id="a skill there is not"),
        pytest.param({"facets": {"dbs": ["enhanced"]}}, "facets.dbs", id="a DBS status of one's own saying"),
        pytest.param({"shown": ["everything"]}, "shown", id="agreeing to everything at once"),
        pytest.param({"contact": {"preferred_channel": "sms", "name": "A"}}, "contact.sms", id="no number for SMS"),
        pytest.param({"contact": {}}, "contact.name", id="no name"),
        pytest.param({"contact": {**CONTACT, "shoe_size": 9}}, "contact.shoe_size", id="a field there is not"),
        pytest.param({"council_id": 7}, "council_id", id="a council that is a number"),
        pytest.param({"headline": "x" * 201}, "headline", id="a headline too long"),
    ],
)
def test_an_entry_that_cannot_be_registered_names_the_field(
    registry: Registry, given: dict[str, Any], field: str
) -> None:
    payload = {"council_id": COUNCIL, "contact": CONTACT, **given}

    problem = refusal(registry, "register_personal_assistant", payload)

    assert problem["kind"] == "invalid"
    assert [error["field"] for error in problem["errors"]] == [field]


def test_an_unknown_council_and_one_out_of_scope_are_not_found(registry: Registry) -> None:
    for council_id in ("atlantis", OTHER_COUNCIL):
        payload = {"council_id": council_id, "contact": CONTACT}
        assert refusal(registry, "register_personal_assistant", payload)["kind"] == "not-found"


def test_health_counts_what_the_index_holds(registry: Registry) -> None:
    registry.listed()

    health = registry.call("health", {})

    assert (health["search"], health["indexed"], health["store"]) == ("ok", 1, "ok")
