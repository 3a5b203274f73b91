"""Payments, spends and reversals on a book: once each, whatever is repeated, raced or interrupted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.ledger.errors import (
    AlreadyReversed,
    BookBroken,
    BookBusy,
    EntryNotFound,
    PaymentDiffers,
    PeriodAlreadyPaid,
    ReversalIsFinal,
    WouldOverdrawFund,
)
from services.ledger.handlers.holds import follow_restriction
from services.ledger.handlers.posting import post_entries
from services.ledger.handlers.spending import SpendAnswer
from services.ledger.model.entries import Period
from services.ledger.model.funds import HouseholdMember
from services.ledger.model.refusals import RefusedSpend, problem_of
from services.ledger.model.spending import Agreement
from services.ledger.model.verification import verify
from services.ledger.store import REFUSED_SPENDS, refused_spends_of
from shared.errors import Invalid, KeyReused
from shared.events.safeguarding import RestrictionImposed, RestrictionLifted
from shared.messaging.cause import Cause
from shared.money import Pence
from shared.store.documents import StoreAway
from tests.support.ledger_builders import (
    COUNCIL,
    MONDAY,
    TODAY,
    Ledger,
    a_caller,
    a_fund,
    a_key,
    a_payment_draft,
    a_plan_line,
    a_spend_draft,
    pounds,
)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def refusal(answer: SpendAnswer) -> RefusedSpend:
    assert answer.refusal is not None
    assert answer.posted is None
    return answer.refusal


def in_hand(ledger: Ledger, fund_id: str) -> Pence:
    return ledger.head(fund_id).in_hand


# ------------------------------------------------------------------ payments in


def test_a_payment_in_is_four_weeks_budget_and_shows_the_year(ledger: Ledger) -> None:
    fund_id = ledger.open().id

    taken = ledger.pay_in(fund_id)

    assert (taken.posted.entry.amount, taken.posted.in_hand) == (pounds("400.00"), pounds("400.00"))
    assert taken.posted.entry.draft.period == Period(from_on=TODAY, to_on=TODAY + timedelta(days=27))
    assert (taken.progress.paid_to_date, taken.progress.full_year) == (pounds("400.00"), pounds("5200.00"))


def test_thirteen_payments_one_after_another_pay_a_full_year(ledger: Ledger) -> None:
    fund_id = ledger.open().id

    for _ in range(13):
        taken = ledger.pay_in(fund_id)

    assert taken.progress.paid_to_date == taken.progress.full_year == in_hand(ledger, fund_id)


def test_days_that_are_paid_for_are_not_paid_for_again(ledger: Ledger) -> None:
    fund_id = ledger.open().id
    ledger.pay_in(fund_id, first_on=TODAY)

    with pytest.raises(PeriodAlreadyPaid):
        ledger.pay_in(fund_id, first_on=TODAY + timedelta(days=27))
    ledger.pay_in(fund_id, first_on=TODAY + timedelta(days=28))


def test_a_reversed_payment_can_be_taken_again(ledger: Ledger) -> None:
    fund_id = ledger.open().id
    wrong = ledger.pay_in(fund_id, first_on=TODAY).posted.entry
    ledger.reverse(fund_id, wrong.entry_id)

    taken = ledger.pay_in(fund_id, first_on=TODAY)

    assert taken.progress.paid_to_date == pounds("400.00")


def test_another_amount_is_taken_with_its_reason_only(ledger: Ledger) -> None:
    fund_id = ledger.open().id

    with pytest.raises(PaymentDiffers):
        ledger.pay_in(fund_id, amount=pounds("399.99"))
    taken = ledger.pay_in(fund_id, amount=pounds("399.99"), difference_reason="the bank took a fee")

    assert taken.posted.in_hand == pounds("399.99")
    assert taken.posted.entry.draft.grounds is not None
    assert "the bank took a fee" in taken.posted.entry.draft.grounds.reason


def test_an_entry_does_not_count_from_a_day_to_come(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()

    with pytest.raises(Invalid):
        ledger.pay_in(fund_id, effective_on=TODAY + timedelta(days=1))
    with pytest.raises(Invalid):
        ledger.spend(fund_id, effective_on=TODAY + timedelta(days=1))


# ------------------------------------------------------------------ spends


def test_an_allowed_spend_is_posted_with_its_grounds(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()

    posted = ledger.spend(fund_id).posted

    assert posted is not None
    assert (posted.entry.amount, posted.in_hand) == (pounds("12.50"), pounds("387.50"))
    assert posted.entry.draft.grounds is not None
    assert posted.entry.draft.grounds.clause == "CP 6.17(g)"
    assert posted.entry.draft.policy_version == "cambridgeshire-peterborough/2022-04-01"


def test_a_lottery_ticket_is_refused_recorded_and_told_without_a_penny_moving(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()

    refused = refusal(ledger.spend(fund_id, category="lottery"))

    assert (refused.decision.outcome, refused.decision.clause) == ("refuse", "CP 6.17(e)")
    assert in_hand(ledger, fund_id) == pounds("400.00")
    assert [each.state for each in refused_spends_of(fund_id, ledger.refusals, limit=5).items] == [refused]
    document = ledger.memory_of(REFUSED_SPENDS).get(refused.spend_id)
    assert document is not None
    assert document["outbox"][0]["data"] == {
        "fund_id": fund_id,
        "person_id": "person-0007",
        "spend_id": refused.spend_id,
        "outcome": "refuse",
        "clause": "CP 6.17(e)",
    }


def test_the_problem_of_a_refusal_names_the_clause_as_the_rule(ledger: Ledger) -> None:
    problem = problem_of(refusal(ledger.spend(ledger.open_and_funded(), category="lottery"))).problem()

    assert problem["code"] == "spend-not-allowed"
    assert "CP 6.17(e)" in problem["detail"]
    assert [error["rule"] for error in problem["errors"]] == ["CP 6.17(e)"]


def test_a_spouse_in_the_household_is_paid_once_the_written_agreement_is_there(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded(household=(HouseholdMember(party_id="party-spouse", relation="spouse"),))
    agreement = Agreement(clause="CP 6.17(h)", agreed_by="commissioning_manager", agreed_on=TODAY, reference="AGR-2")

    first = refusal(ledger.spend(fund_id, payee_id="party-spouse"))
    second = ledger.spend(fund_id, payee_id="party-spouse", agreements=(agreement,))

    assert (first.decision.outcome, first.decision.clause) == ("needs_agreement", "CP 6.17(h)")
    assert second.posted is not None


def test_more_than_the_fund_holds_is_refused_with_the_amounts(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()

    with pytest.raises(WouldOverdrawFund, match=r"£400\.00 free to spend; this needs £400\.01"):
        ledger.spend(fund_id, amount=pounds("400.01"))


def test_stays_are_counted_over_the_book_and_a_reversed_one_no_longer_counts(ledger: Ledger) -> None:
    rest = a_plan_line(outcome_id="outcome-rest", category="short_stay")
    fund_id = ledger.open_with_plan(rest)
    ledger.pay_in(fund_id)
    stay: dict[str, Any] = {"category": "short_stay", "outcome_id": "outcome-rest"}
    first = ledger.spend(fund_id, **stay, period=Period(from_on=TODAY, to_on=TODAY + timedelta(days=13)))
    second = Period(from_on=TODAY + timedelta(days=14), to_on=TODAY + timedelta(days=28))

    assert refusal(ledger.spend(fund_id, **stay, period=second)).decision.clause == "CP 6.17(f)"

    assert first.posted is not None
    ledger.reverse(fund_id, first.posted.entry.entry_id)
    assert ledger.spend(fund_id, **stay, period=second).posted is not None


# ------------------------------------------------------------------ holds


def a_cause(sequence: int) -> Cause:
    return Cause(
        actor_id="/services/safeguarding",
        correlation_id="cor-0001",
        causation_id=f"event-{sequence}",
        incoming=("restriction:pa-0009", sequence),
    )


def impose(ledger: Ledger, sequence: int = 1, *, days_ahead: int = 0) -> None:
    event = RestrictionImposed(
        party_id="pa-0009", kind="personal_assistant", from_at=MONDAY + timedelta(days=days_ahead)
    )
    follow_restriction(event, council_id=COUNCIL, cause=a_cause(sequence), holds=ledger.holds)


def lift(ledger: Ledger, sequence: int = 2) -> None:
    event = RestrictionLifted(party_id="pa-0009", kind="personal_assistant", from_at=MONDAY)
    follow_restriction(event, council_id=COUNCIL, cause=a_cause(sequence), holds=ledger.holds)


def test_a_payee_on_hold_is_not_paid_and_the_answer_gives_no_cause(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    impose(ledger)

    refused = refusal(ledger.spend(fund_id, payee_id="pa-0009"))

    assert (refused.decision.reason, refused.decision.clause) == ("The payee is on hold.", "")
    assert problem_of(refused).problem()["detail"] == "The payee is on hold."
    assert ledger.spend(fund_id).posted is not None


def test_a_lifted_hold_lets_the_payee_be_paid_again(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    impose(ledger)
    lift(ledger)

    assert ledger.spend(fund_id, payee_id="pa-0009").posted is not None


def test_a_hold_told_again_after_it_was_lifted_changes_nothing(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    impose(ledger, 1)
    lift(ledger, 2)
    impose(ledger, 1)

    assert ledger.spend(fund_id, payee_id="pa-0009").posted is not None


def test_a_hold_begins_when_it_says(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    impose(ledger, days_ahead=1)

    assert ledger.spend(fund_id, payee_id="pa-0009").posted is not None
    ledger.clock.at += timedelta(days=1)
    assert refusal(ledger.spend(fund_id, payee_id="pa-0009"))


# ------------------------------------------------------------------ reversals


def test_an_entry_and_its_reversal_net_to_nought(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    before = {account: amount for account, amount in ledger.head(fund_id).balances.items() if amount}
    spent = ledger.spend(fund_id).posted
    assert spent is not None

    undone = ledger.reverse(fund_id, spent.entry.entry_id)

    assert undone.entry.draft.reverses == spent.entry.entry_id
    after = {account: amount for account, amount in ledger.head(fund_id).balances.items() if amount}
    assert after == before


def test_an_entry_is_reversed_once(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    spent = ledger.spend(fund_id).posted
    assert spent is not None
    ledger.reverse(fund_id, spent.entry.entry_id)

    with pytest.raises(AlreadyReversed):
        ledger.reverse(fund_id, spent.entry.entry_id)
    assert in_hand(ledger, fund_id) == pounds("400.00")


def test_two_who_reverse_one_entry_at_the_same_time_reverse_it_once(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    spent = ledger.spend(fund_id).posted
    assert spent is not None
    ledger.memory.before_next_write(lambda: ledger.reverse(fund_id, spent.entry.entry_id))

    with pytest.raises(AlreadyReversed):
        ledger.reverse(fund_id, spent.entry.entry_id)
    assert in_hand(ledger, fund_id) == pounds("400.00")


def test_a_reversal_is_not_reversed(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    spent = ledger.spend(fund_id).posted
    assert spent is not None
    undone = ledger.reverse(fund_id, spent.entry.entry_id)

    with pytest.raises(ReversalIsFinal):
        ledger.reverse(fund_id, undone.entry.entry_id)


def test_a_payment_that_is_spent_already_cannot_be_reversed(ledger: Ledger) -> None:
    fund_id = ledger.open_with_plan()
    payment = ledger.pay_in(fund_id).posted.entry
    ledger.spend(fund_id)

    with pytest.raises(WouldOverdrawFund):
        ledger.reverse(fund_id, payment.entry_id)


@pytest.mark.parametrize("entry_id", ["{fund}.9.1", "{fund}.1.2", "nonsense", "fund-other.1.1"])
def test_an_entry_that_is_not_in_this_fund_cannot_be_reversed(ledger: Ledger, entry_id: str) -> None:
    fund_id = ledger.open_and_funded()

    with pytest.raises(EntryNotFound):
        ledger.reverse(fund_id, entry_id.format(fund=fund_id))


def test_the_entry_of_another_fund_is_not_reversed_through_this_one(ledger: Ledger) -> None:
    theirs, ours = ledger.open_and_funded(), ledger.open_and_funded()
    spent = ledger.spend(theirs).posted
    assert spent is not None

    with pytest.raises(EntryNotFound):
        ledger.reverse(ours, spent.entry.entry_id)


# ------------------------------------------------------------------ repeats


def test_a_repeated_payment_gives_the_first_answer_and_moves_money_once(ledger: Ledger) -> None:
    fund_id = ledger.open().id

    first = ledger.pay_in(fund_id, key="k1")
    again = ledger.pay_in(fund_id, key="k1")

    assert again.posted == first.posted
    assert in_hand(ledger, fund_id) == pounds("400.00")


def test_a_repeated_spend_gives_the_first_answer_even_when_the_money_has_gone_since(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    first = ledger.spend(fund_id, key="k1", amount=pounds("300.00"))
    ledger.spend(fund_id, amount=pounds("100.00"))

    again = ledger.spend(fund_id, key="k1", amount=pounds("300.00"))

    assert again == first
    assert in_hand(ledger, fund_id) == Pence(0)


def test_a_repeated_spend_gives_the_first_answer_even_when_the_payee_is_held_since(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    first = ledger.spend(fund_id, key="k1", payee_id="pa-0009")
    impose(ledger)

    assert ledger.spend(fund_id, key="k1", payee_id="pa-0009") == first


def test_a_repeated_refusal_stays_refused_even_when_the_hold_is_lifted_since(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    impose(ledger)
    first = ledger.spend(fund_id, key="k1", payee_id="pa-0009")
    lift(ledger)

    assert ledger.spend(fund_id, key="k1", payee_id="pa-0009") == first
    assert ledger.refusals.count() == 1


def test_a_repeated_reversal_gives_the_first_answer(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    spent = ledger.spend(fund_id).posted
    assert spent is not None

    first = ledger.reverse(fund_id, spent.entry.entry_id, key="k1")

    assert ledger.reverse(fund_id, spent.entry.entry_id, key="k1") == first


@pytest.mark.parametrize("category", ["activity", "lottery"], ids=["posted before", "refused before"])
def test_a_key_with_another_request_is_refused(ledger: Ledger, category: str) -> None:
    fund_id = ledger.open_and_funded()
    ledger.spend(fund_id, key="k1", category=category)

    with pytest.raises(KeyReused):
        ledger.spend(fund_id, key="k1", category=category, amount=pounds("12.51"))


def test_the_same_key_of_another_caller_is_another_key(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    ledger.spend(fund_id, key="k1")
    ledger.spend(fund_id, key="k1", caller=a_caller(actor_id="officer-0002"))

    assert in_hand(ledger, fund_id) == pounds("375.00")


def test_a_key_is_one_key_over_all_books(ledger: Ledger) -> None:
    ours, theirs = ledger.open_and_funded(), ledger.open_and_funded()
    ledger.spend(ours, key="k1")

    with pytest.raises(KeyReused):
        ledger.spend(theirs, key="k1")


def test_two_at_once_with_one_key_post_one_entry_and_get_one_answer(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    rival: list[SpendAnswer] = []
    ledger.memory.before_next_write(lambda: rival.append(ledger.spend(fund_id, key="k1")))

    mine = ledger.spend(fund_id, key="k1")

    assert [mine] == rival
    assert in_hand(ledger, fund_id) == pounds("387.50")


# ------------------------------------------------------------------ races and crashes


def test_a_spend_that_another_gets_in_before_is_checked_against_the_new_balance(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    ledger.memory.before_next_write(lambda: ledger.spend(fund_id, amount=pounds("300.00")))

    with pytest.raises(WouldOverdrawFund, match=r"£100\.00 free"):
        ledger.spend(fund_id, amount=pounds("300.00"))
    assert in_hand(ledger, fund_id) == pounds("100.00")


def test_a_hold_that_comes_while_a_spend_waits_its_turn_stops_it(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()

    def meanwhile() -> None:
        impose(ledger)
        ledger.spend(fund_id)

    ledger.memory.before_next_write(meanwhile)

    assert refusal(ledger.spend(fund_id, payee_id="pa-0009")).decision.reason == "The payee is on hold."


def test_a_writer_that_is_never_first_gives_up_and_says_so(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    for _ in range(ledger.attempts):
        ledger.memory.before_next_write(lambda: ledger.post(a_spend_draft("1.00"), fund=a_fund(fund_id=fund_id)))
        ledger.memory.before_next_write(lambda: None)

    with pytest.raises(BookBusy):
        ledger.spend(fund_id)


def test_a_crash_before_the_write_leaves_nothing(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    ledger.memory.interrupt_next_write("before")

    with pytest.raises(StoreAway):
        ledger.spend(fund_id, key="k1")
    assert in_hand(ledger, fund_id) == pounds("400.00")
    assert ledger.spend(fund_id, key="k1").posted is not None


def test_a_crash_after_the_write_leaves_one_entry_and_a_repeat_finds_it(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    ledger.memory.interrupt_next_write("after")

    with pytest.raises(StoreAway):
        ledger.spend(fund_id, key="k1")
    again = ledger.spend(fund_id, key="k1").posted

    assert again is not None
    assert again.in_hand == in_hand(ledger, fund_id) == pounds("387.50")


def test_a_book_that_does_not_read_as_one_is_not_built_upon(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    document = ledger.stored(fund_id)[-1]
    del document["balances"]
    ledger.blocks.replace(document | {"version": 2}, version=1)

    with pytest.raises(BookBroken):
        ledger.spend(fund_id)


# ------------------------------------------------------------------ what is stored and told


def test_every_entry_is_told_once_in_an_unbroken_sequence(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    spent = ledger.spend(fund_id).posted
    assert spent is not None
    ledger.reverse(fund_id, spent.entry.entry_id)

    told = ledger.told(fund_id)

    assert [(event["type"], event["sequence"], event["data"]["balance_pence"]) for event in told] == [
        ("fund.funded", 1, 40000),
        ("fund.spend.posted", 2, 38750),
        ("fund.entry.reversed", 3, 40000),
    ]
    assert {event["partitionkey"] for event in told} == {f"journal:{fund_id}"}
    assert ledger.nudged[-1] == f"{fund_id}/0000000003"


def test_several_entries_in_one_block_are_told_one_by_one(ledger: Ledger) -> None:
    fund = a_fund()
    drafts = [a_payment_draft("100.00", key=a_key("in")), a_spend_draft("30.00"), a_spend_draft("20.00")]

    post_entries(
        lambda _: drafts,
        fund=fund,
        cause=ledger.cause("post", "drafts"),
        books=ledger.books,
        clock=ledger.clock,
        attempts=1,
    )

    told = ledger.told(fund.fund_id)
    assert [(event["sequence"], event["data"]["balance_pence"]) for event in told] == [(1, 10000), (2, 7000), (3, 5000)]
    assert ledger.head(fund.fund_id).sequence == 3


def test_nothing_that_is_told_holds_free_text(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    ledger.spend(fund_id)

    allowed = {"fund_id", "person_id", "entry_id", "amount_pence", "balance_pence", "effective_on", "payee_id"}
    assert all(set(event["data"]) <= allowed for event in ledger.told(fund_id))


def test_a_book_written_by_every_use_case_is_proved(ledger: Ledger) -> None:
    fund_id = ledger.open_with_plan()
    payment = ledger.pay_in(fund_id, key="k1").posted.entry
    spent = ledger.spend(fund_id, key="k2").posted
    assert spent is not None
    ledger.reverse(fund_id, spent.entry.entry_id, key="k3")
    ledger.reverse(fund_id, payment.entry_id)
    ledger.close(fund_id, key="k4")

    assert verify(ledger.books.stored_blocks(fund_id)) == []
    assert ledger.head(fund_id).closed
