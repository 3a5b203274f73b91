"""A payment run as finance officers meet it: over RPC, on its own SQLite file, drawn up and posted by the service itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from shared.context import Caller
from shared.messaging.calls.client import ServiceRefusal
from tests.support.clocks import A_MONDAY_MORNING, FixedClock
from tests.support.running import RunningPlatform
from tests.support.waiting import eventually

COUNCIL = "cambridgeshire-peterborough"
DAY = A_MONDAY_MORNING.date().isoformat()
PREPARER = Caller(actor_id="finance-1", roles=("finance_officer",), councils=(COUNCIL,))
APPROVER = replace(PREPARER, actor_id="finance-2")
ENTERER = replace(PREPARER, actor_id="finance-3")
SOCIAL_WORKER = Caller(actor_id="social-worker-1", roles=("social_worker",), councils=(COUNCIL,))
CLOCK = FixedClock()
BANK = {"method": "bank", "sort_code": "010203", "account_number": "12345678", "account_name": "SAMPLE PROVIDER"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    """The ledger on a Monday morning."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shared.runtime.platform._clock", lambda _: CLOCK)
        patch.setenv("STEWARD_LEDGER_RUN_PAGE", "2")
        platform = RunningPlatform(tmp_path_factory.mktemp("runs"), services=["ledger", "referrals", "safeguarding"])
        platform.start()
        yield platform
        platform.stop()


def ask(running: RunningPlatform, method: str, payload: dict[str, Any], caller: Caller = PREPARER) -> dict[str, Any]:
    return running.call("ledger", method, payload, caller)


def a_fund(running: RunningPlatform, number: int) -> str:
    """A fund with an agreed plan."""
    asked = {
        "council_id": COUNCIL,
        "person_id": f"person-{number:04d}",
        "provider_id": "provider-0003",
        "weekly_budget_pence": 10000 + number,
        "starts_on": DAY,
    }
    fund_id = str(ask(running, "open_fund", asked, SOCIAL_WORKER)["id"])
    line = {"line_id": "l1", "outcome_id": "outcome-fit", "category": "activity", "weekly_cost_pence": 3000}
    ask(running, "agree_plan", {"id": fund_id, "written_by": "staff-1", "lines": [line]}, SOCIAL_WORKER)
    return fund_id


def the_run(running: RunningPlatform, run_id: str, status: str) -> dict[str, Any] | None:
    run = ask(running, "get_payment_run", {"id": run_id})
    return run if run["status"] == status else None


@dataclass(frozen=True, kw_only=True)
class Paid:
    """A run of four funds' payments from its drawing up to its posting; a fifth fund had no payment details."""

    funds: list[str]
    prepared: dict[str, Any]
    refused_to_preparer: dict[str, Any]
    posted: dict[str, Any]

    @property
    def run_id(self) -> str:
        return str(self.posted["id"])


@pytest.fixture(scope="module")
def paid(running: RunningPlatform) -> Paid:
    funds = [a_fund(running, number) for number in range(5)]
    for fund_id in funds[:4]:
        ask(running, "enter_payment_details", {"id": fund_id, **BANK}, ENTERER)
    run_id = ask(running, "prepare_payment_run", {"council_id": COUNCIL, "pay_on": DAY})["id"]
    prepared = eventually(lambda: the_run(running, run_id, "prepared"), within=60)
    assert prepared is not None
    totals = {"id": run_id, "payments": prepared["payments"], "amount_pence": prepared["amount_pence"]}
    with pytest.raises(ServiceRefusal) as refusal:
        ask(running, "approve_payment_run", totals, PREPARER)
    CLOCK.advance(timedelta(seconds=1))
    ask(running, "approve_payment_run", totals, APPROVER)
    posted = eventually(lambda: the_run(running, run_id, "posted"), within=60)
    assert posted is not None
    return Paid(funds=funds, prepared=prepared, refused_to_preparer=refusal.value.problem(), posted=posted)


def test_a_run_draws_itself_up_is_approved_by_another_and_is_on_every_book(
    running: RunningPlatform, paid: Paid
) -> None:
    prepared, posted = paid.prepared, paid.posted

    assert paid.refused_to_preparer["code"] == "run-needs-another-approver"
    assert (prepared["payments"], prepared["amount_pence"], prepared["held_back"]) == (4, 160024, 1)
    assert (posted["posted"], posted["posted_pence"], posted["refused"]) == (4, 160024, 0)
    assert [ask(running, "get_balance", {"id": fund})["in_hand_pence"] for fund in paid.funds] == [
        40000,
        40004,
        40008,
        40012,
        0,
    ]


def test_its_lines_its_file_and_its_events_say_the_same(running: RunningPlatform, paid: Paid) -> None:
    [run] = ask(running, "list_payment_runs", {})["items"]
    lines = ask(running, "list_payment_run_lines", {"id": run["id"]})["items"]
    file = ask(running, "get_payment_run_file", {"id": run["id"], "format": "csv"})

    assert sorted(line["status"] for line in lines) == ["held-back", "posted", "posted", "posted", "posted"]
    assert sum(line["amount_pence"] for line in lines) == run["posted_pence"]
    assert file["text"].count("\r\n") == 1 + run["payments"]
    told = eventually(lambda: _told(running, run["id"]) if len(_told(running, run["id"])) > 2 else None, within=60)
    assert told == ["payrun.prepared", "payrun.approved", "payrun.posted"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sort_code": "01-02-03"}, "sort_code"),
        ({"account_number": ""}, "account_number"),
        ({"method": "cash"}, "method"),
        ({"card_reference": "X"}, "card_reference"),
        ({"method": "card", "card_reference": "4000 1234 5678 9010"}, "card_reference"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_details_that_cannot_be_right_are_refused_by_field(
    running: RunningPlatform, paid: Paid, changes: dict[str, Any], field: str
) -> None:
    fund_id = paid.funds[0]

    with pytest.raises(ServiceRefusal) as refusal:
        ask(running, "enter_payment_details", {"id": fund_id, **BANK, **changes}, ENTERER)

    assert field in [error["field"] for error in refusal.value.problem()["errors"]]


def test_another_council_s_officer_sees_no_run(running: RunningPlatform, paid: Paid) -> None:
    elsewhere = replace(PREPARER, councils=("cheshire-east",))

    assert ask(running, "list_payment_runs", {}, elsewhere)["items"] == []
    with pytest.raises(ServiceRefusal) as refusal:
        ask(running, "get_payment_run_file", {"id": paid.run_id, "format": "csv"}, elsewhere)
    assert refusal.value.problem()["kind"] == "not-found"


def _told(running: RunningPlatform, run_id: str) -> list[str]:
    return [event.type for event in running.published("ledger", stream="payrun", subject=run_id)]
