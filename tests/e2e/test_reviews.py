"""Reviews and agencies by HTTP on a whole platform: one meeting counts for several cycles, an inadequate agency is off the list."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from gateway.commands import development_token
from shared.clock import SettableClock
from shared.dates import london_day
from shared.samples.client import Client, Refused
from shared.samples.journey import CE, CP, Journey
from tests.support.platforms import embedded
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    """Somebody's way through a platform of its own."""
    folder = tmp_path_factory.mktemp("reviews")
    with embedded(folder) as (_, address):
        clock = SettableClock(folder / "data" / "clock.json")
        sign_in = partial(development_token, data_dir=folder / "data", clock=clock)
        run = f"rv{secrets.token_hex(3)}"
        yield Journey(address=address, sign_in=sign_in, clock=clock, say=lambda _: None, run=run)


def test_support_begins_and_one_meeting_counts_for_several_cycles(journey: Journey) -> None:
    worker = journey.as_role("social_worker", CP)
    today = london_day(journey.clock.now()).isoformat()
    referral, provider = with_chosen_provider(journey)
    place = f"/referrals/{referral['id']}"

    begun = worker.post(f"{place}/support", {"began_on": today})
    programmed = eventually(lambda: reviews_of(worker, place))
    with pytest.raises(Refused) as refused:
        provider.post(f"{place}/reviews", meeting(today, council="the council was there"))
    held = worker.post(f"{place}/reviews", meeting(today, council="the council's", provider="the provider took part"))
    changed = provider.post(
        f"{place}/budget-changes", {"weekly_before_pence": 20000, "weekly_after_pence": 26000, "reason": "Sample."}
    )

    assert begun["status"] == "in_support"
    assert {clock["rule"] for clock in programmed["clocks"]} == {"C11", "C12", "S1a"}
    assert refused.value.status == 403
    assert [one["cycle"] for one in held["reviews"][0]["satisfied"]] == ["council", "provider"]
    still_due = {clock["rule"]: clock["occurrence"] for clock in held["clocks"] if clock["state"] == "running"}
    assert still_due == {"C11": 2, "C12": 2, "S1a": 1}
    assert changed["budget_changes"][0]["weekly_after_pence"] == 26000
    assert held["id"] in [one["id"] for one in worker.get("/reviews")["items"]]


def test_an_agency_that_becomes_inadequate_is_off_the_list(journey: Journey) -> None:
    adviser = journey.as_role("adviser", CE)
    today = london_day(journey.clock.now()).isoformat()
    rating = {"rated_on": today, "source": "https://www.cqc.example.org"}

    agency = adviser.post(
        "/agencies",
        {"council_id": CE, "reference": f"1-{journey.run}", "name": "Sample Care", "rating": "good", **rating},
    )
    before = adviser.get("/agencies", barred="false")["items"]
    adviser.post(f"/agencies/{agency['id']}/rating", {"rating": "inadequate", **rating})

    assert [one["id"] for one in before] == [agency["id"]]
    assert adviser.get("/agencies")["items"] == []
    assert [one["id"] for one in adviser.get("/agencies", barred="true")["items"]] == [agency["id"]]
    assert adviser.get("/direct-payments", overdue="true")["items"] == []
    assert adviser.get("/reviews", overdue="false")["items"] == []


def test_a_provider_is_changed_as_the_person_asked_and_the_ledger_holds_both_funds(journey: Journey) -> None:
    worker, brokerage = journey.as_role("social_worker", CP), journey.as_role("brokerage_team", CP)
    today = london_day(journey.clock.now()).isoformat()
    referral, provider = with_chosen_provider(journey, "change")
    place = f"/referrals/{referral['id']}"
    person = journey.as_role("person", CP, actor_id=referral["person_id"])
    worker.post(f"{place}/support", {"began_on": today})
    eventually(lambda: reviews_of(worker, place))
    (first,) = eventually(lambda: funds_of(worker, referral))

    with pytest.raises(Refused) as wrong:
        person.post(f"{place}/provider/change", {"wish": "better", "reason": ""})
    person.post(f"{place}/provider/change", {"wish": "change", "reason": "Sample: we do not get on."})
    with pytest.raises(Refused) as not_theirs:
        person.post(f"{place}/provider/end", {"ended_on": today, "at_wish_of": "person", "reason": "Sample."})
    ended = worker.post(f"{place}/provider/end", {"ended_on": today, "at_wish_of": "person", "reason": "Sample."})
    with pytest.raises(Refused) as gone:
        provider.get(place)

    assert {error["field"] for error in wrong.value.problem["errors"]} == {"wish", "reason"}
    assert (not_theirs.value.status, gone.value.status) == (403, 404)
    assert (ended["status"], ended["former_providers"][0]["provider_id"]) == ("accepted", first["provider_id"])
    assert eventually(lambda: worker.get(f"/funds/{first['id']}").get("support_ended_on")) == today
    assert eventually(lambda: reviews_of(worker, place).get("ended_on")) == today
    chosen, _ = next_provider(journey, referral["id"])
    assert chosen["provider_id"] != first["provider_id"]
    funds = eventually(lambda: found if len(found := funds_of(brokerage, referral)) == 2 else None)
    assert {fund["provider_id"] for fund in funds} == {first["provider_id"], chosen["provider_id"]}


