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
    assert [one["id"] for one in worker.get("/reviews")["items"]] == [held["id"]]


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


def with_chosen_provider(journey: Journey) -> tuple[dict[str, Any], Client]:
    """A referral whose provider the person has chosen, and that provider."""
    system, brokerage = journey.as_role("council_system", CP), journey.as_role("brokerage_team", CP)
    provider_event = {"provider_reference": journey.run, "name": "Sample Provider", "lots": [1]}
    listed = system.publish([event(journey, "provider.listed", provider_event)])[0]
    data = {
        "referral_reference": journey.run,
        "has_eligible_needs": True,
        "care_and_support_plan": "CSP-1",
        "weekly_budget_pence": 20000,
        "lot": 1,
        "person": {"person_reference": journey.run, "name": "Sample Person 0001"},
    }
    referral_id = system.publish([event(journey, "referral.submitted", data)])[0]["record_id"]
    brokerage.post(f"/referrals/{referral_id}/accept")
    offered = brokerage.post(f"/referrals/{referral_id}/offers", {"lot": 1})
    provider = journey.as_role("isf_provider", CP, organisation_id=listed["record_id"])
    today = london_day(journey.clock.now()).isoformat()
    offer_id = offered["offers"][0]["offer_id"]
    provider.post(f"/offers/{offer_id}/answer", {"has_capacity": True, "can_start_on": today})
    chosen = brokerage.post(f"/referrals/{referral_id}/choose-provider", {"provider_id": listed["record_id"]})
    return chosen, provider


def event(journey: Journey, type: str, data: dict[str, Any]) -> dict[str, Any]:
    """An event of the council's case system."""
    return {
        "specversion": "1.0",
        "id": f"{journey.run}-{type}",
        "source": f"/councils/{CP}",
        "type": type,
        "data": data,
    }
