"""A fund's life: opened, its plan agreed, closed; and who may see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.ledger.errors import (
    FundClosed,
    FundNotEmpty,
    PlanHasProhibitedSpend,
    PlanNeedsAnotherAgreer,
    PlanNotAgreed,
    PlanOverBudget,
)
from services.ledger.handlers.funds import get_fund
from services.ledger.store import FUNDS, funds_visible_to
from shared.context import Caller
from shared.errors import Conflict, KeyReused, NotFound, PolicyIncomplete, Stale
from tests.support.crashing import Died
from tests.support.ledger_builders import COUNCIL, Ledger, a_caller, a_plan_line, pounds
from tests.support.scheduling import LEASE_SECONDS


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def test_an_opened_fund_waits_for_its_plan(ledger: Ledger) -> None:
    fund = ledger.open().state

    assert (fund.status, fund.plan, fund.weekly_budget) == ("opened", None, pounds("100.00"))
    assert fund.policy_version == "cambridgeshire-peterborough/2022-04-01"


def test_opening_twice_with_one_key_gives_one_fund(ledger: Ledger) -> None:
    first = ledger.open(key="k1")
    again = ledger.open(key="k1")

    assert again == first
    assert ledger.funds.count() == 1


def test_a_key_with_another_fund_is_refused(ledger: Ledger) -> None:
    ledger.open(key="k1")

    with pytest.raises(KeyReused):
        ledger.open(key="k1", person_id="person-0008")


def test_a_referral_has_one_fund_whatever_the_key(ledger: Ledger) -> None:
    ledger.open(key="k1", referral_id="ref-0001")

    with pytest.raises(Conflict):
        ledger.open(key="k2", referral_id="ref-0001")


def test_a_council_without_terms_for_funds_opens_none(ledger: Ledger) -> None:
    with pytest.raises(PolicyIncomplete):
        ledger.open(council_id="cheshire-east", caller=a_caller(councils=("cheshire-east",)))


def test_a_fund_of_another_council_cannot_be_opened(ledger: Ledger) -> None:
    with pytest.raises(NotFound):
        ledger.open(caller=a_caller(councils=("cheshire-east",)))


def test_an_agreed_plan_makes_the_fund_active_cp_3_2_4(ledger: Ledger) -> None:
    fund_id = ledger.open().id

    fund = ledger.agree(fund_id).state

    assert fund.status == "active"
    assert fund.plan is not None
    assert (fund.plan.agreed_by, fund.plan.weekly_cost) == ("social-worker-0001", pounds("30.00"))


def test_whoever_wrote_the_plan_cannot_agree_it(ledger: Ledger) -> None:
    fund_id = ledger.open().id

    with pytest.raises(PlanNeedsAnotherAgreer):
        ledger.agree(fund_id, written_by="social-worker-0001")


def test_a_plan_may_cost_the_whole_budget_and_not_a_penny_more(ledger: Ledger) -> None:
    fund_id = ledger.open().id
    whole = (a_plan_line(weekly_cost=pounds("60.00")), a_plan_line(line_id="line-2", weekly_cost=pounds("40.00")))

    assert ledger.agree(fund_id, *whole).state.status == "active"
    with pytest.raises(PlanOverBudget, match=r"£100\.01 a week"):
        ledger.agree(fund_id, *whole, a_plan_line(line_id="line-3", weekly_cost=pounds("0.01")))


def test_a_plan_cannot_hold_what_may_not_be_bought(ledger: Ledger) -> None:
    fund_id = ledger.open().id

    with pytest.raises(PlanHasProhibitedSpend):
        ledger.agree(fund_id, a_plan_line(category="rent"))
    assert ledger.funds.get(fund_id).state.plan is None


def test_nothing_is_spent_before_the_plan_is_agreed_cp_3_2_5(ledger: Ledger) -> None:
    fund_id = ledger.open().id
    ledger.pay_in(fund_id)

    with pytest.raises(PlanNotAgreed, match=r"CP 3\.2\.4"):
        ledger.spend(fund_id)


def test_a_fund_with_money_in_hand_is_not_closed_cp_4_7(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()

    with pytest.raises(FundNotEmpty, match=r"£400\.00"):
        ledger.close(fund_id)
    assert ledger.funds.get(fund_id).state.status == "active"


def test_a_closed_fund_takes_no_payment_spend_plan_or_reversal(ledger: Ledger) -> None:
    fund_id = ledger.open_with_plan()
    payment = ledger.pay_in(fund_id).posted.entry
    ledger.reverse(fund_id, payment.entry_id)

    assert ledger.close(fund_id).state.status == "closed"

    with pytest.raises(FundClosed):
        ledger.pay_in(fund_id)
    with pytest.raises(FundClosed):
        ledger.spend(fund_id)
    with pytest.raises(FundClosed):
        ledger.agree(fund_id)
    with pytest.raises(FundClosed):
        ledger.reverse(fund_id, payment.entry_id)


def test_closing_ends_the_book_so_that_a_late_writer_cannot_slip_in(ledger: Ledger) -> None:
    fund_id = ledger.open_with_plan()
    ledger.memory.before_next_write(lambda: ledger.close(fund_id))

    with pytest.raises(FundClosed):
        ledger.pay_in(fund_id)
    assert [event["type"] for event in ledger.told(fund_id)] == ["fund.book.closed"]


def cut_short(ledger: Ledger, fund_id: str, *, key: str | None = None) -> None:
    """The process that closes the fund is killed once the book is ended."""
    ledger.memory_of(FUNDS).before_next_write(_die)

    with pytest.raises(Died):
        ledger.close(fund_id, key=key)
    assert ledger.head(fund_id).closed
    assert ledger.funds.get(fund_id).state.status == "opened"


def test_a_closing_that_was_cut_short_is_finished_by_the_ledger_itself(ledger: Ledger) -> None:
    fund_id = ledger.open().id
    cut_short(ledger, fund_id)

    ledger.clock.at += timedelta(seconds=LEASE_SECONDS + 1)
    ledger.sweep()

    assert ledger.funds.get(fund_id).state.status == "closed"
    assert ledger.head(fund_id).number == 1
    assert [event["type"] for event in ledger.memory_of(FUNDS).get(fund_id)["outbox"]][-1] == "fund.closed"


def test_a_closing_that_was_cut_short_is_finished_by_asking_again(ledger: Ledger) -> None:
    fund_id = ledger.open().id
    cut_short(ledger, fund_id, key="k1")

    assert ledger.close(fund_id, key="k1").state.status == "closed"
    assert ledger.head(fund_id).number == 1


def test_a_closing_of_another_version_than_expected_is_refused_before_the_book_is_ended(ledger: Ledger) -> None:
    fund_id = ledger.open().id

    with pytest.raises(Stale):
        ledger.close(fund_id, expected_version=7)
    assert not ledger.head(fund_id).closed


def test_closing_twice_with_one_key_closes_once(ledger: Ledger) -> None:
    fund_id = ledger.open().id

    assert ledger.close(fund_id, key="k1") == ledger.close(fund_id, key="k1")
    assert ledger.head(fund_id).number == 1


def _die() -> None:
    raise Died


PROVIDER = a_caller(actor_id="staff-0001", roles=("isf_provider",), organisation_id="provider-0003")
OTHER_PROVIDER = a_caller(actor_id="staff-0002", roles=("isf_provider",), organisation_id="provider-0004")
PERSON = a_caller(actor_id="person-0007", roles=("person",))
OTHER_PERSON = a_caller(actor_id="person-0008", roles=("person",))
NOMINEE = a_caller(actor_id="nominee-0001", roles=("nominee",))
STRANGER = a_caller(actor_id="person-0007", roles=("person",), councils=("cheshire-east",))
NOBODY = a_caller(actor_id="somebody", roles=())


@pytest.mark.parametrize(
    ("caller", "sees"),
    [
        (a_caller(), True),
        (PROVIDER, True),
        (PERSON, True),
        (NOMINEE, True),
        (OTHER_PROVIDER, False),
        (OTHER_PERSON, False),
        (STRANGER, False),
        (NOBODY, False),
        (replace(OTHER_PERSON, roles=("person", "personal_assistant", "public")), False),
        (replace(OTHER_PROVIDER, organisation_id=None), False),
    ],
    ids=[
        "officer",
        "its provider",
        "the person",
        "nominee",
        "other provider",
        "other person",
        "other council",
        "no role",
        "other person with more roles",
        "provider of no organisation",
    ],
)
def test_a_fund_is_seen_by_those_it_concerns_and_is_not_there_for_others(
    ledger: Ledger, caller: Caller, sees: bool
) -> None:
    fund_id = ledger.open(shared_with=("nominee-0001",)).id

    if sees:
        assert get_fund(fund_id, caller=caller, funds=ledger.funds).id == fund_id
    else:
        with pytest.raises(NotFound):
            get_fund(fund_id, caller=caller, funds=ledger.funds)
        with pytest.raises(NotFound):
            ledger.pay_in(fund_id, caller=caller)


def test_a_list_of_funds_holds_only_what_the_caller_may_see(ledger: Ledger) -> None:
    mine = ledger.open().id
    other = ledger.open(provider_id="provider-0004", person_id="person-0008").id

    def listed(caller: Caller, **filters: str) -> set[str]:
        return {stored.id for stored in funds_visible_to(caller, ledger.funds, limit=10, **filters).items}

    assert listed(a_caller()) == {mine, other}
    assert listed(a_caller(), person_id="person-0008") == {other}
    assert listed(a_caller(councils=("*",)), council_id=COUNCIL) == {mine, other}
    assert listed(PROVIDER) == {mine}
    assert listed(OTHER_PERSON) == {other}
    assert listed(STRANGER) == set()
    assert listed(PROVIDER, provider_id="provider-0004") == set()


@pytest.mark.parametrize("role", ["nominee", "circle", "person"])
def test_whom_a_fund_is_shared_with_finds_it_in_a_list_and_nobody_elses(ledger: Ledger, role: str) -> None:
    shared = ledger.open(shared_with=("relative-0001", "person-0007")).id
    ledger.open(person_id="person-0008", shared_with=("relative-0002",))
    relative = a_caller(actor_id="relative-0001", roles=(role,))

    listed = funds_visible_to(relative, ledger.funds, limit=10).items

    assert [stored.id for stored in listed] == [shared]
    assert [stored.id for stored in funds_visible_to(PERSON, ledger.funds, limit=10).items] == [shared]
    assert funds_visible_to(replace(relative, councils=("cheshire-east",)), ledger.funds, limit=10).items == []


def test_opening_and_agreeing_are_told_on_the_fund_s_own_stream(ledger: Ledger) -> None:
    fund_id = ledger.open_with_plan()

    document = ledger.memory_of(FUNDS).get(fund_id)
    assert document is not None
    assert [(event["type"], event["sequence"]) for event in document["outbox"]] == [
        ("fund.opened", 1),
        ("fund.plan.agreed", 2),
    ]
