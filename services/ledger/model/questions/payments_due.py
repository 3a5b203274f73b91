"""Which payments are due by a day, and what has been paid in against a full year's 52 weeks (CP 5.4)?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from services.ledger.model.decisions import Answer, Case, Ground, Question, missing_fact, readings_of
from services.ledger.model.entries import Period
from services.ledger.model.funds import Fund
from services.ledger.model.payment_terms import payment_terms_of
from services.ledger.model.payments import PaymentProgress, PaymentTerms, progress
from services.ledger.model.series import turn_days, turn_holding
from services.ledger.model.standing_payments import paid_among
from shared.dates import add_days
from shared.money import Pence, format_gbp

FUND_PAYMENT = "fund_payment"


@dataclass(frozen=True, kw_only=True)
class PaymentFacts:
    """Where no fund is named: its weekly budget, first day, and what was paid in for the year asked about."""

    weekly_budget: Pence | None = None
    starts_on: date | None = None
    paid_to_date: Pence | None = None


def payments_due(facts: PaymentFacts, case: Case) -> Answer:
    """What is due by the day asked about in the fund's year that holds it, and what of it is not paid in."""
    fund = _fund(facts, case)
    terms = payment_terms_of(case.pack)
    year = progress(fund, terms, paid_among(case.entries), on=case.on)
    paid = facts.paid_to_date if facts.paid_to_date is not None else year.paid_to_date
    due = [days for days in _periods(case, fund, year.year) if days.from_on <= case.on]
    wanted = terms.amount_due(fund).times(len(due))
    return Answer(
        verdict="value",
        grounds=(
            Ground(clause=terms.clause, reason=_sentence(terms, wanted, paid)),
            Ground(clause=terms.clause, reason=year.sentence),
        ),
        readings=readings_of(case.pack.clock(FUND_PAYMENT)),
        values=_of_year(year) | _paid(case, fund, terms, due, paid),
    )


PAYMENTS_DUE = Question(
    name="payments-due",
    about="Which payments into the fund are due by this day, and what has been paid in against 52 weeks?",
    answer=payments_due,
)


def _fund(facts: PaymentFacts, case: Case) -> Fund:
    """The fund asked about, by what the facts say otherwise."""
    if case.fund is not None:
        fund = case.fund
        return replace(
            fund,
            weekly_budget=facts.weekly_budget or fund.weekly_budget,
            starts_on=facts.starts_on or fund.starts_on,
        )
    if facts.weekly_budget is None:
        raise missing_fact("weekly_budget_pence")
    if facts.starts_on is None:
        raise missing_fact("starts_on")
    return Fund(
        fund_id="",
        council_id=case.council_id,
        person_id="",
        provider_id="",
        weekly_budget=facts.weekly_budget,
        opened_on=facts.starts_on,
        starts_on=facts.starts_on,
        policy_version=case.pack.version,
    )


def _periods(case: Case, fund: Fund, year: Period) -> Iterator[Period]:
    """The periods that are paid for in this year of the fund, from its first payment on."""
    occurrence, days = turn_holding(case.pack, FUND_PAYMENT, fund.starts_on, year.from_on)
    while days.from_on <= year.to_on:
        if days.from_on >= year.from_on:
            yield days
        occurrence += 1
        days = turn_days(case.pack, FUND_PAYMENT, fund.starts_on, occurrence)


def _sentence(terms: PaymentTerms, wanted: Pence, paid: Pence) -> str:
    due = f"{format_gbp(wanted)} is due by then"
    if paid < wanted:
        return f"{due} and {format_gbp(paid)} was paid in: {format_gbp(wanted - paid)} is outstanding ({terms.clause})."
    return f"{due} and {format_gbp(paid)} was paid in ({terms.clause})."


def _of_year(year: PaymentProgress) -> dict[str, object]:
    return {
        "year": {"from": year.year.from_on.isoformat(), "to": year.year.to_on.isoformat()},
        "cadence": year.cadence.words,
        "full_year_pence": year.full_year.amount,
        "weeks_covered": year.weeks_covered_by_cadence,
        "weeks_in_full_year": year.weeks_in_full_year,
        "short_at_year_end_pence": year.short_at_year_end.amount,
    }


def _paid(case: Case, fund: Fund, terms: PaymentTerms, due: list[Period], paid: Pence) -> dict[str, object]:
    amount = terms.amount_due(fund)
    wanted = amount.times(len(due))
    covered = [each.period for each in paid_among(case.entries) if each.period]
    _, last = turn_holding(case.pack, FUND_PAYMENT, fund.starts_on, case.on)
    following = fund.starts_on if case.on < fund.starts_on else add_days(last.to_on, 1)
    return {
        "weeks_per_payment": terms.weeks_per_payment,
        "payment_pence": amount.amount,
        "due": [
            {
                "from": days.from_on.isoformat(),
                "to": days.to_on.isoformat(),
                "paid": any(days.meets(period) for period in covered),
            }
            for days in due
        ],
        "next_due_on": following.isoformat(),
        "due_to_date_pence": wanted.amount,
        "paid_to_date_pence": paid.amount,
        "outstanding_pence": max((wanted - paid).amount, 0),
    }
