"""The whole journey through the public API: from a council's referral to money, safeguarding and messages.

Each step does what its people would do and checks what they would rely on; the first check that fails ends the journey.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shared.dates import london_day
from shared.ids import derived_id
from shared.samples.answers import referrals_are_answered
from shared.samples.checking import CE, CP, CheckFailed, Journey
from shared.samples.client import Client, Refused
from shared.samples.generating import SampleCouncil
from shared.samples.payments import check_is_missed, direct_payment_starts

ALLOWED_PENCE = 6250

__all__ = ["CE", "CP", "CheckFailed", "Journey", "play", "register"]


def play(journey: Journey) -> None:
    """Plays every step. Raises `CheckFailed`."""
    referral = council_refers(journey)
    worker_accepts(journey, referral)
    direct_payment_starts(journey, referral)
    referrals_are_answered(journey)
    check_is_missed(journey)
    isf = provider_is_chosen(journey)
    assistant_id = assistants_are_found(journey)
    fund_id = fund_is_used(journey, isf)
    concern_is_raised(journey, assistant_id, fund_id)
    messages_were_sent(journey, referral)
    journey.say(f"\n{journey.checks} checks held.")


def council_refers(journey: Journey) -> dict[str, Any]:
    """Cheshire East's case system publishes; duplicates, gaps and rubbish are each answered (CE 4.3)."""
    journey.step("Cheshire East's case system publishes referrals.")
    system = journey.as_role("council_system", CE)
    complete, incomplete = _renamed(journey, SampleCouncil(council_id=CE, now=journey.clock.now()).referrals(7), (0, 6))
    complete["data"] |= {"self_funder": False}
    complete["data"]["person"] |= {"preferred_channel": "sms", "unsafe_channels": ["sms", "phone"]}
    accepted = system.publish([complete])[0]
    journey.check(accepted["outcome"] == "accepted", "the referral is accepted", accepted)
    again = system.publish([complete])[0]
    journey.check(again["outcome"] == "duplicate", "sent again, it is known and makes no second referral", again)
    changed = system.publish([complete | {"data": complete["data"] | {"urgency": "emergency"}}])[0]
    journey.check(changed["problem"] == "key-reused", "the same event id with other content is refused", changed)
    gaps = system.publish([incomplete])[0]
    journey.check(
        gaps["missing"] == ["care_and_support_plan"], "an incomplete one is kept, its gap named (CE 4.3)", gaps
    )
    rubbish = system.publish(
        [complete | {"id": f"{journey.run}-rubbish", "data": {"person": {"born_on": "2026-02-31"}}}]
    )[0]
    fields = {error["field"] for error in rubbish["errors"]}
    journey.check(
        {"data.referral_reference", "data.person.born_on"} <= fields, "rubbish is refused, each field named", rubbish
    )
    referral: dict[str, Any] = journey.as_role("adviser", CE).get(f"/referrals/{accepted['record_id']}")
    return referral


def worker_accepts(journey: Journey, referral: dict[str, Any]) -> None:
    """The five-working-day clock runs, explains itself, and stops with the answer (CE 4.3)."""
    journey.step("An adviser answers within five working days.")
    adviser = journey.as_role("adviser", CE)
    clock = referral["clocks"][0]
    explained = adviser.get(f"/clocks/{clock['id']}")["explanation"]
    counted = [step for step in explained["steps"] if step["counted"]]
    journey.check(
        clock["clause"] == "CE 4.3" and len(counted) == 5, "the clock lists five working days (CE 4.3)", explained
    )
    elsewhere = journey.as_role("brokerage_team", CP)
    journey.refused(
        lambda: elsewhere.get(f"/referrals/{referral['id']}"),
        status=404,
        says="no referral",
        fact="another council cannot even learn that it exists",
    )
    first = adviser.post(f"/referrals/{referral['id']}/accept", key=f"{journey.run}-accept")
    second = adviser.post(f"/referrals/{referral['id']}/accept", key=f"{journey.run}-accept")
    journey.check(
        first == second and first["status"] == "accepted", "accepted once, however often the button is pressed", second
    )
    state = adviser.get(f"/clocks/{clock['id']}")["state"]
    journey.check(state == "stopped", "the clock stopped in time", state)


