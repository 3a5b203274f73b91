"""Samples: the same seed gives the same people, all plainly fictitious, where the council is, in the figures' proportions."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from shared.events.intake import INCOMING
from shared.events.schemas import schema_of
from shared.geography import Postcodes
from shared.samples.generating import SampleCouncil, read_figures
from tests.support.clocks import A_MONDAY_MORNING
from tests.unit.referrals.builders import COUNCILS, ReferralsDesk

CE = COUNCILS[0]
MANY = 600
TAKEN_IN = 60


def council(council_id: str = CE, **changes: Any) -> SampleCouncil:
    return SampleCouncil(council_id=council_id, now=A_MONDAY_MORNING, **changes)


def everything(sample: SampleCouncil, count: int = 30) -> list[dict[str, Any]]:
    return [*sample.providers(), *sample.referrals(count), *sample.personal_assistants(count)]


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in nested samples, with where it stands."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    elif isinstance(value, str):
        yield path, value


@pytest.mark.parametrize("council_id", COUNCILS)
def test_the_same_seed_gives_the_same_samples_and_another_seed_others(council_id: str) -> None:
    first = everything(council(council_id))

    assert everything(council(council_id)) == first
    assert everything(council(council_id, seed=7)) != first


def test_more_samples_begin_with_the_same_ones() -> None:
    few = [event["data"]["person"]["name"] for event in council().referrals(5)]
    many = [event["data"]["person"]["name"] for event in council().referrals(50)]

    assert many[:5] == few


@pytest.mark.parametrize("council_id", COUNCILS)
def test_everyone_is_plainly_fictitious(council_id: str) -> None:
    rules = {
        "name": r"(Sample Provider \d\d|[A-Z][a-z]+ Sample \d{4}|Sample Social Worker \d\d|Sample Assistant \d{3})",
        "email": r"[a-z]+(-[a-z]+)*-\d+@example\.org",
        "sms": r"07700 900\d{3}",
        "phone": r"01632 960\d{3}",
        "letter": r"\d+ Sample Street\n.+",
    }

    seen: Counter[str] = Counter()
    for field, text in leaves(everything(council(council_id), 100)):
        if field in rules:
            seen[field] += 1
            assert re.fullmatch(rules[field], text), (field, text)

    assert seen.keys() == rules.keys()


@pytest.mark.parametrize("council_id", COUNCILS)
def test_whoever_wants_to_be_reached_by_a_channel_has_an_address_for_it(council_id: str) -> None:
    for event in council(council_id).referrals(200):
        person = event["data"]["person"]
        assert person["preferred_channel"] in person


@pytest.mark.parametrize("council_id", COUNCILS)
def test_postcodes_are_real_ones_within_the_councils_authorities(council_id: str) -> None:
    authorities = set(read_figures()["councils"][council_id]["authorities"])
    postcodes = Postcodes()
    sample = council(council_id)
    homes = [event["data"]["person"]["postcode"] for event in sample.referrals(60)]
    homes += [entry["postcode"] for entry in sample.personal_assistants(60)]

    assert len(set(homes)) > 100
    assert {postcodes.local_authority_of(home) for home in homes} <= authorities


@pytest.mark.parametrize("council_id", COUNCILS)
def test_every_event_is_taken_in_and_what_lacks_its_plan_is_incomplete(council_id: str) -> None:
    desk = ReferralsDesk()
    sample = council(council_id)

    for event in [*sample.providers(), *sample.referrals(TAKEN_IN)]:
        answer = desk.take_in(event, council_id)
        assert answer.outcome == "accepted", answer
        assert set(answer.missing) <= {"care_and_support_plan"}

    statuses = Counter(stored.state.status for stored in desk.referrals.records.find(limit=1000).items)
    assert statuses == {"submitted": TAKEN_IN - TAKEN_IN // 7, "incomplete": TAKEN_IN // 7}


def test_every_event_has_the_shape_that_the_platform_publishes() -> None:
    for event in [*council().providers(), *council().referrals(20)]:
        assert schema_of(INCOMING[event["type"]]).load(event["data"])


def test_proportions_are_near_the_specifications_figures() -> None:
    figures = read_figures()
    groups, asked = figures["client_groups"]["counts"], figures["referrals"]
    data = [event["data"] for event in council().referrals(MANY)]

    drawn = Counter(one["client_group"] for one in data)
    for group, counted in groups.items():
        share = counted / sum(groups.values())
        assert drawn[group] / MANY == pytest.approx(share, abs=0.06), group
    paying = sum(one["self_funder"] for one in data) / MANY
    assert paying == pytest.approx(asked["self_funders"] / asked["total"], abs=0.06)


def test_the_figures_are_the_specifications_own() -> None:
    figures = read_figures()

    assert sum(figures["client_groups"]["counts"].values()) == 729
    assert (figures["referrals"]["total"], figures["referrals"]["self_funders"]) == (930, 254)
    assert (figures["client_groups"]["clause"], figures["referrals"]["clause"]) == ("CE 1.9", "CE 1.9")


def test_everyone_was_an_adult_and_nothing_lies_ahead() -> None:
    for event in council().referrals(200):
        born = date.fromisoformat(event["data"]["person"]["born_on"])
        assert born.replace(year=born.year + 18) <= A_MONDAY_MORNING.date()
    for entry in council().personal_assistants(100):
        assert date.fromisoformat(entry["checked_on"]) < A_MONDAY_MORNING.date()


def test_samples_are_json_and_hold_no_fraction_of_a_penny() -> None:
    text = json.dumps(everything(council()))

    amounts = re.findall(r'"weekly_budget_pence": ([^,}]+)', text)
    assert amounts
    assert all(re.fullmatch(r"\d+", amount) for amount in amounts)
