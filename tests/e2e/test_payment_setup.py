"""Setting a direct payment up by HTTP: the checklist, cover, start-up money that another agrees to, changes told to the council."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from gateway.commands import development_token
from shared.clock import SettableClock
from shared.dates import london_day
from shared.samples.client import Refused
from shared.samples.journey import CE, CP, Journey
from shared.samples.payments import accepted_person, payment_is_tested
from tests.support.platforms import embedded
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    """Somebody's way through a platform of its own."""
    folder = tmp_path_factory.mktemp("set-up")
    with embedded(folder) as (_, address):
        clock = SettableClock(folder / "data" / "clock.json")
        sign_in = partial(development_token, data_dir=folder / "data", clock=clock)
        run = f"su{secrets.token_hex(3)}"
        yield Journey(address=address, sign_in=sign_in, clock=clock, say=lambda _: None, run=run)


def being_set_up(journey: Journey, number: int) -> tuple[dict[str, Any], str]:
    """Somebody whose capacity test has come out met, and the place of their payment."""
    referral = accepted_person(journey, number)
    place = f"/referrals/{referral['id']}/direct-payment"
    recipient = {"kind": "person", "party_id": referral["person_id"]}
    journey.as_role("adviser", CE).post(f"{place}/capacity-test", {"has_capacity": True, "recipient": recipient})
    payment_is_tested(journey.as_role("social_worker", CE), place, on=today(journey))
    return referral, place


def today(journey: Journey) -> str:
    return london_day(journey.clock.now()).isoformat()


def fields_of(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {error["field"] for error in refused.value.problem["errors"]}


def test_the_checklist_is_gone_through_item_by_item_and_says_what_each_lacks(journey: Journey) -> None:
    adviser, on = journey.as_role("adviser", CE), today(journey)
    referral, place = being_set_up(journey, 11)
    account = {"item": "separate-account", "done_on": on, "evidence": "Sample: a statement."}

    adviser.post(f"{place}/use", {"employs_personal_assistant": True})
    with pytest.raises(Refused) as unsigned:
        adviser.post(f"{place}/checklist", account | {"item": "agreement-signed"})
    with pytest.raises(Refused) as foreign:
        adviser.post(f"{place}/checklist", account | {"account_holder_id": "somebody-else"})
    with pytest.raises(Refused) as rubbish:
        adviser.post(f"{place}/checklist", {"item": "gardening", "done_on": "soon", "evidence": "", "colour": "red"})
    adviser.post(f"{place}/agreement", {"signed_by": referral["person_id"], "signed_on": on})
    adviser.post(f"{place}/checklist", account | {"item": "agreement-signed"})
    after = adviser.post(f"{place}/checklist", account | {"account_holder_id": referral["person_id"]})

    done = {item["item"] for item in after["checklist"] if item.get("done_on")}
    assert done == {"agreement-signed", "separate-account"}
    assert {"hmrc", "pension"} <= {item["item"] for item in after["checklist"]}
    assert unsigned.value.status == 409
    assert fields_of(foreign) == {"account_holder_id"}
    assert fields_of(rubbish) >= {"done_on", "evidence", "colour"}


def test_cover_is_planned_and_payroll_is_signposted(journey: Journey) -> None:
    adviser = journey.as_role("adviser", CE)
    _, place = being_set_up(journey, 12)
    plan = {"situation": "holiday", "cover": "agency-list", "arrangement": "Sample: the neighbours know."}

    planned = adviser.post(f"{place}/contingency", plan)
    with pytest.raises(Refused) as unknown:
        adviser.post(f"{place}/contingency", plan | {"situation": "flood"})
    pointed = adviser.post(f"{place}/signposts", {"service": "payroll"})

    covered = {one["situation"]: one.get("cover") for one in planned["contingency"]}
    assert covered == {"holiday": "agency-list", "sickness": None, "maternity": None, "emergency": None}
    assert fields_of(unknown) == {"situation"}
    assert [one["service"] for one in pointed["signposts"]] == ["payroll"]


def test_start_up_money_is_agreed_to_by_another_than_who_asked(journey: Journey) -> None:
    adviser, worker = journey.as_role("adviser", CE), journey.as_role("social_worker", CE)
    _, place = being_set_up(journey, 13)
    asked_for = {"item": "insurance", "amount_pence": 12_500, "purpose": "Sample: to insure an assistant."}

    with pytest.raises(Refused) as wrong:
        adviser.post(f"{place}/start-up", asked_for | {"item": "yacht", "amount_pence": 0})
    asked = worker.post(f"{place}/start-up", asked_for)["start_up"][-1]
    decision = f"{place}/start-up/{asked['request_id']}/decide"
    with pytest.raises(Refused) as by_adviser:
        adviser.post(decision, {"agreed": True, "reason": "Sample."})
    with pytest.raises(Refused) as by_the_same:
        worker.post(decision, {"agreed": True, "reason": "Sample."})
    practitioner = journey.as_role("social_worker", CE, actor_id=f"practitioner-{journey.run}")
    decided = practitioner.post(decision, {"agreed": True, "reason": "Sample: it is needed."})["start_up"][-1]
    with pytest.raises(Refused) as again:
        practitioner.post(decision, {"agreed": False, "reason": "Sample."})

    assert fields_of(wrong) >= {"amount_pence"}
    assert (by_adviser.value.status, by_the_same.value.status, again.value.status) == (403, 403, 409)
    assert by_the_same.value.problem["code"] == "same-hands"
    assert (decided["agreed"], decided["decided_by"]) == (True, f"practitioner-{journey.run}")


def test_a_change_in_how_a_payment_is_run_is_told_to_the_council_and_seen_by_nobody_else(journey: Journey) -> None:
    adviser, stranger = journey.as_role("adviser", CE), journey.as_role("adviser", CP)
    _, place = being_set_up(journey, 14)
    change = {"reason": "needs-not-met", "details": "Sample: mornings are not covered.", "noticed_on": today(journey)}

    with pytest.raises(Refused) as wrong:
        adviser.post(f"{place}/changes", change | {"reason": "weather"})
    told = adviser.post(f"{place}/changes", change)
    with pytest.raises(Refused) as unseen:
        stranger.post(f"{place}/changes", change)

    assert fields_of(wrong) == {"reason"}
    assert [one["reason"] for one in told["changes"]] == ["needs-not-met"]
    assert unseen.value.status == 404
    templates = partial(messages, journey)
    eventually(lambda: "direct-payment-changed" in templates(), within=60)
    history = adviser.get(f"{place}/history")["items"]
    assert "Sample: mornings" not in str(history)


def messages(journey: Journey) -> set[str]:
    """The templates of what was written to parties and teams."""
    items = journey.as_role("ops", CE).get("/notifications", limit=100)["items"]
    return {message["template"] for message in items}