def provider_is_chosen(journey: Journey) -> dict[str, Any]:
    """Cambridgeshire & Peterborough offers a referral to every provider of lot 1; the person chooses (CP 6.1)."""
    journey.step("Cambridgeshire & Peterborough's brokerage offers a referral to all providers of lot 1.")
    council = SampleCouncil(council_id=CP, now=journey.clock.now())
    system = journey.as_role("council_system", CP)
    system.publish(council.providers())
    (event,) = _renamed(journey, council.referrals(1), (0,))
    referral_id = system.publish([event])[0]["record_id"]
    brokerage = journey.as_role("brokerage_team", CP)
    brokerage.post(f"/referrals/{referral_id}/accept")
    offers = brokerage.post(f"/referrals/{referral_id}/offers", {})["offers"]
    journey.check(len(offers) == 4, "all four providers of the lot have the offer (CP 6.1)", offers)
    willing = offers[0]
    provider = journey.as_role("isf_provider", CP, organisation_id=willing["provider_id"])
    sealed = provider.get(f"/referrals/{referral_id}")["offers"]
    journey.check(
        [o["offer_id"] for o in sealed] == [willing["offer_id"]], "a provider sees its own offer only", sealed
    )
    provider.post(f"/offers/{willing['offer_id']}/answer", {"has_capacity": True, "can_start_on": _in_days(journey, 7)})
    journey.refused(
        lambda: brokerage.post(f"/referrals/{referral_id}/choose-provider", {"provider_id": offers[1]["provider_id"]}),
        status=409,
        says="has not answered yes",
        fact="a provider that has not said yes cannot be chosen",
    )
    chosen: dict[str, Any] = brokerage.post(
        f"/referrals/{referral_id}/choose-provider", {"provider_id": willing["provider_id"]}
    )
    journey.check(chosen["status"] == "provider_chosen", "the person has chosen (CP 3.2.2)", chosen)
    return chosen


def assistants_are_found(journey: Journey) -> str:
    """Registered, checked and published personal assistants are found by words, facets and distance (CE 3.2)."""
    journey.step("Personal assistants join the register and are found.")
    adviser = journey.as_role("adviser", CE)
    entries = SampleCouncil(council_id=CE, now=journey.clock.now()).personal_assistants(6)
    ids = [register(adviser, _known_as(journey, entry)) for entry in entries]
    employer = journey.as_role("person", CE)
    found = journey.eventually(
        lambda: _if_all(employer.get("/personal-assistants/search", q=journey.run, limit=50), len(ids)),
        "all six can be found by a word of their entries",
    )
    skills = found["facets"]["skills"]
    expected = sum("personal-care" in entry["facets"]["skills"] for entry in entries)
    journey.check(skills["personal-care"] == expected, f"exactly {expected} of them offer personal care", skills)
    home = entries[0]["postcode"]
    near = employer.get("/personal-assistants/search", q=journey.run, postcode=home, radius_miles=2, sort="distance")
    journey.check(ids[0] in {hit["id"] for hit in near["items"]}, f"one is within 2 miles of {home}", near["items"])
    journey.refused(
        lambda: employer.get("/personal-assistants/search", postcode="ZZ99 9ZZ", radius_miles=5),
        status=422,
        says="postcode",
        fact="a postcode that does not exist is named",
    )
    return ids[0]


def register(adviser: Client, entry: dict[str, Any], *, key: str | None = None) -> str:
    """Registers, checks and publishes one sample entry; its id. With a key, a repeat changes nothing."""
    sent = {name: value for name, value in entry.items() if name != "checked_on"}
    made = adviser.post("/personal-assistants", sent, key=key)
    if made["status"] == "published":
        return str(made["id"])
    for check in ("identity", "right-to-work", "references", "dbs"):
        body = {"check": check, "checked_on": entry["checked_on"]}
        if check == "dbs":
            body["level"] = "enhanced"
        adviser.post(f"/personal-assistants/{made['id']}/checks", body, key=key and f"{key}-{check}")
    adviser.post(f"/personal-assistants/{made['id']}/publish", key=key and f"{key}-publish")
    return str(made["id"])


