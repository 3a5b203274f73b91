"""Direct payments in the journey: the test of who may receive one, its checks, one that was missed, one test not met."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shared.dates import london_day
from shared.samples.checking import CE, Journey
from shared.samples.client import Client


def direct_payment_starts(journey: Journey, referral: dict[str, Any]) -> None:
    """Who may receive it is tested first; then it is set up, and its two checks are programmed (CE 3.2)."""
    journey.step("Who may receive the direct payment is tested, and it is set up.")
    adviser, worker = journey.as_role("adviser", CE), journey.as_role("social_worker", CE)
    today = london_day(journey.clock.now())
    place = f"/referrals/{referral['id']}/direct-payment"
    journey.refused(
        lambda: adviser.post(place, {"implemented_on": today.isoformat()}),
        status=409,
        says="capacity test",
        fact="without a test nobody can implement it",
    )
    recipient = {"kind": "person", "party_id": referral["person_id"]}
    adviser.post(f"{place}/capacity-test", {"has_capacity": True, "recipient": recipient})
    tested = payment_is_tested(worker, place, on=today.isoformat())
    journey.check(tested["test"]["outcome"] == "met", "every condition is evidenced: the test is met", tested["test"])
    adviser.post(place, {"implemented_on": today.isoformat()})
    payment = journey.eventually(lambda: _if_running(adviser.get(place)), "the payment runs")
    due = {clock["rule"]: clock["due_at"][:10] for clock in payment["clocks"] if clock["state"] == "running"}
    four_weeks = (today + timedelta(weeks=4)).isoformat()
    journey.check(due.get("C3") == four_weeks, f"the early help check is due within 4 weeks, by {four_weeks}", due)
    journey.check("C4" in due, "the follow-up check is due at 4 months", due)
    contact = {"kind": "early_help_check", "method": "phone", "made_on": today.isoformat(), "reached": True}
    found = {"outcome": "Sample: bills are unclear.", "issue": "Sample: a bill is unpaid."}
    checked = adviser.post(f"{place}/checks", contact | found)
    journey.check(checked["checks_stand"]["early_help_check"] == "stopped", "a phone call makes the early help check")
    issue = checked["issues"][0]
    told = worker.post(f"{place}/issues/{issue['issue_id']}/tell", {"how": "phone"})
    states = [clock["state"] for clock in told["clocks"] if clock["rule"] == "C5"]
    journey.check(states == ["stopped"], "what it found goes to social care at once; the clock stops when they know")


def check_is_missed(journey: Journey) -> None:
    """A payment that ran for five weeks without its early help check: overdue, with how that was worked out (CE 3.2)."""
    journey.step("Another direct payment had no early help check in time; one test is not met.")
    adviser, worker = journey.as_role("adviser", CE), journey.as_role("social_worker", CE)
    since = london_day(journey.clock.now()) - timedelta(days=35)
    missed, refused = (accepted_person(journey, number) for number in (1, 2))
    place = f"/referrals/{missed['id']}/direct-payment"
    recipient = {"kind": "person", "party_id": missed["person_id"]}
    adviser.post(f"{place}/capacity-test", {"has_capacity": True, "recipient": recipient})
    payment_is_tested(worker, place, on=since.isoformat())
    adviser.post(place, {"implemented_on": since.isoformat()})
    overdue = journey.eventually(lambda: _breached(adviser.get(place), "C3"), "its early help check is overdue")
    clock = adviser.get(f"/clocks/{overdue['id']}")
    journey.check(bool(clock["explanation"]["steps"]), "the page says how the deadline was worked out", clock)
    place = f"/referrals/{refused['id']}/direct-payment"
    sister = {"kind": "suitable_person", "party_id": f"{journey.run}-sister", "route": "c"}
    adviser.post(f"{place}/capacity-test", {"has_capacity": False, "recipient": sister})
    test = payment_is_tested(worker, place, on=since.isoformat(), failing=("best-interests",))["test"]
    journey.check("not met because condition 3" in test["words"], f"without capacity: {test['words']}", test)
    journey.refused(
        lambda: adviser.post(place, {"implemented_on": since.isoformat()}),
        status=409,
        says="not met because",
        fact="and nobody can implement it",
    )


def accepted_person(journey: Journey, number: int) -> dict[str, Any]:
    """Somebody with eligible needs, whom an adviser took on."""
    adviser = journey.as_role("adviser", CE)
    reference = f"{journey.run}-payment-{number}"
    submitted = adviser.post(
        "/referrals",
        {
            "council_id": CE,
            "referral_reference": reference,
            "source": "self",
            "has_eligible_needs": True,
            "person": {"person_reference": reference, "name": f"Sample Person {number:04d}"},
        },
    )
    accepted: dict[str, Any] = adviser.post(f"/referrals/{submitted['id']}/accept")
    return accepted


def _breached(payment: dict[str, Any], rule: str) -> dict[str, Any] | None:
    return next((one for one in payment["clocks"] if one["rule"] == rule and one["state"] == "breached"), None)


def payment_is_tested(
    worker: Client, place: str, *, on: str, failing: tuple[str, ...] = (), key: str | None = None
) -> dict[str, Any]:
    """Every condition that the test asks for is evidenced, those named against the payment; then it is concluded."""
    for condition in worker.get(place)["test"]["conditions"]:
        code, bars = condition["code"], condition.get("bars", False)
        if condition["state"] == "open":
            found = {"condition": code, "holds": (code not in failing) != bars, "evidence": "Sample.", "found_on": on}
            worker.post(f"{place}/conditions", found, key=f"{key}-{code}" if key else None)
    concluded: dict[str, Any] = worker.post(f"{place}/conclude-capacity-test", {}, key=f"{key}-end" if key else None)
    return concluded


def _if_running(payment: dict[str, Any]) -> dict[str, Any] | None:
    return payment if payment["status"] == "running" else None
