"""The ledger as its callers meet it, beside the services whose events it follows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from services.ledger.store.proving import prove_all
from shared.context import Caller
from shared.events.envelope import read_structured
from shared.events.referrals import ProviderChosen
from shared.messaging.calls.client import ServiceRefusal
from shared.messaging.cause import Cause
from shared.messaging.publishing.outbox import record
from tests.support.clocks import A_MONDAY_MORNING, FixedClock
from tests.support.running import RunningPlatform
from tests.support.waiting import eventually

COUNCIL = "cambridgeshire-peterborough"
DAY = A_MONDAY_MORNING.date().isoformat()
FINANCE = Caller(actor_id="finance-1", roles=("finance_officer",), councils=(COUNCIL,))
SOCIAL_WORKER = Caller(actor_id="social-worker-1", roles=("social_worker",), councils=(COUNCIL,))
COMMISSIONER = Caller(actor_id="commissioner-1", roles=("commissioner",), councils=(COUNCIL,))
PROVIDER = Caller(actor_id="staff-1", roles=("isf_provider",), councils=(COUNCIL,), organisation_id="provider-0003")
SPEND = {
    "amount_pence": 1250,
    "category": "activity",
    "outcome_id": "outcome-fit",
    "payee_id": "pa-0009",
    "effective_on": DAY,
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    """The ledger and those it follows, on a Monday morning."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shared.runtime.platform._clock", lambda _: FixedClock())
        platform = RunningPlatform(tmp_path_factory.mktemp("ledger"), services=["ledger", "referrals", "safeguarding"])
        platform.start()
        yield platform
        platform.stop()


def ask(running: RunningPlatform, method: str, payload: dict[str, Any], caller: Caller = FINANCE) -> dict[str, Any]:
    return running.call("ledger", method, payload, caller)


def refused(running: RunningPlatform, method: str, payload: dict[str, Any], caller: Caller = FINANCE) -> dict[str, Any]:
    with pytest.raises(ServiceRefusal) as refusal:
        ask(running, method, payload, caller)
    return refusal.value.problem()


@pytest.fixture
def fund_id(running: RunningPlatform) -> str:
    """A fund with an agreed plan and its first four weeks' money."""
    fund = ask(
        running,
        "open_fund",
        {
            "council_id": COUNCIL,
            "person_id": "person-0007",
            "provider_id": "provider-0003",
            "weekly_budget_pence": 10000,
            "starts_on": DAY,
        },
        SOCIAL_WORKER,
    )
    line = {"line_id": "l1", "outcome_id": "outcome-fit", "category": "activity", "weekly_cost_pence": 3000}
    ask(running, "agree_plan", {"id": fund["id"], "written_by": "staff-1", "lines": [line]}, SOCIAL_WORKER)
    ask(running, "take_payment_in", {"id": fund["id"], "effective_on": DAY, "amount_pence": 40000})
    return str(fund["id"])


def test_a_lottery_ticket_is_refused_and_a_swim_is_posted_and_the_statement_balances(
    running: RunningPlatform, fund_id: str
) -> None:
    problem = refused(running, "request_spend", {"id": fund_id} | SPEND | {"category": "lottery"}, PROVIDER)
    posted = ask(running, "request_spend", {"id": fund_id} | SPEND, PROVIDER)
    statement = ask(running, "get_statement", {"id": fund_id})
    proof = ask(running, "get_proof", {"id": fund_id})

    assert (problem["kind"], problem["code"]) == ("conflict", "spend-not-allowed")
    assert "CP 6.17(e)" in problem["detail"]
    assert posted["balance_pence"] == statement["closing_pence"] == 38750
    assert [line["amount_pence"] for line in statement["lines"]] == [40000, -1250]
    assert (proof["holds"], proof["blocks"], proof["head"]) == (True, 2, statement["head"])


def test_what_was_posted_and_refused_is_published_in_order(running: RunningPlatform, fund_id: str) -> None:
    ask(running, "request_spend", {"id": fund_id} | SPEND, PROVIDER)

    def journal() -> list[tuple[str, int]]:
        events = running.published("ledger", stream="journal", subject=fund_id)
        return [(event.type, event.sequence) for event in events]

    assert eventually(lambda: journal() if len(journal()) > 1 else None) == [
        ("fund.funded", 1),
        ("fund.spend.posted", 2),
    ]