def fund_is_used(journey: Journey, isf: dict[str, Any]) -> str:
    """The fund opens by itself, is paid into, refuses a prohibited spend, posts an allowed one, and proves itself."""
    journey.step("The Individual Service Fund opens and is used.")
    provider = journey.as_role("isf_provider", CP, organisation_id=isf["provider_id"])
    fund = journey.eventually(
        lambda: _first(provider.get("/funds", person_id=isf["person_id"])), "choosing the provider opened the fund"
    )
    path = f"/funds/{fund['id']}"
    weekly = fund["weekly_budget_pence"]
    line = {"line_id": "support", "outcome_id": "out-and-about", "category": "support", "weekly_cost_pence": weekly}
    plan = {"lines": [line], "written_by": f"isf_provider-{journey.run}"}
    journey.as_role("social_worker", CP).post(f"{path}/plan", plan)
    finance = journey.as_role("finance_officer", CP)
    today = london_day(journey.clock.now()).isoformat()
    finance.post(f"{path}/payments", {"amount_pence": 4 * weekly, "effective_on": today, "reference": "first payment"})
    held = provider.get(f"{path}/balance")["in_hand_pence"]
    journey.check(held == 4 * weekly, "four weeks' money is in the fund (CP 5.4)", held)
    _spends_are_decided(journey, provider, path, today=today)
    statement = provider.get(f"{path}/statement")
    balance = 4 * weekly - ALLOWED_PENCE
    journey.check(
        statement["closing_pence"] == balance, "the statement balances to the penny", statement["closing_pence"]
    )
    proof = finance.get(f"{path}/proof")
    journey.check(proof["holds"] is True, "the book proves itself", proof)
    return str(fund["id"])


def _spends_are_decided(journey: Journey, provider: Client, path: str, *, today: str) -> None:
    """A prohibited spend is refused by its clause, an allowed one is posted once, however often it is asked."""
    spend = {
        "amount_pence": 500,
        "effective_on": today,
        "category": "lottery",
        "outcome_id": "out-and-about",
        "payee_id": "sample-payee",
    }
    journey.refused(
        lambda: provider.post(f"{path}/spends", spend),
        status=409,
        says="CP 6.17(e)",
        fact="lottery tickets are refused, naming CP 6.17(e)",
    )
    allowed = spend | {
        "amount_pence": ALLOWED_PENCE,
        "category": "support",
        "reference": "INV-1",
        "evidence": "invoice",
    }
    first = provider.post(f"{path}/spends", allowed, key=f"{journey.run}-spend")
    second = provider.post(f"{path}/spends", allowed, key=f"{journey.run}-spend")
    journey.check(first["entry_id"] == second["entry_id"], "an allowed spend is posted once", second)
    journey.refused(
        lambda: provider.post(f"{path}/spends", allowed | {"amount_pence": -1}),
        status=422,
        says="amount_pence",
        fact="negative pence are refused by name",
    )


def concern_is_raised(journey: Journey, assistant_id: str, fund_id: str) -> None:
    """An alert reaches the safeguarding team at once; the PA vanishes and can't be paid; nobody else learns why (CE 7.9)."""
    journey.step("Someone raises a safeguarding concern about a personal assistant.")
    team = journey.as_role("safeguarding_team", CE)
    adviser = journey.as_role("adviser", CE)
    employer = journey.as_role("person", CE)
    concern = {
        "council_id": CE,
        "person_id": derived_id("per", CE, f"{journey.run}-someone"),
        "categories": ["financial"],
        "description": "Sample: money is missing after visits.",
        "alleged_kind": "personal_assistant",
        "alleged_id": assistant_id,
        "urgent": True,
        "consent_sought": True,
        "wishes": "To feel safe at home.",
    }
    with team.stream("/streams/alerts") as alerts:
        raised = adviser.post("/concerns", concern)
        alert = next(a for a in alerts if a["data"].get("data", {}).get("concern_id") == raised["id"])
    journey.check("missing" not in str(alert), "the alert reached the team's stream, without what was said", alert)
    open_alert = journey.eventually(
        lambda: _of_concern(team.get("/alerts", open=True, limit=100), raised["id"]), "it waits to be acknowledged"
    )
    team.post(f"/alerts/{open_alert['id']}/acknowledge")
    journey.check(
        _of_concern(team.get("/alerts", open=True, limit=100), raised["id"]) is None, "acknowledged, it is open no more"
    )
    journey.eventually(
        lambda: _gone(employer.get("/personal-assistants/search", q=journey.run, limit=50), assistant_id),
        "the personal assistant is gone from search",
    )
    _payee_is_held(journey, assistant_id, fund_id)
    journey.refused(
        lambda: employer.get(f"/concerns/{raised['id']}"),
        status=403,
        says="",
        fact="a member of the public cannot read it",
    )


