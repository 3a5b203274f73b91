from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.context import Caller
from shared.messaging.calls.client import ServiceRefusal
from tests.component.pa_registry.journeys import (
    COUNCIL,
    CREWE,
    EMPLOYER,
    MACCLESFIELD,
    NEAR_CREWE,
    OTHER_COUNCIL,
    PUBLIC,
    Registry,
)
from tests.support.clocks import FixedClock
from tests.support.running import RunningPlatform


def test_a_registered_checked_and_published_entry_is_found_by_words_and_says_why(registry: Registry) -> None:
    entry_id = registry.listed(about="Sample entry, swims well.", facets={"skills": ["hoisting"]})

    page = registry.search(q="swimming", selections={"skills": ["hoisting"]})

    assert page["items"] == [
        {
            "id": entry_id,
            "headline": "Patient and practical",
            "within_miles": None,
            "reasons": [
                {"criterion": "skills", "values": ["hoisting"]},
                {"criterion": "text", "values": ["swimming"]},
            ],
        }
    ]
    assert (page["total"], page["next"]) == (1, None)


def test_nobody_is_found_before_publishing(registry: Registry) -> None:
    entry_id = registry.register()
    registry.check(entry_id)
    registry.settled(entry_id)

    assert registry.search()["total"] == 0


def test_facet_counts_are_exact_and_an_or_facet_does_not_narrow_its_own(registry: Registry) -> None:
    for skills, language in ((["hoisting"], "polish"), (["hoisting", "housework"], "polish"), (["housework"], "welsh")):
        registry.listed(facets={"skills": skills, "languages": [language]})

    everybody, narrowed = registry.search(), registry.search(selections={"languages": ["polish"]})

    assert everybody["facets"]["skills"]["hoisting"] == 2
    assert everybody["facets"]["skills"]["tube-feeding"] == 0
    assert everybody["facets"]["languages"] == {"polish": 2, "welsh": 1}
    assert narrowed["total"] == 2
    assert narrowed["facets"]["skills"]["housework"] == 1
    assert narrowed["facets"]["languages"] == {"polish": 2, "welsh": 1}


def test_distance_is_measured_from_a_real_postcode_and_told_as_a_band(registry: Registry) -> None:
    here, near, far = (registry.listed(postcode=postcode) for postcode in (CREWE, NEAR_CREWE, MACCLESFIELD))

    page = registry.search(postcode="cw12ab", radius_miles=5, sort="distance")

    bands = {hit["id"]: hit["within_miles"] for hit in page["items"]}
    assert bands.keys() == {here, near}
    assert bands[here] == 2
    assert page["items"][0]["within_miles"] <= page["items"][1]["within_miles"]
    assert far in registry.found(postcode=MACCLESFIELD)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        pytest.param({"postcode": "ZZ99 9ZZ"}, "postcode", id="a postcode that nobody has"),
        pytest.param({"postcode": "nonsense"}, "postcode", id="no postcode at all"),
        pytest.param({"radius_miles": 5}, "postcode", id="a radius around nothing"),
        pytest.param({"postcode": CREWE, "radius_miles": 3}, "radius_miles", id="a radius of one's own"),
        pytest.param({"dbs_within_years": 9}, "dbs_within_years", id="years of one's own"),
        pytest.param({"sort": "distance"}, "sort", id="by distance from nowhere"),
        pytest.param({"q": "!?"}, "q", id="no word"),
        pytest.param({"q": "x" * 201}, "q", id="a flood of words"),
        pytest.param({"selections": {"shoe_size": ["9"]}}, "selections", id="no such facet"),
        pytest.param({"selections": {"skills": ["flying"]}}, "selections.skills", id="no such value"),
        pytest.param({"limit": 1_000_000}, "limit", id="a page of a million"),
        pytest.param({"after": "not a cursor"}, "after", id="a cursor nobody gave"),
        pytest.param({"name": "Alex"}, "name", id="a field there is not"),
    ],
)
def test_a_search_that_cannot_be_made_names_the_field(registry: Registry, asked: dict[str, Any], field: str) -> None:
    with pytest.raises(ServiceRefusal) as refused:
        registry.search(**asked)

    assert refused.value.problem()["kind"] == "invalid"
    assert [error["field"] for error in refused.value.problem()["errors"]] == [field]