def test_the_relay_empties_outboxes_and_the_book_is_still_proved(running: RunningPlatform, fund_id: str) -> None:
    blocks = running.resources("ledger").store.documents(_blocks())

    eventually(lambda: (blocks.get(f"{fund_id}/0000000001") or {}).get("outbox") == [])

    assert ask(running, "get_proof", {"id": fund_id})["holds"] is True


def test_a_payee_restricted_by_safeguarding_is_not_paid_and_nobody_here_learns_why(
    running: RunningPlatform, fund_id: str
) -> None:
    concern = {
        "council_id": COUNCIL,
        "person_id": "person-0007",
        "categories": ["financial"],
        "description": "Sample text that must stay in safeguarding",
        "alleged_kind": "personal_assistant",
        "alleged_id": "pa-0010",
        "consent_sought": True,
    }
    running.call("safeguarding", "raise_concern", concern, replace(SOCIAL_WORKER, idempotency_key="concern-1"))
    spend = {"id": fund_id} | SPEND | {"payee_id": "pa-0010", "amount_pence": 1}

    def is_refused() -> dict[str, Any] | None:
        try:
            ask(running, "request_spend", spend, PROVIDER)
        except ServiceRefusal as refusal:
            return refusal.problem()
        return None

    problem = eventually(is_refused)

    assert problem is not None
    assert problem["detail"] == "The payee is on hold."
    assert [error["rule"] for error in problem["errors"]] == ["hold"]


def test_a_provider_s_being_chosen_opens_one_fund_however_often_it_is_told(running: RunningPlatform) -> None:
    chosen = ProviderChosen(
        referral_id="ref-0042", person_id="person-0042", provider_id="provider-0003", lot=1, weekly_budget_pence=12345
    )
    cause = Cause(actor_id="brokerage-1", correlation_id="cor-1", causation_id="cor-1")
    [told], _ = record([chosen], subject="ref-0042", council_id=COUNCIL, sequences={}, cause=cause, at=A_MONDAY_MORNING)
    for _ in range(3):
        running.publish(read_structured(told), owner="referrals")

    def funds() -> list[dict[str, Any]]:
        return list(ask(running, "list_funds", {"person_id": "person-0042"})["items"])

    [fund] = eventually(funds)
    running.settled("ledger", read_structured(told))
    assert (fund["referral_id"], fund["weekly_budget_pence"], fund["status"]) == ("ref-0042", 12345, "opened")
    assert funds() == [fund]


def test_a_command_that_comes_again_is_answered_as_before(running: RunningPlatform, fund_id: str) -> None:
    caller = replace(PROVIDER, idempotency_key=f"spend-{fund_id}")

    answers = [ask(running, "request_spend", {"id": fund_id} | SPEND, caller) for _ in range(2)]

    assert answers[0] == answers[1]
    problem = refused(running, "request_spend", {"id": fund_id} | SPEND | {"amount_pence": 1}, caller)
    assert problem["kind"] == "key-reused"


def test_a_booking_is_set_aside_paid_in_part_and_called_off(running: RunningPlatform, fund_id: str) -> None:
    booking = {"id": fund_id} | SPEND | {"expires_on": DAY}

    first = ask(running, "reserve_spend", booking, PROVIDER)
    second = ask(running, "reserve_spend", booking, PROVIDER)
    paid = ask(running, "post_reserved", {"id": fund_id, "entry_id": first["id"], "amount_pence": 1000}, PROVIDER)
    ask(running, "void_reservation", {"id": fund_id, "entry_id": second["id"], "reason": "pool closed"}, PROVIDER)
    again = refused(running, "post_reserved", {"id": fund_id, "entry_id": second["id"]}, PROVIDER)
    balance = ask(running, "get_balance", {"id": fund_id})
    listed = ask(running, "list_reservations", {"id": fund_id}, PROVIDER)

    assert (first["type"], paid["type"], paid["amount_pence"]) == ("reserve", "spend", 1000)
    assert again["code"] == "reservation-resolved"
    assert (balance["in_hand_pence"], balance["free_pence"]) == (39000, 39000)
    assert [(each["id"], each["status"]) for each in listed["items"]] == [
        (second["id"], "voided"),
        (first["id"], "posted"),
    ]


