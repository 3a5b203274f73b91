"""Asking a rule: about a fund as it stands, or about facts alone. Nothing is posted and nothing is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from services.ledger.handlers.funds import get_fund
from services.ledger.model.decisions import Case, Decided, FundCase, named
from services.ledger.model.funds import Fund
from services.ledger.model.questions import QUESTIONS
from services.ledger.ports import Books, FundPolicies, PayeeHolds
from shared.clock import Clock
from shared.context import Caller
from shared.dates import london_day
from shared.messaging.aggregates import Aggregates


@dataclass(frozen=True, kw_only=True)
class Asking:
    """A question with its facts, and the day it is asked about (today unless given)."""

    question: str
    facts: Any
    on: date | None = None


def decide_about_fund(
    asking: Asking,
    fund_id: str,
    *,
    caller: Caller,
    funds: Aggregates[Fund],
    books: Books,
    holds: PayeeHolds,
    policies: FundPolicies,
    clock: Clock,
) -> Decided:
    """The answer for this fund, by what its plan and book say beside the facts.

    Raises `NotFound`, `UnknownQuestion`, `PolicyIncomplete`, `Invalid` for facts that do not make sense.
    """
    fund = get_fund(fund_id, caller=caller, funds=funds).state
    head = books.head(fund_id)
    entries = tuple(books.entries(fund_id, up_to=head.number))
    about = FundCase(fund=fund, entries=entries, head=head, held_among=holds.held_among)
    return _decide(asking, fund.council_id, about, policies, clock)


def decide_by_facts(asking: Asking, council_id: str, *, policies: FundPolicies, clock: Clock) -> Decided:
    """The answer for facts alone.

    Raises `UnknownCouncil`, `UnknownQuestion`, `PolicyIncomplete`, `Invalid` for facts that are missing or make no sense.
    """
    return _decide(asking, council_id, None, policies, clock)


def _decide(asking: Asking, council_id: str, about: FundCase | None, policies: FundPolicies, clock: Clock) -> Decided:
    question = named(QUESTIONS, asking.question)
    on = asking.on or london_day(clock.now())
    pack = policies.pack(council_id, on)
    case = Case(council_id=council_id, on=on, pack=pack, due=partial(policies.reckon, pack.version), about=about)
    return Decided(
        question=question.name,
        council_id=council_id,
        fund_id=about.fund.fund_id if about else None,
        on=on,
        policy_version=pack.version,
        answer=question.answer(asking.facts, case),
    )
