"""A fund's life as callers meet it: duties follow the fund and its payments, the fund follows approved variations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from services.ledger.model.shortfall import shortfall_id_of
from shared.context import Caller
from shared.messaging.calls.client import ServiceRefusal
from shared.policy.builtin import BuiltinPacks
from tests.support.clocks import A_MONDAY_MORNING, FixedClock
from tests.support.running import RunningPlatform
from tests.support.waiting import eventually

COUNCIL = "cambridgeshire-peterborough"
DAY = A_MONDAY_MORNING.date().isoformat()
FINANCE = Caller(actor_id="finance-1", roles=("finance_officer",), councils=(COUNCIL,))
SOCIAL_WORKER = Caller(actor_id="social-worker-1", roles=("social_worker",), councils=(COUNCIL,))
PROVIDER = Caller(actor_id="staff-1", roles=("isf_provider",), councils=(COUNCIL,), organisation_id="provider-0003")
COMMISSIONER = Caller(actor_id="commissioner-1", roles=("commissioner",), councils=(COUNCIL,))
LINE = {"line_id": "l1", "outcome_id": "outcome-fit", "category": "activity", "weekly_cost_pence": 3000}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    """The ledger, on a Monday morning."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shared.runtime.platform._clock", lambda _: FixedClock())
        platform = RunningPlatform(tmp_path_factory.mktemp("ledger"), services=["ledger", "referrals"])
        platform.start()
        yield platform
        platform.stop()


def ask(running: RunningPlatform, method: str, payload: dict[str, Any], caller: Caller = FINANCE) -> dict[str, Any]:
    return running.call("ledger", method, payload, caller)


@pytest.fixture
def fund_id(running: RunningPlatform) -> str:
    """A fund that nobody has said anything of yet."""
    fund = {
        "council_id": COUNCIL,
        "person_id": "person-0007",
        "provider_id": "provider-0003",
        "weekly_budget_pence": 10000,
        "starts_on": DAY,
    }
    return str(ask(running, "open_fund", fund, SOCIAL_WORKER)["id"])


def open_rules(running: RunningPlatform, fund_id: str) -> dict[str, int]:
    """The open clocks of a fund's duties, by rule, and how often each duty was met."""
    try:
        duties = ask(running, "get_fund_duties", {"id": fund_id})
    except ServiceRefusal:
        return {}
    rules = {clock["rule"]: clock["occurrence"] for line in duties["due"] for clock in line["clocks"]}
    return rules


def test_a_fund_s_life_its_duties_and_a_variation(running: RunningPlatform, fund_id: str) -> None:
    outcome = {"outcome_id": "outcome-fit", "words": "Keeps fit"}
    ask(running, "arrange_fund", {"id": fund_id, "lot": "lot-2", "outcomes": [outcome]}, SOCIAL_WORKER)
    ask(running, "draft_plan", {"id": fund_id, "lines": [LINE]}, PROVIDER)
    ask(running, "agree_draft", {"id": fund_id, "draft": 1}, SOCIAL_WORKER)
    life = ask(running, "start_plan", {"id": fund_id, "started_on": DAY}, PROVIDER)
    ask(running, "take_payment_in", {"id": fund_id, "effective_on": DAY})
    duties = eventually(lambda: open_rules(running, fund_id) == {"C13": 2, "C14": 1, "C15": 1, "C24": 1})
    variation = ask(
        running,
        "request_variation",
        {
            "id": fund_id,
            "weekly_budget_pence": 12000,
            "breakdown": [{"activity": "Walks", "tasks": "Company", "weekly_cost_pence": 2000}],
            "evidence": ["Sample assessment 5"],
        },
        PROVIDER,
    )
    decision = {"id": variation["id"], "approved": True, "reason": "Sample reason"}
    ask(running, "decide_variation", decision, SOCIAL_WORKER)

    assert duties
    assert life["next_step"] == "first-review"
    assert eventually(lambda: ask(running, "get_fund", {"id": fund_id})["weekly_budget_pence"] == 12000)