def test_a_fund_moves_to_another_provider_with_all_it_holds(running: RunningPlatform, fund_id: str) -> None:
    moved = ask(running, "move_fund", {"id": fund_id, "reason": "changed provider", "to_provider_id": "provider-0004"})

    assert (moved["provider_id"], moved["moved_from"]) == ("provider-0004", [fund_id])
    assert ask(running, "get_fund", {"id": fund_id})["moved_to"] == moved["id"]
    assert ask(running, "get_balance", {"id": moved["id"]})["in_hand_pence"] == 40000
    for book in (fund_id, moved["id"]):
        assert ask(running, "get_proof", {"id": book})["holds"] is True
    assert prove_all(running.resources("ledger").store).findings == ()


def test_a_statement_names_the_last_seal_and_the_book_is_under_it(running: RunningPlatform, fund_id: str) -> None:
    seal = ask(running, "make_seal", {}, replace(FINANCE, idempotency_key=f"seal-{fund_id}"))
    statement = ask(running, "get_statement", {"id": fund_id})
    inclusion = ask(running, "get_inclusion", {"id": fund_id}, PROVIDER)

    assert statement["seal"]["root"] == inclusion["seal"]["root"] == seal["root"]
    assert inclusion["head"] == statement["head"]
    assert seal["id"] in [each["id"] for each in ask(running, "list_seals", {})["items"]]


def test_a_books_earlier_life_is_brought_in_first(running: RunningPlatform, fund_id: str) -> None:
    fund = {
        "council_id": COUNCIL,
        "person_id": "person-0008",
        "provider_id": "provider-0003",
        "weekly_budget_pence": 10000,
        "starts_on": "2026-01-01",
    }
    new = ask(running, "open_fund", fund, SOCIAL_WORKER)
    entry = {
        "type": "payment-in",
        "amount_pence": 40000,
        "effective_on": "2026-01-05",
        "recorded_at": "2026-01-05T09:00:00Z",
        "reference": "old-1",
    }

    brought = ask(running, "bring_history_in", {"id": new["id"], "source": "earlier-system", "entries": [entry]})
    too_late = refused(running, "bring_history_in", {"id": fund_id, "source": "earlier-system", "entries": [entry]})
    before = ask(running, "get_balance", {"id": new["id"], "known_at": "2026-01-05T08:59:59Z"})

    assert [item["words"] for item in brought["items"]] == ["Payment in (imported)"]
    assert too_late["code"] == "book-has-own-entries"
    assert (before["in_hand_pence"], ask(running, "get_balance", {"id": new["id"]})["in_hand_pence"]) == (0, 40000)


def test_a_fund_of_another_provider_is_not_there(running: RunningPlatform, fund_id: str) -> None:
    other = replace(PROVIDER, organisation_id="provider-0004")

    assert refused(running, "get_fund", {"id": fund_id}, other)["kind"] == "not-found"
    assert fund_id not in [item["id"] for item in ask(running, "list_funds", {"limit": 100}, other)["items"]]
    assert fund_id in [item["id"] for item in ask(running, "list_funds", {"limit": 100}, PROVIDER)["items"]]


def test_faults_in_a_payload_are_named(running: RunningPlatform, fund_id: str) -> None:
    problem = refused(running, "request_spend", {"id": fund_id, "amount_pence": -1, "category": "activity"}, PROVIDER)

    assert problem["kind"] == "invalid"
    assert {error["field"] for error in problem["errors"]} == {"amount_pence", "payee_id", "effective_on"}


def test_an_emptied_fund_is_closed_and_stays_so(running: RunningPlatform, fund_id: str) -> None:
    assert refused(running, "close_fund", {"id": fund_id})["code"] == "fund-not-empty"
    [payment] = ask(running, "list_entries", {"id": fund_id})["items"]
    before = ask(running, "get_entry", {"id": fund_id, "entry_id": payment["id"]})
    reversal = ask(
        running, "reverse_entry", {"id": fund_id, "entry_id": payment["id"], "reason": "paid to the wrong fund"}
    )
    after = ask(running, "get_entry", {"id": fund_id, "entry_id": payment["id"]})

    assert (before["reversed_by"], after["reversed_by"]) == (None, reversal["id"])
    assert after["amount_pence"] == payment["amount_pence"]
    assert refused(running, "get_entry", {"id": fund_id, "entry_id": f"{fund_id}.9.1"})["code"] == "entry-not-found"
    assert ask(running, "close_fund", {"id": fund_id})["status"] == "closed"
    assert refused(running, "take_payment_in", {"id": fund_id})["code"] == "fund-closed"


