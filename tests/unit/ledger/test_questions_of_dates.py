"""Payments due, the contribution's date and the summary's dates, asked without posting (CP 5.4, 9.8)."""

from __future__ import annotations

from typing import Any

import pytest

from shared.errors import Invalid
from tests.support.ledger_builders import Ledger
from tests.unit.ledger.test_decisions import about, by_facts

FACTS: dict[str, Any] = {"weekly_budget_pence": 10_000, "starts_on": "2026-03-02"}


@pytest.mark.parametrize(
    ("on", "due", "outstanding"),
    [("2026-03-02", 1, 40_000), ("2026-03-29", 1, 40_000), ("2026-03-30", 2, 80_000), ("2027-03-01", 14, 560_000)],
)
def test_a_payment_is_due_in_advance_every_four_weeks_from_the_start(on: str, due: int, outstanding: int) -> None:
    told = by_facts("payments-due", on=on, **FACTS)

    assert (len(told["values"]["due"]), told["values"]["outstanding_pence"]) == (due, outstanding)
    assert told["clauses"][0] == "CP 5.4"


@pytest.mark.parametrize(("paid", "outstanding"), [(39_999, 1), (40_000, 0), (40_001, 0)])
def test_what_is_outstanding_is_told_to_the_penny(paid: int, outstanding: int) -> None:
    told = by_facts("payments-due", on="2026-03-02", paid_to_date_pence=paid, **FACTS)

    assert told["values"]["outstanding_pence"] == outstanding
    assert ("outstanding" in told["reason"]) == bool(outstanding)


def test_52_weeks_are_shown_and_the_reading_that_was_chosen() -> None:
    told = by_facts("payments-due", on="2026-03-02", **FACTS)

    assert told["values"]["full_year_pence"] == 520_000
    assert (told["values"]["weeks_covered"], told["values"]["short_at_year_end_pence"]) == (52, 0)
    assert told["readings"][0]["others"] == ["Four weeks' money every calendar month: 48 weeks' money a year."]
    assert told["readings"][0]["ours"]


def test_the_next_year_of_a_fund_has_its_own_payments() -> None:
    told = by_facts("payments-due", on="2027-03-29", **FACTS)

    assert told["values"]["year"] == {"from": "2027-03-02", "to": "2028-03-01"}
    assert [each["from"] for each in told["values"]["due"]] == ["2027-03-29"]


def test_a_fund_knows_what_was_paid_in() -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()

    told = about(ledger, fund_id, "payments-due", on="2026-03-30")

    assert [each["paid"] for each in told["values"]["due"]] == [True, False]
    assert (told["values"]["paid_to_date_pence"], told["values"]["outstanding_pence"]) == (40_000, 40_000)
    assert told["values"]["next_due_on"] == "2026-04-27"


@pytest.mark.parametrize("question", ["payments-due", "contribution-date", "summary-dates"])
def test_without_a_fund_its_first_day_is_asked_for(question: str) -> None:
    facts = {"weekly_budget_pence": 10_000} if question == "payments-due" else {}

    with pytest.raises(Invalid) as refusal:
        by_facts(question, **facts)

    assert [(error.field, error.rule) for error in refusal.value.errors] == [("facts.starts_on", "required")]


@pytest.mark.parametrize(
    ("on", "occurrence", "first", "due_on"),
    [
        ("2026-03-02", 1, "2026-03-02", "2026-03-30"),
        ("2026-03-30", 1, "2026-03-02", "2026-03-30"),
        ("2026-03-31", 2, "2026-03-30", "2026-04-27"),
        ("2031-03-02", 66, "2031-02-24", "2031-03-24"),
    ],
)
def test_the_contribution_is_invoiced_when_its_four_weeks_have_ended(
    on: str, occurrence: int, first: str, due_on: str
) -> None:
    told = by_facts("contribution-date", on=on, starts_on="2026-03-02")["values"]

    assert (told["occurrence"], told["days"]["from"], told["due_on"]) == (occurrence, first, due_on)


@pytest.mark.parametrize(
    ("starts_on", "on", "due_on"),
    [
        ("2026-03-02", "2026-03-02", "2027-03-02"),
        ("2026-03-02", "2027-03-02", "2027-03-02"),
        ("2026-03-02", "2027-03-03", "2028-03-02"),
        ("2024-02-29", "2025-01-01", "2025-02-28"),
        ("2024-02-29", "2027-12-01", "2028-02-29"),
    ],
)
def test_the_summary_is_due_every_twelve_months_from_the_start(starts_on: str, on: str, due_on: str) -> None:
    told = by_facts("summary-dates", on=on, starts_on=starts_on)

    assert told["values"]["due_on"] == due_on
    assert told["clauses"] == ["CP 9.8"]


@pytest.mark.parametrize("on", ["1899-12-31", "2200-01-01", "9999-12-31"])
def test_a_day_that_cannot_be_reckoned_from_is_refused(on: str) -> None:
    with pytest.raises(Invalid) as refusal:
        by_facts("summary-dates", on=on, starts_on="2026-03-02")

    assert [error.field for error in refusal.value.errors] == ["on"]


def test_the_last_day_that_can_be_asked_about_is_answered() -> None:
    for question in ("contribution-date", "summary-dates", "payments-due"):
        told = by_facts(
            question, on="2199-12-31", **(FACTS if question == "payments-due" else {"starts_on": "1990-01-01"})
        )

        assert told["answer"] == "value"
