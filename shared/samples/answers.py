"""The other answers that a referral may get: refused, put on the waiting list, outside the contract, urgent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shared.dates import london_day, parse_instant
from shared.samples.checking import Journey
from shared.samples.generating import SampleCouncil

CE = "cheshire-east"
CP = "cambridgeshire-peterborough"
URGENT_RULE = "C6"


def referrals_are_answered(journey: Journey) -> None:
    """Both councils: one refused, one waiting, one self-funder, one urgent."""
    refused, waiting, own_means = _sent(
        journey, CE, [{"self_funder": False}, {"self_funder": False}, {"self_funder": True}]
    )
    one_is_refused(journey, refused)
    one_waits(journey, waiting)
    one_pays_for_themselves(journey, own_means)
    (urgent,) = _sent(journey, CP, [{"urgency": "urgent"}])
    one_is_urgent(journey, urgent)


def one_is_refused(journey: Journey, referral_id: str) -> None:
    """A refusal has a reason of the policy, and is over only when it was told by word of mouth and in writing (CE 4.3)."""
    journey.step("A referral is refused, with its reason, by word of mouth and in writing.")
    adviser, place = journey.as_role("adviser", CE), f"/referrals/{referral_id}"
    today = london_day(journey.clock.now()).isoformat()
    journey.refused(
        lambda: adviser.post(f"{place}/refuse", {"reason": "full", "told_verbally_on": today}),
        status=422,
        says="policy",
        fact="a reason that the policy does not know is refused",
    )
    refused = adviser.post(f"{place}/refuse", {"reason": "not-resident", "told_verbally_on": today})
    journey.check(refused["status"] == "refused", "it is refused, which is neither accepted nor not yet seen", refused)
    told = journey.eventually(lambda: _if_told(adviser.get(place)), "its letter went out and recorded itself")
    journey.check(told["refusal"]["told_verbally_on"] == today, "both acts are recorded (CE 4.3)", told["refusal"])
    listed = adviser.get("/refusals", council_id=CE, limit=100)["items"]
    journey.check(referral_id in {line["id"] for line in listed}, "it is kept among the refusals (CE 4.8)", listed)


def one_waits(journey: Journey, referral_id: str) -> None:
    """The waiting list says where one stands and why (CE 4.8)."""
    journey.step("A referral waits, and its place on the list is explained.")
    adviser, place = journey.as_role("adviser", CE), f"/referrals/{referral_id}"
    said = {"reason": "No personal assistant is free in the area.", "delay_reason": "no-care-available"}
    waiting = adviser.post(f"{place}/place-on-waiting-list", said)
    journey.check(waiting["status"] == "waiting", "it waits, and its answer was in time", waiting)
    lines = adviser.get("/waiting-list", council_id=CE, limit=100)["items"]
    own = next((line for line in lines if line["id"] == referral_id), None)
    journey.check(
        own is not None and own["place"]["position"] >= 1, "its place, score and eight fields are told (CE 4.8)", lines
    )


def one_pays_for_themselves(journey: Journey, referral_id: str) -> None:
    """Component 3 lies outside the contract, and so outside the council's view (CE 1.1, 1.4)."""
    journey.step("A person who pays for themselves is outside the contract.")
    adviser, worker = journey.as_role("adviser", CE), journey.as_role("social_worker", CE)
    referral = adviser.get(f"/referrals/{referral_id}")
    journey.check(referral["component"] == "self-funder", "the service sees a self-funder (CE 1.1)", referral)
    journey.refused(
        lambda: worker.get(f"/referrals/{referral_id}"),
        status=404,
        says="no referral",
        fact="the council does not learn of it (CE 1.4)",
    )


def one_is_urgent(journey: Journey, referral_id: str) -> None:
    """An urgent service starts within 24 hours, any day of the week (CP 6.4)."""
    journey.step("An urgent referral has its own clock, which counts hours.")
    brokerage = journey.as_role("brokerage_team", CP)
    referral = brokerage.get(f"/referrals/{referral_id}")
    clock = next(clock for clock in referral["clocks"] if clock["rule"] == URGENT_RULE)
    given = parse_instant(clock["due_at"]) - parse_instant(clock["started_at"])
    journey.check(
        given == timedelta(hours=24), f"it is to start by {clock['due_at']}, 24 hours on ({clock['clause']})", clock
    )
    explained = brokerage.get(f"/clocks/{clock['id']}")["explanation"]
    journey.check(
        all(step["counted"] for step in explained["steps"]), "no hour is skipped: it explains each", explained
    )


def _sent(journey: Journey, council_id: str, given: list[dict[str, Any]]) -> list[str]:
    """Referrals of this journey, as the council's system sends them; their ids."""
    council = SampleCouncil(council_id=council_id, now=journey.clock.now())
    complete = [event for event in council.referrals(20) if "care_and_support_plan" in event["data"]]
    events = [
        _renamed(event, f"{journey.run}-{number}", values)
        for number, (event, values) in enumerate(zip(complete[7:], given, strict=False))
    ]
    answers = journey.as_role("council_system", council_id).publish(events)
    journey.check(all(answer["outcome"] == "accepted" for answer in answers), "they are taken in", answers)
    return [answer["record_id"] for answer in answers]


def _renamed(event: dict[str, Any], run: str, values: dict[str, Any]) -> dict[str, Any]:
    data = event["data"]
    person = data["person"] | {"person_reference": f"{run}-answered"}
    return event | {
        "id": f"{run}-answered",
        "data": data | {"referral_reference": f"{run}-answered", "person": person} | values,
    }


def _if_told(referral: dict[str, Any]) -> dict[str, Any] | None:
    return referral if referral["refusal"].get("written_on") else None