def test_for_somebody_without_capacity_or_family_an_advocate_is_there_when_it_is_decided_and_reviewed(
    journey: Journey,
) -> None:
    worker = journey.as_role("social_worker", CP)
    today = london_day(journey.clock.now()).isoformat()
    referral, _ = with_chosen_provider(journey, "advocate")
    place = f"/referrals/{referral['id']}"
    decision = {
        "matter": "Whether an ISF is best for them",
        "has_family": False,
        "decision_maker": "court-of-protection",
        "decision_maker_name": "Court of Protection",
        "assessment": "MCA-0007",
    }
    outcome = {"outcome": "for", "decided_on": today, "reasons": "Sample: it fits.", "consulted": "Sample: all."}

    with pytest.raises(Refused) as wrong:
        worker.post(f"{place}/best-interests", decision | {"decision_maker": "neighbour"})
    begun = worker.post(f"{place}/best-interests", decision)
    with pytest.raises(Refused) as alone:
        worker.post(f"/best-interests/{begun['id']}/decision", outcome)
    worker.post(f"/best-interests/{begun['id']}/advocate", {"advocate_id": "advocate-07", "name": "Alex Example"})
    decided = worker.post(f"/best-interests/{begun['id']}/decision", outcome)
    worker.post(f"{place}/support", {"began_on": today})
    eventually(lambda: reviews_of(worker, place))
    with pytest.raises(Refused) as without:
        worker.post(f"{place}/reviews", meeting(today, council="the council's"))
    held = worker.post(f"{place}/reviews", meeting(today, council="the council's") | {"advocate_id": "advocate-07"})

    assert [error["field"] for error in wrong.value.problem["errors"]] == ["decision_maker"]
    assert (alone.value.status, alone.value.problem["code"]) == (409, "advocate-needed")
    assert decided["decided"]["outcome"] == "for"
    assert without.value.problem["code"] == "advocate-needed"
    assert held["reviews"][0]["advocate_id"] == "advocate-07"
    listed = worker.get("/best-interests", referral_id=referral["id"])["items"]
    assert [one["id"] for one in listed] == [begun["id"]]


def funds_of(client: Client, referral: dict[str, Any]) -> list[dict[str, Any]]:
    """The funds of a referral's person."""
    found: list[dict[str, Any]] = client.get("/funds", person_id=referral["person_id"])["items"]
    return found


def next_provider(journey: Journey, referral_id: str) -> tuple[dict[str, Any], Client]:
    """Another provider is on the framework, says yes, and is chosen."""
    run = f"{journey.run}-next"
    system = journey.as_role("council_system", CP)
    provider_event = {"provider_reference": run, "name": "Sample Provider 02", "lots": [1]}
    listed = system.publish([event(journey, "provider.listed", provider_event, run)])[0]
    return chosen_provider(journey, referral_id, listed["record_id"])


def meeting(on: str, **satisfied: str) -> dict[str, Any]:
    """A meeting of that day, with why it counts for each cycle."""
    counts = [{"cycle": cycle, "because": because} for cycle, because in satisfied.items()]
    return {"held_on": on, "outcome": "Sample: all is well.", "satisfied": counts}


def reviews_of(client: Client, place: str) -> dict[str, Any] | None:
    """The reviews, once they are programmed."""
    try:
        found: dict[str, Any] = client.get(f"{place}/reviews")
    except Refused:
        return None
    return found


def with_chosen_provider(journey: Journey, name: str = "") -> tuple[dict[str, Any], Client]:
    """A referral whose provider the person has chosen, and that provider."""
    system, brokerage = journey.as_role("council_system", CP), journey.as_role("brokerage_team", CP)
    run = f"{journey.run}{name}"
    provider_event = {"provider_reference": run, "name": "Sample Provider", "lots": [1]}
    listed = system.publish([event(journey, "provider.listed", provider_event, run)])[0]
    data = {
        "referral_reference": run,
        "has_eligible_needs": True,
        "care_and_support_plan": "CSP-1",
        "weekly_budget_pence": 20000,
        "lot": 1,
        "person": {"person_reference": run, "name": "Sample Person 0001"},
    }
    referral_id = system.publish([event(journey, "referral.submitted", data, run)])[0]["record_id"]
    brokerage.post(f"/referrals/{referral_id}/accept")
    return chosen_provider(journey, referral_id, listed["record_id"])


def chosen_provider(journey: Journey, referral_id: str, provider_id: str) -> tuple[dict[str, Any], Client]:
    """The referral is offered, this provider says yes, and is chosen."""
    brokerage = journey.as_role("brokerage_team", CP)
    offered = brokerage.post(f"/referrals/{referral_id}/offers", {"lot": 1})
    provider = journey.as_role("isf_provider", CP, organisation_id=provider_id)
    today = london_day(journey.clock.now()).isoformat()
    offer_id = next(offer["offer_id"] for offer in offered["offers"] if offer["provider_id"] == provider_id)
    provider.post(f"/offers/{offer_id}/answer", {"has_capacity": True, "can_start_on": today})
    return brokerage.post(f"/referrals/{referral_id}/choose-provider", {"provider_id": provider_id}), provider


def event(journey: Journey, type: str, data: dict[str, Any], run: str) -> dict[str, Any]:
    """An event of the council's case system."""
    return {
        "specversion": "1.0",
        "id": f"{run}-{type}",
        "source": f"/councils/{CP}",
        "type": type,
        "data": data,
    }