def test_only_what_was_agreed_to_can_be_filtered_on_or_counted(registry: Registry) -> None:
    entry_id = registry.listed(shown=["skills"])

    assert registry.found(selections={"skills": ["personal-care"]}) == {entry_id}
    assert registry.found(selections={"gender": ["woman"]}) == set()
    assert registry.found(selections={"dbs": ["enhanced"]}) == set()
    assert registry.found(dbs_within_years=1) == set()
    assert registry.search()["facets"]["gender"]["woman"] == 0

    registry.call("amend_personal_assistant", {"id": entry_id, "shown": ["gender", "dbs"]})
    registry.settled(entry_id)

    assert registry.found(selections={"gender": ["woman"]}) == {entry_id}
    assert registry.found(selections={"dbs": ["enhanced"]}) == {entry_id}
    assert registry.found(dbs_within_years=1) == {entry_id}
    assert registry.found(selections={"skills": ["personal-care"]}) == set()


def test_a_search_stays_within_the_councils_of_the_caller(registry: Registry) -> None:
    entry_id = registry.listed()
    elsewhere = replace(EMPLOYER, councils=(OTHER_COUNCIL,))

    assert registry.found(elsewhere) == set()
    assert registry.search(elsewhere)["facets"]["languages"] == {}
    assert registry.found(replace(EMPLOYER, councils=())) == set()
    assert registry.found(replace(EMPLOYER, councils=("*",))) == {entry_id}
    with pytest.raises(ServiceRefusal, match="there is no council"):
        registry.search(elsewhere, council_id=COUNCIL)


def test_whoever_withdraws_is_found_no_more(registry: Registry) -> None:
    stays, goes = registry.listed(), registry.listed()

    registry.call("withdraw_personal_assistant", {"id": goes, "reason": "Moved away."})

    assert registry.found() == {stays}
    registry.settled(goes)
    assert registry.search()["total"] == 1


def test_pages_follow_one_another_without_gap_or_repeat(registry: Registry) -> None:
    ids = {registry.listed() for _ in range(5)}

    first = registry.search(limit=2)
    second = registry.search(limit=2, after=first["next"])
    third = registry.search(limit=2, after=second["next"])

    seen = [hit["id"] for page in (first, second, third) for hit in page["items"]]
    assert sorted(seen) == sorted(ids)
    assert third["next"] is None


def test_the_index_is_whole_again_after_a_restart(tmp_path: Path, clock: FixedClock) -> None:
    first = Registry(running=RunningPlatform(tmp_path, services=["safeguarding", "pa_registry"]), clock=clock)
    first.running.start()
    listed, withdrawn = first.listed(), first.listed()
    first.call("withdraw_personal_assistant", {"id": withdrawn})
    first.settled(withdrawn)
    first.running.stop()

    second = Registry(running=RunningPlatform(tmp_path, services=["safeguarding", "pa_registry"]), clock=clock)
    second.running.start()
    page = second.search()
    second.running.stop()

    assert [hit["id"] for hit in page["items"]] == [listed]
    assert page["total"] == 1


def summary(registry: Registry, caller: Caller = PUBLIC, **asked: Any) -> dict[str, Any]:
    return registry.call("summarise_personal_assistants", {"council_id": COUNCIL, **asked}, caller)


def test_anyone_sees_totals_rounded_down_to_fives_and_no_list(registry: Registry) -> None:
    for number in range(7):
        registry.listed(facets={"skills": ["hoisting"], "languages": ["polish" if number < 6 else "welsh"]})

    totals = summary(registry)
    narrowed = summary(registry, facet="languages", value="polish")

    assert totals["total"] == 5
    assert totals["facets"]["skills"]["hoisting"] == 5
    assert totals["facets"]["languages"] == {"polish": 5}
    assert "gender" not in totals["facets"]
    assert (narrowed["total"], narrowed["facets"]["skills"]["hoisting"]) == (5, 5)
    assert set(totals) == {"total", "facets"}
    assert summary(registry, facet="languages", value="welsh") == summary(registry, facet="languages", value="klingon")


def test_totals_change_in_batches_and_not_with_every_entry(registry: Registry) -> None:
    for _ in range(4):
        registry.listed()
    assert summary(registry)["total"] == 0

    registry.listed()
    before = summary(registry)["total"]
    registry.clock.advance(timedelta(minutes=15))

    assert (before, summary(registry)["total"]) == (0, 5)


def test_without_a_council_the_councils_own_totals_are_added_up(registry: Registry) -> None:
    for _ in range(5):
        registry.listed()

    assert registry.call("summarise_personal_assistants", {}, PUBLIC)["total"] == 5


def test_the_totals_of_an_unknown_council_are_not_found(registry: Registry) -> None:
    with pytest.raises(ServiceRefusal) as refused:
        summary(registry, council_id="atlantis")

    assert refused.value.problem()["kind"] == "not-found"