def _blocks() -> Any:
    from services.ledger.store import BLOCKS

    return BLOCKS


def test_the_rules_are_asked_about_a_fund_and_about_facts_alone(running: RunningPlatform, fund_id: str) -> None:
    lottery = {"question": "spend", "facts": {"category": "lottery"}}

    about_fund = ask(running, "get_decision_about_fund", {"id": fund_id} | lottery, PROVIDER)
    by_facts = ask(running, "get_decision_by_facts", {"council_id": COUNCIL} | lottery, PROVIDER)

    assert (about_fund["answer"], by_facts["answer"]) == ("refuse", "refuse")
    assert about_fund["clauses"] == by_facts["clauses"] == ["CP 6.17(e)", "CP 6.17"]
    assert (
        refused(running, "get_decision_about_fund", {"id": fund_id, "question": "spend"})["errors"][0]["field"]
        == "facts.category"
    )


def test_a_refused_spend_is_agreed_to_by_the_commissioner_and_its_evidence_comes_later(
    running: RunningPlatform, fund_id: str
) -> None:
    refused(running, "request_spend", {"id": fund_id} | SPEND | {"outcome_id": "outcome-travel"}, PROVIDER)
    [listed] = ask(running, "list_refused_spends", {"id": fund_id}, COMMISSIONER)["items"]

    asked = {"id": fund_id, "spend_id": listed["id"], "reason": "agreed at the review"}
    entry = ask(running, "agree_to_spend", asked, COMMISSIONER)
    missing = ask(running, "list_missing_evidence", {"id": fund_id}, PROVIDER)["items"]
    after = ask(running, "get_refused_spend", {"id": fund_id, "spend_id": listed["id"]}, COMMISSIONER)
    document = {"id": fund_id, "entry_id": entry["id"], "kind": "receipt", "reference": "R-1"}
    ask(running, "attach_evidence", document, PROVIDER)

    assert (entry["clause"], entry["amount_pence"]) == ("CP 6.17(g)", 1250)
    assert (listed["agreed_by"], after["agreed_by"]) == (None, entry["id"])
    assert refused(running, "get_refused_spend", {"id": fund_id, "spend_id": "spend-other"})["kind"] == "not-found"
    assert [each["entry_id"] for each in missing] == [entry["id"]]
    assert ask(running, "list_missing_evidence", {"id": fund_id}, PROVIDER)["items"] == []
    assert ask(running, "list_evidence", {"id": fund_id}, PROVIDER)["items"][0]["entry_id"] == entry["id"]


def test_a_fund_at_a_glance_is_for_the_commissioner_too(running: RunningPlatform, fund_id: str) -> None:
    ask(running, "request_spend", {"id": fund_id} | SPEND, PROVIDER)

    position = ask(running, "get_position", {"id": fund_id}, COMMISSIONER)
    month = ask(running, "get_month", {"id": fund_id}, COMMISSIONER)
    summary = ask(running, "get_summary", {"id": fund_id}, COMMISSIONER)

    assert (position["in_hand_pence"], position["available_pence"]) == (38750, 38750)
    assert (month["spent_pence"], month["activities"][0]["spent_pence"]) == (1250, 1250)
    assert (summary["received_pence"], summary["incurred_pence"]) == (40000, 1250)
    assert "pa-0009" not in f"{position} {month} {summary}"
    assert (
        refused(running, "note_contribution", {"id": fund_id, "amount_pence": 4000})["code"] == "contribution-not-due"
    )


def test_a_fee_is_set_by_the_schedule_and_what_it_leaves_open_is_refused(
    running: RunningPlatform, fund_id: str
) -> None:
    fee = ask(running, "set_fee", {"id": fund_id, "lot": "lot-2"})
    problem = refused(running, "set_fee", {"id": fund_id, "lot": "lot-1"})

    assert fee["settings"][0]["weekly_fee_pence"] == 2500
    assert problem["kind"] == "policy-incomplete"
    assert "Schedule III Tier 2" in problem["detail"]
    assert ask(running, "get_fee", {"id": fund_id}, COMMISSIONER)["settings"] == fee["settings"]
    assert refused(running, "accrue_fees", {"id": fund_id})["code"] == "nothing-to-accrue"
