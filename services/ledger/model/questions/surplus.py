"""Is there a surplus to tell of, and one to return (CP 5.4, 9.5)?"""

from __future__ import annotations

from dataclasses import dataclass

from services.ledger.model.chart import in_hand
from services.ledger.model.decisions import Answer, Case, Ground, Question, missing_fact, readings_of
from services.ledger.model.surplus import SurplusTerms, surplus_terms_of
from shared.money import Pence, format_gbp


@dataclass(frozen=True, kw_only=True)
class SurplusFacts:
    """What is in hand and the weekly budget, where no fund is named or another amount is thought of."""

    in_hand: Pence | None = None
    weekly_budget: Pence | None = None


def answer_surplus(facts: SurplusFacts, case: Case) -> Answer:
    """What is above each of the two limits; exactly so many weeks' budget is no surplus."""
    terms = surplus_terms_of(case.pack)
    held, weekly = _in_hand(facts, case), _weekly(facts, case)
    to_tell, to_return = terms.to_tell(held, weekly), terms.to_return(held, weekly)
    names = ("surplus_inform_weeks", "surplus_return_weeks", *(("surplus_reply_days",) if terms.reply_days else ()))
    return Answer(
        verdict="value",
        grounds=(_telling(terms, held, to_tell), _returning(terms, to_return)),
        readings=readings_of(*(case.pack.entry(name) for name in names)),
        values={
            "in_hand_pence": held.amount,
            "weekly_budget_pence": weekly.amount,
            "must_be_told": bool(to_tell),
            "over_telling_limit_pence": to_tell.amount,
            "over_return_limit_pence": to_return.amount,
            "reply_days": terms.reply_days,
        },
    )


SURPLUS = Question(
    name="surplus",
    about="Is there a surplus that the council must be told of, and one that goes back unless a reason is agreed?",
    answer=answer_surplus,
)


def _telling(terms: SurplusTerms, held: Pence, over: Pence) -> Ground:
    word = "exceeds" if over else "does not exceed"
    reason = f"{format_gbp(held)} in hand {word} {terms.inform_weeks} weeks' budget ({terms.inform_clause})."
    return Ground(clause=terms.inform_clause, reason=reason)


def _returning(terms: SurplusTerms, over: Pence) -> Ground:
    if not over:
        return Ground(clause=terms.return_clause, reason=f"Nothing goes back ({terms.return_clause}).")
    reason = f"{format_gbp(over)} is above {terms.return_weeks} weeks' budget and goes back ({terms.return_clause})."
    changed = "A reason that is agreed with the council keeps it; notice, time to answer and a decision come first."
    return Ground(clause=terms.return_clause, reason=reason, would_change=changed)


def _in_hand(facts: SurplusFacts, case: Case) -> Pence:
    if facts.in_hand is not None:
        return facts.in_hand
    if case.about is None:
        raise missing_fact("in_hand_pence")
    return in_hand(case.about.head.balances)


def _weekly(facts: SurplusFacts, case: Case) -> Pence:
    if facts.weekly_budget is not None:
        return facts.weekly_budget
    if case.fund is None:
        raise missing_fact("weekly_budget_pence")
    return case.fund.weekly_budget
