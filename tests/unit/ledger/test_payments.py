"""Payments into a fund, and what they make of a year (CP 5.4)."""

from __future__ import annotations

from datetime import date

import pytest

from services.ledger.errors import PaymentDiffers
from services.ledger.model.entries import Period
from services.ledger.model.payment_terms import payment_terms_of
from services.ledger.model.payments import Cadence, PaymentTerms, fund_year, payment_draft, progress
from shared.errors import PolicyIncomplete
from shared.money import Pence
from shared.policy.policies import Policies
from tests.support.ledger_builders import COUNCIL, TODAY, a_fund, pounds

FOUR_WEEKLY = PaymentTerms(
    policy_version="pack/1", clause="CP 5.4", cadence=Cadence(count=4, unit="weeks"), weeks_per_payment=4
)
MONTHLY = PaymentTerms(
    policy_version="pack/1", clause="CP 5.4", cadence=Cadence(count=1, unit="months"), weeks_per_payment=4
)


def a_draft(amount: Pence | None = None, difference_reason: str = "") -> Pence:
    draft = payment_draft(
        a_fund(),
        FOUR_WEEKLY,
        first_on=TODAY,
        effective_on=TODAY,
        amount=amount,
        difference_reason=difference_reason,
        reference="",
        evidence="",
        key=None,
    )
    return draft.legs[0].amount


def test_a_payment_is_four_times_the_weekly_budget_cp_5_4() -> None:
    assert a_draft() == pounds("400.00")


def test_another_amount_needs_its_reason() -> None:
    with pytest.raises(PaymentDiffers, match=r"£390\.00 is not 4 times the weekly budget, £400\.00 \(CP 5\.4\)"):
        a_draft(pounds("390.00"))

    assert a_draft(pounds("390.00"), "the council paid £10 short") == pounds("390.00")


def test_four_weeks_money_each_month_is_48_weeks_a_year_and_the_shortfall_is_said() -> None:
    year = progress(a_fund(), MONTHLY, [], on=TODAY)

    assert (year.weeks_covered_by_cadence, year.weeks_in_full_year) == (48, 52)
    assert year.short_at_year_end == pounds("400.00")
    assert year.sentence == (
        "Paying every month covers 48 of 52 weeks a year: £400.00 of a full year's budget would not be paid in."
    )


def test_four_weeks_money_every_four_weeks_is_52_weeks_a_year() -> None:
    year = progress(a_fund(), FOUR_WEEKLY, [], on=TODAY)

    assert (year.weeks_covered_by_cadence, year.full_year) == (52, pounds("5200.00"))
    assert year.sentence == "Paying every 4 weeks covers 52 of 52 weeks a year."


@pytest.mark.parametrize(
    ("terms", "first_on", "last_on"),
    [
        (FOUR_WEEKLY, date(2026, 3, 2), date(2026, 3, 29)),
        (MONTHLY, date(2026, 3, 2), date(2026, 4, 1)),
        (MONTHLY, date(2026, 1, 31), date(2026, 2, 27)),
    ],
)
def test_a_payment_in_advance_is_for_the_days_to_the_next_one(
    terms: PaymentTerms, first_on: date, last_on: date
) -> None:
    assert terms.period_from(first_on) == Period(from_on=first_on, to_on=last_on)


@pytest.mark.parametrize(
    ("on", "first", "last"),
    [
        (date(2026, 3, 2), date(2026, 3, 2), date(2027, 3, 1)),
        (date(2027, 3, 1), date(2026, 3, 2), date(2027, 3, 1)),
        (date(2027, 3, 2), date(2027, 3, 2), date(2028, 3, 1)),
        (date(2026, 2, 1), date(2026, 3, 2), date(2027, 3, 1)),
    ],
)
def test_the_fund_year_is_counted_from_the_start_date_cp_9_8(on: date, first: date, last: date) -> None:
    assert fund_year(date(2026, 3, 2), on) == Period(from_on=first, to_on=last)


def test_a_fund_that_starts_on_29_february_has_years_without_gaps() -> None:
    first, second = fund_year(date(2024, 2, 29), date(2024, 2, 29)), fund_year(date(2024, 2, 29), date(2025, 2, 28))

    assert first == Period(from_on=date(2024, 2, 29), to_on=date(2025, 2, 27))
    assert second.from_on == date(2025, 2, 28)


def test_the_councils_pack_pays_four_weeks_money_every_four_weeks() -> None:
    terms = payment_terms_of(Policies.load().pack(COUNCIL, on=TODAY))

    assert (terms.weeks_per_payment, terms.cadence.words, terms.clause) == (4, "every 4 weeks", "CP 5.4")


def test_a_council_whose_pack_has_no_funds_leaves_them_open() -> None:
    with pytest.raises(PolicyIncomplete):
        payment_terms_of(Policies.load().pack("cheshire-east", on=TODAY))