def test_clocks_of_funds_are_listed_to_whoever_may_see_the_fund(running: RunningPlatform, fund_id: str) -> None:
    crisis = {"id": fund_id, "adjusted_at": "2026-03-02T08:00:00Z", "what": "Sample words"}
    opened = ask(running, "open_crisis", crisis, PROVIDER)

    def listed(caller: Caller) -> list[str]:
        page = ask(running, "list_clocks", {"record_id": opened["id"]}, caller)
        return [clock["rule"] for clock in page["items"]]

    assert eventually(lambda: listed(PROVIDER)) == ["C7"]
    assert listed(replace(PROVIDER, organisation_id="provider-0099")) == []
    clock = ask(running, "get_clock", {"id": opened["clocks"][0]["id"]}, SOCIAL_WORKER)
    assert clock["clause"] == "CP 4.3"
    assert clock["explanation"]


def test_what_is_wrong_with_a_request_is_named(running: RunningPlatform, fund_id: str) -> None:
    with pytest.raises(ServiceRefusal) as refusal:
        ask(running, "request_variation", {"id": fund_id, "weekly_budget_pence": "lots", "rubbish": 1}, PROVIDER)

    problem = refusal.value.problem()
    assert problem["kind"] == "invalid"
    assert {error["field"] for error in problem["errors"]} == {"weekly_budget_pence", "rubbish"}


def test_a_surplus_is_told_by_itself_and_goes_back_only_when_ordered(running: RunningPlatform, fund_id: str) -> None:
    payment = {"id": fund_id, "effective_on": DAY, "amount_pence": 130000, "difference_reason": "Sample reason"}
    ask(running, "take_payment_in", payment)
    [surplus] = eventually(lambda: ask(running, "list_surpluses", {"id": fund_id})["items"])
    with pytest.raises(ServiceRefusal):
        ask(running, "return_surplus", {"id": surplus["id"]})
    ask(running, "give_surplus_notice", {"id": surplus["id"], "words": "Sample words"}, SOCIAL_WORKER)
    ask(running, "reply_to_surplus", {"id": surplus["id"], "words": "Sample reason"}, PROVIDER)
    ask(running, "decide_surplus", {"id": surplus["id"], "keep": False, "reason": "Sample reason"})

    returned = ask(running, "return_surplus", {"id": surplus["id"]})

    assert (surplus["state"], surplus["over_pence"]) == ("told", 10000)
    assert (returned["state"], returned["returned_pence"]) == ("returned", 10000)
    assert ask(running, "get_proof", {"id": fund_id})["holds"] is True


def test_a_shortfall_is_told_by_itself_with_the_spend_that_brings_it(running: RunningPlatform, fund_id: str) -> None:
    ask(running, "draft_plan", {"id": fund_id, "lines": [LINE | {"weekly_cost_pence": 10000}]}, PROVIDER)
    ask(running, "agree_draft", {"id": fund_id, "draft": 1}, SOCIAL_WORKER)
    ask(running, "take_payment_in", {"id": fund_id, "effective_on": DAY})
    spend = {"amount_pence": 15000, "category": "activity", "outcome_id": "outcome-fit", "payee_id": "payee-pool"}
    ask(running, "request_spend", {"id": fund_id, "effective_on": DAY} | spend, PROVIDER)
    position = ask(running, "get_position", {"id": fund_id})

    [event] = eventually(lambda: running.published("ledger", stream="fund", subject=shortfall_id_of(fund_id)))

    assert event.type == "fund.shortfall.forecast"
    assert event.data["shortfall_on"] == position["forecast"]["shortfall_on"]
    assert (event.data["fund_id"], event.data["balance_pence"]) == (fund_id, 25000)


