"""A council's year: the specification's own figures, the same bytes for the same seed, and a truth that events bear out."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.intake import INCOMING
from shared.events.schemas import schema_of
from shared.geography import Postcodes
from shared.policy.policies import Policies
from shared.samples.council_year.cases import CouncilYear
from shared.samples.council_year.feed import Feed
from shared.samples.council_year.shares import divided
from shared.samples.council_year.truth import truth_of
from tests.unit.referrals.builders import CE, COUNCILS, CP

CHESHIRE_EAST = "E06000049"


def feed(council_id: str = CE, **changes: Any) -> Feed:
    return Feed(year=CouncilYear(**({"council_id": council_id, "seed": 7, "year": 2020} | changes)))


def lines(feed: Feed) -> bytes:
    return b"".join(feed.lines())


def test_a_year_of_cheshire_east_has_the_figures_of_the_specification() -> None:
    truth = truth_of(feed())

    assert truth["referrals"] == 930
    assert truth["self_funders"] == {"all": 254, "sent_by_council": 203, "came_themselves": 51}
    assert truth["contact_type"] == {"information-and-advice": 260, "other": 93, "reviews-and-audits": 577}
    assert truth["client_group"] == {
        "carer": 52,
        "learning-disability": 324,
        "long-term-condition": 59,
        "mental-health": 78,
        "physical-impairment": 384,
        "sensory-impairment": 33,
    }


def test_a_year_of_cambridgeshire_is_its_target_of_75() -> None:
    assert (truth_of(feed(CP))["referrals"], truth_of(feed(CP))["self_funders"]["all"]) == (75, 0)


@pytest.mark.parametrize("council_id", COUNCILS)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(council_id: str) -> None:
    first = lines(feed(council_id, referrals=40))

    assert lines(feed(council_id, referrals=40)) == first
    assert lines(feed(council_id, referrals=40, seed=8)) != first


@pytest.mark.parametrize("council_id", COUNCILS)
def test_the_truth_is_what_the_events_say(council_id: str) -> None:
    year = feed(council_id)
    truth, events = truth_of(year), [json.loads(line) for line in year.lines()]

    first = {event["id"]: event["data"] for event in events if event["id"].endswith("-sent")}
    kinds = Counter(event["id"].rpartition("-")[2] for event in events)
    assert sum(truth["answers"].values()) == len(events)
    assert truth["answers"]["refused"] == kinds["malformed"]
    assert truth["answers"]["duplicate"] == kinds["sent"] - len(first)
    for name in ("source", "urgency", "client_group", "contact_type", "primary_support_reason"):
        assert Counter(data[name] for data in first.values()) == Counter(truth[name]), name
    assert sum(data["self_funder"] for data in first.values()) == truth["self_funders"]["all"]


@pytest.mark.parametrize("council_id", COUNCILS)
def test_every_event_but_the_malformed_is_one_that_the_councils_policy_knows(council_id: str) -> None:
    pack = Policies.load().packs.versions_of(council_id)[0]
    groups = {row["code"] for row in pack.table("client_groups")} if "client_groups" in pack.values else None

    for event in feed(council_id).events():
        if event["id"].endswith("malformed"):
            continue
        assert schema_of(INCOMING[event["type"]]).load(event["data"])
        assert groups is None or event["data"].get("client_group") in {*groups, None}


def test_people_live_where_the_council_is_and_each_has_a_reference_of_their_own() -> None:
    people = [
        e["data"]["person"] for e in feed().events() if e["id"].endswith("-0001-sent") or e["id"].endswith("7-sent")
    ]
    postcodes = Postcodes()

    assert len({person["person_reference"] for person in people}) == len({person["name"] for person in people}) > 50
    assert {postcodes.local_authority_of(person["postcode"]) for person in people} == {CHESHIRE_EAST}


@given(total=st.integers(0, 5000), weights=st.lists(st.integers(0, 500), min_size=1, max_size=8).filter(any))
def test_parts_add_up_and_none_is_one_away_from_its_share(total: int, weights: list[int]) -> None:
    named = {f"part-{n}": weight for n, weight in enumerate(weights)}

    parts = divided(total, named)

    assert sum(parts.values()) == total
    assert all(abs(parts[name] - total * weight / sum(weights)) < 1 for name, weight in named.items())
