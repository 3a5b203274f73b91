from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from shared.events.compatibility import breaks_between

STREAM = {"name": "visit", "owner": "rota", "exchange": "rota.events", "outside": False, "personal_data": False}
VISIT = {
    "type": "object",
    "properties": {
        "visit_id": {"type": "string", "maxLength": 100},
        "on": {"type": "string", "format": "date"},
        "minutes": {"type": "integer", "minimum": 15},
        "kind": {"type": "string", "enum": ["planned", "urgent"]},
        "note_id": {"type": "string"},
        "steps": {"type": "array", "items": {"type": "object", "properties": {"done": {"type": "boolean"}}}},
    },
    "required": ["visit_id", "on"],
}
Change = Callable[[dict[str, Any]], Any]


def a_contract() -> dict[str, Any]:
    """One published event and one that councils send, both of the same shape."""
    return {
        "published": {"visit.planned/v1": {"stream": dict(STREAM), "schema": copy.deepcopy(VISIT)}},
        "incoming": {"visit.asked": copy.deepcopy(VISIT)},
    }


def published_after(change: Change) -> list[tuple[str, str]]:
    present = a_contract()
    change(present["published"]["visit.planned/v1"]["schema"])
    return [(b.path, b.rule) for b in breaks_between(a_contract(), present)]


def incoming_after(change: Change) -> list[tuple[str, str]]:
    present = a_contract()
    change(present["incoming"]["visit.asked"])
    return [(b.path, b.rule) for b in breaks_between(a_contract(), present)]


def fields(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema["properties"]
    return found


BREAKS_FOR_EVERYONE = [
    pytest.param(lambda s: fields(s).pop("note_id"), ("note_id", "field-removed"), id="an optional field removed"),
    pytest.param(
        lambda s: fields(s)["steps"]["items"]["properties"].pop("done"),
        ("steps[].done", "field-removed"),
        id="a field removed from the items of a list",
    ),
    pytest.param(lambda s: fields(s)["minutes"].update(type="string"), ("minutes", "type-changed"), id="type change"),
    pytest.param(lambda s: s["required"].append("note_id"), ("note_id", "newly-required"), id="newly required"),
    pytest.param(
        lambda s: (fields(s).update(place={"type": "string"}), s["required"].append("place")),
        ("place", "newly-required"),
        id="a new field that is required at once",
    ),
    pytest.param(lambda s: fields(s)["kind"]["enum"].remove("urgent"), ("kind", "enum-narrowed"), id="enum narrowed"),
    pytest.param(
        lambda s: fields(s)["note_id"].update(enum=["a"]), ("note_id", "enum-narrowed"), id="an enum where none was"
    ),
    pytest.param(lambda s: fields(s)["on"].update(format="date-time"), ("on", "format-changed"), id="another format"),
    pytest.param(lambda s: fields(s)["on"].pop("format"), ("on", "format-changed"), id="a format given up"),
    pytest.param(
        lambda s: fields(s)["note_id"].update(format="uuid"), ("note_id", "format-changed"), id="a format added"
    ),
    pytest.param(
        lambda s: fields(s)["visit_id"].update(maxLength=36), ("visit_id", "limit-narrowed"), id="shorter text"
    ),
    pytest.param(
        lambda s: fields(s)["note_id"].update(maxLength=36), ("note_id", "limit-narrowed"), id="a limit where none was"
    ),
    pytest.param(
        lambda s: fields(s)["minutes"].update(minimum=30), ("minutes", "limit-narrowed"), id="a higher minimum"
    ),
    pytest.param(
        lambda s: s.update(additionalProperties=False),
        ("", "additionalProperties-changed"),
        id="unknown fields refused",
    ),
]
BREAKS_FOR_READERS = [
    pytest.param(lambda s: s["required"].remove("on"), ("on", "no-longer-required"), id="no longer required"),
    pytest.param(
        lambda s: fields(s)["kind"]["enum"].append("follow-up"), ("kind", "enum-widened"), id="a new value of an enum"
    ),
    pytest.param(
        lambda s: fields(s)["visit_id"].update(maxLength=200), ("visit_id", "limit-widened"), id="longer text"
    ),
    pytest.param(lambda s: fields(s)["minutes"].pop("minimum"), ("minutes", "limit-widened"), id="a minimum given up"),
]
HARMLESS = [
    pytest.param(lambda s: fields(s).update(place={"type": "string"}), id="a new optional field"),
    pytest.param(lambda s: fields(s)["on"].update(description="the day"), id="a description"),
    pytest.param(lambda s: s["required"].reverse(), id="another order"),
]


@pytest.mark.parametrize(("change", "named"), [*BREAKS_FOR_EVERYONE, *BREAKS_FOR_READERS])
def test_each_breaking_change_of_a_published_event_is_named_with_its_place(change: Change, named: tuple[str, str]):
    assert published_after(change) == [named]


@pytest.mark.parametrize(("change", "named"), BREAKS_FOR_EVERYONE)
def test_each_breaking_change_of_what_councils_send_is_named(change: Change, named: tuple[str, str]):
    assert incoming_after(change) == [named]


@pytest.mark.parametrize(("change", "named"), BREAKS_FOR_READERS)
def test_what_councils_send_may_grow_wider(change: Change, named: tuple[str, str]):
    assert incoming_after(change) == []


@pytest.mark.parametrize("change", HARMLESS)
def test_what_only_adds_breaks_nothing(change: Change):
    assert published_after(change) == []
    assert incoming_after(change) == []


def test_a_removed_type_is_named_whoever_published_it():
    present = a_contract()
    del present["published"]["visit.planned/v1"]
    del present["incoming"]["visit.asked"]

    found = breaks_between(a_contract(), present)

    assert [(b.event, b.rule) for b in found] == [
        ("visit.planned/v1", "type-removed"),
        ("incoming visit.asked", "type-removed"),
    ]


def test_a_new_type_breaks_nothing():
    present = a_contract()
    present["published"]["visit.done/v1"] = {"stream": STREAM, "schema": VISIT}
    present["incoming"]["visit.cancelled"] = VISIT

    assert breaks_between(a_contract(), present) == []


@pytest.mark.parametrize("part", sorted(STREAM))
def test_a_type_that_moves_to_another_stream_is_named(part: str):
    present = a_contract()
    present["published"]["visit.planned/v1"]["stream"][part] = "another"

    [found] = breaks_between(a_contract(), present)

    assert found.rule == "stream-changed"
    assert f"{part}=another" in found.why


def test_a_version_that_upcasters_bring_up_to_the_present_one_may_go():
    present = a_contract()
    present["published"]["visit.planned/v2"] = present["published"].pop("visit.planned/v1")

    assert [b.rule for b in breaks_between(a_contract(), present)] == ["type-removed"]
    assert breaks_between(a_contract(), present, upcast={"visit.planned/v1"}) == []


def test_a_break_is_told_in_a_sentence():
    present = a_contract()
    present["published"]["visit.planned/v1"]["schema"]["properties"].pop("note_id")

    [found] = breaks_between(a_contract(), present)

    assert str(found) == "visit.planned/v1 at note_id: field-removed: what was told is no longer read"