def _payee_is_held(journey: Journey, assistant_id: str, fund_id: str) -> None:
    """A held payee is refused without any cause. Waits for the event, with a key of its own each time it asks."""
    finance = journey.as_role("isf_provider", CP, organisation_id=_fund_provider(journey, fund_id))
    today = london_day(journey.clock.now()).isoformat()
    asked = {"amount_pence": 100, "effective_on": today, "category": "support", "outcome_id": "out-and-about"}

    def refusal() -> Refused | None:
        try:
            finance.post(f"/funds/{fund_id}/spends", asked | {"payee_id": assistant_id})
        except Refused as refused:
            return refused
        return None

    refused = journey.eventually(refusal, "the personal assistant is held as payee")
    told = str(refused).lower()
    journey.check(
        not any(word in told for word in ("concern", "safeguarding", "alleg", "missing")), "without any cause", told
    )


def messages_were_sent(journey: Journey, referral: dict[str, Any]) -> None:
    """Each party was told by a channel that is safe for them (CE 4.9, 4.12)."""
    journey.step("The person is told, though the channel they would have liked is marked unsafe.")
    manager = journey.as_role("dpss_manager", CE)
    told = journey.eventually(
        lambda: _sent_to(
            referral["person_id"], manager.get("/notifications", party_id=referral["person_id"], limit=100)
        ),
        "messages to the person have gone out",
    )
    channels = {message["channel"] for message in told}
    journey.check(
        not channels & {"sms", "phone"}, f"none by text or phone, which are unsafe for them: {channels}", told
    )


def _sent_to(party_id: str, page: dict[str, Any]) -> list[dict[str, Any]]:
    return [message for message in page["items"] if message["party_id"] == party_id and message["state"] == "sent"]


def _renamed(journey: Journey, events: list[dict[str, Any]], wanted: tuple[int, ...]) -> list[dict[str, Any]]:
    """Some of the events under ids and references of this journey, so that it can be played again and again."""
    renamed = []
    for index in wanted:
        event = events[index]
        data = event["data"]
        person = data["person"] | {"person_reference": f"{journey.run}-{data['person']['person_reference']}"}
        data = data | {"referral_reference": f"{journey.run}-{data['referral_reference']}", "person": person}
        renamed.append(event | {"id": f"{journey.run}-{event['id']}", "data": data})
    return renamed


def _known_as(journey: Journey, entry: dict[str, Any]) -> dict[str, Any]:
    return entry | {"about": f"{entry['about']} {journey.run}"}


def _in_days(journey: Journey, count: int) -> str:
    return (london_day(journey.clock.now()) + timedelta(days=count)).isoformat()


def _if_all(found: dict[str, Any], count: int) -> dict[str, Any] | None:
    return found if found["total"] == count else None


def _first(page: dict[str, Any]) -> Any:
    return page["items"][0] if page["items"] else None


def _of_concern(page: dict[str, Any], concern_id: str) -> Any:
    return next((alert for alert in page["items"] if alert["concern_id"] == concern_id), None)


def _gone(found: dict[str, Any], assistant_id: str) -> bool:
    return assistant_id not in {hit["id"] for hit in found["items"]}


def _fund_provider(journey: Journey, fund_id: str) -> str:
    return str(journey.as_role("finance_officer", CP).get(f"/funds/{fund_id}")["provider_id"])