def test_the_end_of_an_agreement_stops_its_clock_with_the_last_balance(running: RunningPlatform) -> None:
    provider = "provider-0042"
    fund = {
        "council_id": COUNCIL,
        "person_id": "person-0042",
        "provider_id": provider,
        "weekly_budget_pence": 10000,
        "starts_on": DAY,
    }
    held = ask(running, "open_fund", fund, SOCIAL_WORKER)
    ask(running, "take_payment_in", {"id": held["id"], "effective_on": DAY})
    end = {"council_id": COUNCIL, "provider_id": provider, "terminated_on": DAY, "by_party": "provider"}
    ended = ask(running, "terminate_agreement", end)
    repaid = ask(running, "record_repayment", {"id": ended["id"], "fund_id": held["id"]})

    assert ended["outstanding"] == [{"fund_id": held["id"], "in_hand_pence": 40000}]
    assert (repaid["outstanding"], repaid["all_repaid_on"]) == ([], DAY)
    assert {clock["rule"]: clock["state"] for clock in repaid["clocks"]} == {"C16": "stopped", "C17": "running"}


def test_other_rules_are_tried_on_the_clocks_of_funds_before_they_are_published(
    running: RunningPlatform, fund_id: str
) -> None:
    ask(running, "take_payment_in", {"id": fund_id, "effective_on": DAY})
    eventually(lambda: "C15" in open_rules(running, fund_id))
    before = summary_due(running, fund_id)
    summary_every = "id: C15\n    starts: The fund starts.\n    stops: The annual summary is given to the council."
    content = built_in(COUNCIL).replace("effective_on: 2022-04-01", f"effective_on: {DAY}")
    twice_a_year = content.replace(f"{summary_every}\n    then: {{count: 12", f"{summary_every}\n    then: {{count: 6")

    asked = {"council_id": COUNCIL, "content": twice_a_year}

    effects = eventually(lambda: all_effects(running, asked, moving=before))

    moved = {effect["before"]: effect["after"] for effect in effects}
    assert twice_a_year != content
    assert {effect["rule"] for effect in effects} == {"C15"}
    assert moved[before] < before
    assert summary_due(running, fund_id) == before


def summary_due(running: RunningPlatform, fund_id: str) -> str:
    """When the fund's annual summary is due."""
    due = ask(running, "get_fund_duties", {"id": fund_id})["due"]
    (due_at,) = [clock["due_at"] for line in due for clock in line["clocks"] if clock["rule"] == "C15"]
    return str(due_at)


def all_effects(running: RunningPlatform, asked: dict[str, Any], *, moving: str) -> list[dict[str, Any]]:
    """What other rules would do to the council's clocks; nothing while the list of clocks lacks the one due then."""
    effects: list[dict[str, Any]] = []
    after: dict[str, Any] = {}
    while True:
        page = ask(running, "list_clock_effects", asked | after, COMMISSIONER)
        effects += page["items"]
        if page["next"] is None:
            return effects if moving in {effect["before"] for effect in effects} else []
        after = {"after": page["next"]}


@pytest.mark.parametrize("wrong", [{"after": "999:"}, {"after": "x"}, {"limit": 0}, {"version": "nowhere"}])
def test_a_simulation_that_cannot_be_is_refused(running: RunningPlatform, wrong: dict[str, Any]) -> None:
    asked = {"council_id": COUNCIL, "version": f"{COUNCIL}/2022-04-01"} | wrong

    with pytest.raises(ServiceRefusal):
        ask(running, "list_clock_effects", asked, COMMISSIONER)


def test_another_councils_clocks_are_tried_by_nobody_else(running: RunningPlatform) -> None:
    asked = {"council_id": COUNCIL, "version": f"{COUNCIL}/2022-04-01"}

    with pytest.raises(ServiceRefusal) as refused:
        ask(running, "list_clock_effects", asked, replace(COMMISSIONER, councils=("cheshire-east",)))

    assert refused.value.problem()["code"] == "not-found"


def built_in(council_id: str) -> str:
    """The text of the council's built-in pack."""
    (pack,) = BuiltinPacks(council_id).packs()
    return pack.text
