"""A fund at a glance, a month of it (CP 10.3) and a year of it (CP 9.8), and contributions that are only noted (CP 5.4)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ledger.errors import ContributionNotDue, PeriodAlreadyInvoiced
from services.ledger.handlers import overview
from services.ledger.handlers.contributions import note_contribution
from services.ledger.handlers.overview import Overlooked
from services.ledger.model.blocks import Posted
from services.ledger.model.commands import NoteContribution
from services.ledger.model.entries import Entry, Period
from services.ledger.model.position import Position, for_days
from services.ledger.model.returns import AnnualSummary, MonthlyReturn, annual_summary
from services.ledger.model.statements import Tail
from shared.errors import Invalid, NotFound, PolicyIncomplete
from shared.money import Pence
from tests.support.ledger_builders import (
    COUNCIL,
    MONDAY,
    TODAY,
    Ledger,
    a_caller,
    a_fund,
    a_payment_draft,
    a_plan_line,
    a_spend_draft,
    pounds,
)

HOME = a_plan_line(line_id="line-2", outcome_id="outcome-home", category="personal_care", weekly_cost=pounds("60.00"))


def desk(ledger: Ledger) -> Overlooked:
    return Overlooked(funds=ledger.funds, books=ledger.books, policies=ledger.policies, clock=ledger.clock)


def position(ledger: Ledger, fund_id: str) -> Position:
    return overview.get_position(fund_id, caller=a_caller(), desk=desk(ledger))


def month(ledger: Ledger, fund_id: str, on: date | None = None) -> MonthlyReturn:
    return overview.get_month(fund_id, on=on, caller=a_caller(), desk=desk(ledger))


def summary(ledger: Ledger, fund_id: str, on: date | None = None) -> AnnualSummary:
    return overview.get_summary(fund_id, on=on, caller=a_caller(), desk=desk(ledger))


def note(ledger: Ledger, fund_id: str, **changes: Any) -> Posted:
    command = NoteContribution(**{"fund_id": fund_id, "amount": pounds("40.00")} | changes)
    return note_contribution(
        command,
        cause=ledger.cause("note_contribution", command),
        funds=ledger.funds,
        books=ledger.books,
        policies=ledger.policies,
        clock=ledger.clock,
        attempts=ledger.attempts,
    )


def later(ledger: Ledger, days: int) -> date:
    ledger.clock.at = MONDAY + timedelta(days=days)
    return TODAY + timedelta(days=days)


def test_a_position_has_budget_received_spent_and_what_is_available() -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()
    ledger.spend(fund_id)
    later(ledger, 13)

    at = position(ledger, fund_id)

    assert (at.budget, at.received, at.spent) == (pounds("200.00"), pounds("400.00"), pounds("12.50"))
    assert (at.in_hand, at.committed, at.available) == (pounds("387.50"), pounds("0.00"), pounds("387.50"))
    assert (at.surplus_above, at.clause) == (pounds("1200.00"), "CP 5.4")


@pytest.mark.parametrize(
    ("cost", "surplus_weeks", "shortfall_weeks"),
    [("100.00", None, None), ("30.00", 12, None), ("99.99", None, None)],
)
def test_a_surplus_is_forecast_from_the_plan_and_the_payments_to_come(
    cost: str, surplus_weeks: int | None, shortfall_weeks: int | None
) -> None:
    ledger = Ledger()
    fund_id = ledger.open_with_plan(a_plan_line(weekly_cost=pounds(cost)))
    ledger.pay_in(fund_id)

    forecast = position(ledger, fund_id).forecast

    assert forecast is not None
    assert forecast.surplus_on == (TODAY + timedelta(weeks=surplus_weeks) if surplus_weeks else None)
    assert forecast.shortfall_on == (TODAY + timedelta(weeks=shortfall_weeks) if shortfall_weeks else None)


def test_a_shortfall_is_forecast_when_more_was_spent_than_the_budget_brings() -> None:
    ledger = Ledger()
    fund_id = ledger.open_with_plan(a_plan_line(weekly_cost=pounds("100.00")))
    ledger.pay_in(fund_id)
    ledger.spend(fund_id, amount=pounds("150.00"))

    forecast = position(ledger, fund_id).forecast

    assert forecast is not None
    assert forecast.shortfall_on == TODAY + timedelta(weeks=3)


@pytest.mark.parametrize(("extra", "surplus"), [("799.99", False), ("800.00", False), ("800.01", True)])
def test_exactly_twelve_weeks_money_is_no_surplus(extra: str, surplus: bool) -> None:
    ledger = Ledger()
    fund_id = ledger.open_with_plan(a_plan_line(weekly_cost=pounds("100.00")))
    ledger.pay_in(fund_id)
    ledger.pay_in(fund_id, amount=pounds(extra), difference_reason="a payment late from another year")

    forecast = position(ledger, fund_id).forecast

    assert forecast is not None
    assert (forecast.surplus_on == TODAY) == surplus


def test_without_a_plan_nothing_is_forecast() -> None:
    ledger = Ledger()
    fund_id = ledger.open().id

    assert position(ledger, fund_id).forecast is None


def test_a_month_has_each_line_of_the_plan_and_what_was_spent_outside_it_and_no_payee() -> None:
    ledger = Ledger()
    fund_id = ledger.open_with_plan(a_plan_line(), HOME)
    ledger.pay_in(fund_id)
    ledger.spend(fund_id)
    ledger.spend(fund_id, category="personal_care", outcome_id="outcome-home", amount=pounds("50.00"))
    ledger.spend(fund_id, category="personal_care", amount=pounds("7.00"))

    told = month(ledger, fund_id)

    assert (told.number, told.days) == (1, Period(from_on=date(2026, 3, 2), to_on=date(2026, 4, 1)))
    assert (told.due_on, told.clause) == (date(2026, 4, 2), "CP 10.3")
    assert [(each.line_id, each.spent) for each in told.activities] == [
        ("line-1", pounds("12.50")),
        ("line-2", pounds("50.00")),
        ("outside-plan", pounds("7.00")),
    ]
    assert (told.budget, told.spent) == (pounds("442.85"), pounds("69.50"))


def test_a_reversed_spend_is_in_no_month() -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()
    spent = ledger.spend(fund_id).posted
    assert spent is not None
    ledger.reverse(fund_id, spent.entry.entry_id)

    assert month(ledger, fund_id).spent == pounds("0.00")


@pytest.mark.parametrize(("days", "number"), [(0, 1), (30, 1), (31, 2), (365, 13)])
def test_months_are_counted_from_the_funds_start(days: int, number: int) -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()
    on = later(ledger, days)

    assert month(ledger, fund_id, on).number == number


def test_a_day_to_come_cannot_be_summed_up() -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()

    for look in (month, summary):
        with pytest.raises(Invalid) as refusal:
            look(ledger, fund_id, TODAY + timedelta(days=1))
        assert [(error.field, error.rule) for error in refusal.value.errors] == [("on", "not-in-future")]


def test_a_summary_has_income_received_and_expenditure_incurred_by_category() -> None:
    ledger = Ledger()
    fund_id = ledger.open_with_plan(a_plan_line(), HOME)
    ledger.pay_in(fund_id)
    ledger.spend(fund_id)
    ledger.spend(fund_id, category="personal_care", outcome_id="outcome-home", amount=pounds("50.00"))

    told = summary(ledger, fund_id)

    assert (told.received, told.paid, told.incurred) == (pounds("400.00"), pounds("62.50"), pounds("62.50"))
    assert told.by_category == (("activity", pounds("12.50")), ("personal_care", pounds("50.00")))
    assert (told.opening, told.closing) == (pounds("0.00"), pounds("337.50"))
    assert (told.year.from_on, told.year.to_on, told.to_on) == (TODAY, date(2027, 3, 1), TODAY)
    assert (told.due_on, told.clause) == (date(2027, 3, 2), "CP 9.8")


def test_a_correction_in_the_next_year_belongs_to_the_next_year() -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()
    spent = ledger.spend(fund_id).posted
    assert spent is not None
    on = later(ledger, 370)
    ledger.reverse(fund_id, spent.entry.entry_id)

    first, second = summary(ledger, fund_id, TODAY), summary(ledger, fund_id, on)

    assert (first.paid, first.closing, first.to_on) == (pounds("12.50"), pounds("387.50"), date(2027, 3, 1))
    assert (second.opening, second.paid, second.closing) == (pounds("387.50"), pounds("-12.50"), pounds("400.00"))
    assert second.by_category == (("activity", pounds("-12.50")),)


moves = st.lists(st.tuples(st.booleans(), st.integers(1, 20_000), st.integers(0, 500)), max_size=12)


@settings(max_examples=30)
@given(moves=moves)
def test_opening_and_income_less_what_went_out_is_closing_whatever_happened(
    moves: list[tuple[bool, int, int]],
) -> None:
    ledger = Ledger()
    fund = a_fund()
    ledger.post(a_payment_draft("9999.00"), fund=fund)
    for is_spend, pence, day in moves:
        draft = a_spend_draft if is_spend else a_payment_draft
        amount = f"{pence // 100}.{pence % 100:02}"
        ledger.post(draft(amount, effective_on=TODAY + timedelta(days=day)), fund=fund)
    entries: list[Entry] = list(ledger.books.entries(fund.fund_id))
    years = [Period(from_on=TODAY, to_on=date(2027, 3, 1)), Period(from_on=date(2027, 3, 2), to_on=date(2028, 3, 1))]

    told = [
        annual_summary(
            fund,
            Tail(entries=tuple(entries)),
            corrected=(),
            year=year,
            to_on=year.to_on,
            due_on=TODAY,
            clause="",
            policy_version="pack/1",
        )
        for year in years
    ]

    for each in told:
        assert each.opening + each.received - each.paid - each.fees - each.returned - each.moved == each.closing
    assert told[0].closing == told[1].opening
    assert told[1].closing == ledger.head(fund.fund_id).in_hand


@pytest.mark.parametrize(("days", "pence"), [(1, 1428), (7, 10_000), (8, 11_428), (28, 40_000)])
def test_days_of_a_weekly_amount_are_whole_pence_and_whole_weeks_exact(days: int, pence: int) -> None:
    assert for_days(pounds("100.00"), days) == Pence(pence)


def test_a_contribution_is_noted_in_arrears_and_moves_none_of_the_funds_money() -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()
    later(ledger, 28)

    entry = note(ledger, fund_id, reference="INV-7").entry

    assert [(each.account, each.amount) for each in entry.postings] == [
        ("contribution", pounds("40.00")),
        ("contribution-contra", pounds("-40.00")),
    ]
    assert entry.draft.period == Period(from_on=TODAY, to_on=TODAY + timedelta(days=27))
    assert entry.draft.grounds is not None
    assert entry.draft.grounds.clause == "CP 5.4"
    assert ledger.head(fund_id).in_hand == pounds("400.00")
    assert [told["type"] for told in ledger.told(fund_id)][-1] == "fund.contribution.invoiced"


@pytest.mark.parametrize(("days", "is_due"), [(27, False), (28, True), (29, True)])
def test_a_contribution_is_not_due_before_its_four_weeks_have_ended(days: int, is_due: bool) -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()
    later(ledger, days)

    if is_due:
        assert note(ledger, fund_id).entry.type == "contribution"
    else:
        with pytest.raises(ContributionNotDue, match="2026-03-30"):
            note(ledger, fund_id)


def test_the_next_invoice_is_for_the_next_four_weeks_and_none_twice() -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()
    later(ledger, 60)

    first, second = note(ledger, fund_id), note(ledger, fund_id)
    with pytest.raises(PeriodAlreadyInvoiced):
        note(ledger, fund_id, first_on=TODAY)

    assert first.entry.draft.period is not None
    assert second.entry.draft.period is not None
    assert second.entry.draft.period.from_on == first.entry.draft.period.to_on + timedelta(days=1)


def test_a_look_at_a_fund_is_for_who_sees_it_and_a_council_without_funds_leaves_it_open() -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()

    with pytest.raises(NotFound):
        overview.get_position(fund_id, caller=a_caller(councils=("cheshire-east",)), desk=desk(ledger))
    with pytest.raises(PolicyIncomplete):
        ledger.policies.payment_terms("cheshire-east", TODAY)
    assert ledger.funds.get(fund_id).council_id == COUNCIL
