"""A surplus is told above 12 weeks' budget, and goes back only after notice, answer and decision (CP 5.4, 9.5)."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from services.ledger.errors import DecidedByAnother, NotYetPossible
from services.ledger.handlers import surplus
from services.ledger.handlers.decisions import Asking, decide_by_facts
from services.ledger.handlers.returning import return_surplus
from services.ledger.model.decisions import Decided
from services.ledger.model.questions.surplus import SurplusFacts
from services.ledger.model.questions.termination_dates import TerminationFacts
from services.ledger.model.surplus import Surplus, SurplusTerms, not_carried_out
from services.ledger.policy import PackFundPolicies
from services.ledger.store import BLOCKS
from services.ledger.store.life import SURPLUSES
from shared.errors import Invalid, NotFound
from shared.messaging.aggregates import Stored
from shared.messaging.processes import PROCESSES, StillUnderWay
from shared.money import ZERO, Pence
from shared.policy.policies import Policies
from shared.store.documents import StoreAway
from tests.support.ledger_builders import COUNCIL, SteppingClock, a_caller, pounds
from tests.support.life_builders import PROVIDER_STAFF, SOCIAL_WORKER, LifeLedger

FINANCE = a_caller()
ANOTHER = a_caller(actor_id="officer-0002")
TERMS = SurplusTerms(
    policy_version="pack/1",
    inform_weeks=12,
    inform_clause="CP 5.4",
    return_weeks=12,
    return_clause="CP 9.5",
    reply_days=14,
)


@pytest.fixture
def ledger() -> LifeLedger:
    return LifeLedger()


def a_fund_with(ledger: LifeLedger, amount: str) -> str:
    fund_id = ledger.open_with_plan()
    ledger.pay_in(fund_id, amount=pounds(amount), difference_reason="Sample reason")
    return fund_id


def told(ledger: LifeLedger, fund_id: str) -> Stored[Surplus] | None:
    return surplus.notice_surplus(fund_id, desk=ledger.life, cause=ledger.by(FINANCE, "tell"))


def a_surplus(ledger: LifeLedger, amount: str = "1300.00") -> str:
    found = told(ledger, a_fund_with(ledger, amount))
    assert found is not None
    return found.id


def give_notice(ledger: LifeLedger, surplus_id: str) -> Surplus:
    cause = ledger.by(SOCIAL_WORKER, "notice")
    return surplus.give_notice(surplus_id, words="Sample words", desk=ledger.life, cause=cause).state


def reply(ledger: LifeLedger, surplus_id: str) -> Surplus:
    cause = ledger.by(PROVIDER_STAFF, "reply")
    return surplus.reply(surplus_id, words="Sample reason", desk=ledger.life, cause=cause).state


def decide(ledger: LifeLedger, surplus_id: str, *, keep: bool = False, by: Any = FINANCE) -> Surplus:
    cause = ledger.by(by, "decide")
    return surplus.decide_surplus(surplus_id, keep=keep, reason="Sample reason", desk=ledger.life, cause=cause).state


def challenge(ledger: LifeLedger, surplus_id: str) -> Surplus:
    cause = ledger.by(PROVIDER_STAFF, "challenge")
    return surplus.challenge(surplus_id, words="Sample reason", desk=ledger.life, cause=cause).state


def give_back(ledger: LifeLedger, surplus_id: str, *, key: str | None = None) -> Surplus:
    cause = ledger.by(FINANCE, "return", key=key)
    return return_surplus(
        surplus_id,
        returned_on=None,
        reference="Sample 9",
        evidence="bank-statement",
        desk=ledger.life,
        processes=ledger.processes,
        cause=cause,
    ).state


@pytest.mark.parametrize(("in_hand", "over"), [("1199.99", 0), ("1200.00", 0), ("1200.01", 1)])
def test_exactly_twelve_weeks_budget_is_no_surplus(in_hand: str, over: int) -> None:
    assert TERMS.to_tell(pounds(in_hand), pounds("100.00")) == Pence(over)
    assert TERMS.to_return(pounds(in_hand), pounds("100.00")) == Pence(over)


@pytest.mark.parametrize(("amount", "is_told"), [("1200.00", False), ("1200.01", True)])
def test_a_surplus_is_told_once_with_what_is_above_the_limit_cp_5_4(
    ledger: LifeLedger, amount: str, is_told: bool
) -> None:
    fund_id = a_fund_with(ledger, amount)

    first, again = told(ledger, fund_id), told(ledger, fund_id)

    assert (first is not None, again) == (is_told, None)
    assert ledger.types_told(SURPLUSES) == (["fund.surplus.exceeded"] if is_told else [])
    if first is not None:
        assert (first.state.over, first.state.clause) == (Pence(1), "CP 5.4")


def test_the_provider_reports_a_surplus_that_there_is(ledger: LifeLedger) -> None:
    fund_id = a_fund_with(ledger, "1300.00")
    cause = ledger.by(PROVIDER_STAFF, "report")

    assert surplus.report_surplus(fund_id, desk=ledger.life, cause=cause).state.state == "told"
    with pytest.raises(NotYetPossible):
        surplus.report_surplus(fund_id, desk=ledger.life, cause=ledger.by(PROVIDER_STAFF, "report again"))


def test_only_the_excess_goes_back_after_notice_answer_and_decision_cp_9_5(ledger: LifeLedger) -> None:
    surplus_id = a_surplus(ledger)
    states = [give_notice(ledger, surplus_id).state, reply(ledger, surplus_id).state, decide(ledger, surplus_id).state]
    returned = give_back(ledger, surplus_id)

    assert states == ["noticed", "replied", "ordered"]
    assert (returned.state, returned.returned) == ("returned", pounds("100.00"))
    assert ledger.head(returned.fund_id).in_hand == pounds("1200.00")
    assert [event["type"] for event in ledger.told(returned.fund_id)] == ["fund.funded", "fund.returned"]


def test_nothing_is_decided_before_an_answer_or_the_end_of_its_time(ledger: LifeLedger) -> None:
    surplus_id = a_surplus(ledger)
    with pytest.raises(NotYetPossible):
        decide(ledger, surplus_id)
    noticed = give_notice(ledger, surplus_id)
    ledger.clock.at += timedelta(days=14)
    with pytest.raises(NotYetPossible, match="until 2026-03-16"):
        decide(ledger, surplus_id)
    ledger.clock.at += timedelta(days=1)

    with pytest.raises(NotYetPossible):
        reply(ledger, surplus_id)
    assert (noticed.reply_by_on, decide(ledger, surplus_id).state) == (noticed.reply_by_on, "ordered")


@pytest.mark.parametrize("come_to", ["told", "noticed", "replied", "kept"])
def test_nothing_goes_back_that_was_not_ordered(ledger: LifeLedger, come_to: str) -> None:
    surplus_id = a_surplus(ledger)
    steps = {"noticed": [give_notice], "replied": [give_notice, reply], "kept": [give_notice, reply]}
    for step in steps.get(come_to, []):
        step(ledger, surplus_id)
    if come_to == "kept":
        decide(ledger, surplus_id, keep=True)

    with pytest.raises(NotYetPossible):
        give_back(ledger, surplus_id)
    stands = surplus.seen_surplus(surplus_id, caller=FINANCE, desk=ledger.life).state
    assert (stands.state, ledger.head(stands.fund_id).in_hand) == (come_to, pounds("1300.00"))


def test_an_agreed_reason_lifts_the_return_and_not_the_telling(ledger: LifeLedger) -> None:
    surplus_id = a_surplus(ledger)
    give_notice(ledger, surplus_id)
    reply(ledger, surplus_id)
    kept = decide(ledger, surplus_id, keep=True)

    again = told(ledger, kept.fund_id)

    assert (kept.state, kept.ruling and kept.ruling.amount) == ("kept", ZERO)
    assert again is not None
    assert again.id != surplus_id


def test_a_challenge_holds_the_return_until_another_officer_has_decided(ledger: LifeLedger) -> None:
    surplus_id = a_surplus(ledger)
    give_notice(ledger, surplus_id)
    reply(ledger, surplus_id)
    decide(ledger, surplus_id)
    challenged = challenge(ledger, surplus_id)

    with pytest.raises(NotYetPossible):
        give_back(ledger, surplus_id)
    with pytest.raises(DecidedByAnother):
        decide(ledger, surplus_id)
    again = decide(ledger, surplus_id, by=ANOTHER)
    with pytest.raises(NotYetPossible):
        challenge(ledger, surplus_id)
    assert (challenged.state, again.state) == ("challenged", "ordered")
    assert give_back(ledger, surplus_id).returned == pounds("100.00")


def test_a_return_is_posted_once_whoever_records_it_and_how_often(ledger: LifeLedger) -> None:
    surplus_id = a_surplus(ledger)
    give_notice(ledger, surplus_id)
    reply(ledger, surplus_id)
    decide(ledger, surplus_id)

    first = give_back(ledger, surplus_id, key="k1")
    again = give_back(ledger, surplus_id, key="k2")

    assert (again.entry_id, again.returned) == (first.entry_id, pounds("100.00"))
    assert ledger.head(first.fund_id).number == 2


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("collection", [BLOCKS, SURPLUSES, PROCESSES], ids=lambda each: each.name)
@pytest.mark.parametrize("skip", [0, 1])
def test_a_return_that_is_cut_short_anywhere_is_finished_by_the_next_sweep(
    ledger: LifeLedger, collection: Any, moment: Any, skip: int
) -> None:
    surplus_id = a_surplus(ledger)
    give_notice(ledger, surplus_id)
    reply(ledger, surplus_id)
    fund_id = decide(ledger, surplus_id).fund_id
    documents = ledger.memory_of(collection)
    for _ in range(skip):
        documents.before_next_write(lambda: None)
    documents.before_next_write(lambda: documents.interrupt_next_write(moment))

    with suppress(StoreAway, StillUnderWay):
        give_back(ledger, surplus_id, key="k1")
    documents.forget_plans()
    ledger.clock.at += timedelta(hours=1)
    ledger.sweep()
    returned = give_back(ledger, surplus_id, key="k1")

    assert (returned.state, returned.returned, returned.returning) == ("returned", pounds("100.00"), False)
    assert [entry.type for entry in ledger.books.entries(fund_id)] == ["payment-in", "return"]
    assert returned.entry_id == [entry.entry_id for entry in ledger.books.entries(fund_id)][1]


def test_an_order_that_is_being_carried_out_is_challenged_no_more_and_stands_again_if_the_book_refuses_it(
    ledger: LifeLedger,
) -> None:
    surplus_id = a_surplus(ledger)
    give_notice(ledger, surplus_id)
    reply(ledger, surplus_id)
    decide(ledger, surplus_id)
    ledger.memory_of(BLOCKS).before_next_write(lambda: ledger.memory_of(BLOCKS).interrupt_next_write("before"))

    with pytest.raises(StoreAway):
        give_back(ledger, surplus_id)
    with pytest.raises(NotYetPossible, match="being carried out"):
        challenge(ledger, surplus_id)
    state = ledger.life.surpluses.get(surplus_id).state

    assert (state.state, state.returning) == ("ordered", True)
    assert not_carried_out(state).state.returning is False


def test_what_was_spent_meanwhile_does_not_go_back(ledger: LifeLedger) -> None:
    surplus_id = a_surplus(ledger)
    give_notice(ledger, surplus_id)
    fund_id = reply(ledger, surplus_id).fund_id
    decide(ledger, surplus_id)
    ledger.spend(fund_id, amount=pounds("99.99"))

    assert give_back(ledger, surplus_id).returned == Pence(1)


def test_a_surplus_that_was_spent_before_the_decision_lapses(ledger: LifeLedger) -> None:
    surplus_id = a_surplus(ledger)
    give_notice(ledger, surplus_id)
    fund_id = reply(ledger, surplus_id).fund_id
    ledger.spend(fund_id, amount=pounds("100.00"))

    assert decide(ledger, surplus_id).state == "lapsed"


def test_a_strangers_surplus_is_not_there(ledger: LifeLedger) -> None:
    surplus_id = a_surplus(ledger)

    with pytest.raises(NotFound):
        surplus.seen_surplus(surplus_id, caller=a_caller(organisation_id="provider-0099"), desk=ledger.life)


def test_a_surplus_may_be_asked_about_without_posting_anything() -> None:
    policies = PackFundPolicies(policies=Policies.load())
    clock = SteppingClock()

    def ask(question: str, facts: object) -> Decided:
        return decide_by_facts(Asking(question=question, facts=facts), COUNCIL, policies=policies, clock=clock)

    facts = SurplusFacts(in_hand=pounds("1300.00"), weekly_budget=pounds("100.00"))
    answer = ask("surplus", facts).answer
    dates = ask("termination-dates", TerminationFacts()).answer

    assert (answer.values["over_return_limit_pence"], answer.clauses[:2]) == (10000, ("CP 5.4", "CP 9.5"))
    assert "agreed" in answer.would_change[0]
    assert (dates.clauses[0], dates.values["council_settles_by"][:10]) == ("CP 4.7", "2026-04-15")
    with pytest.raises(Invalid):
        ask("surplus", SurplusFacts())
