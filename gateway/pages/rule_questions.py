"""The rules of money, asked without posting anything: one form for each question, about a fund or about facts alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form, Payload
from gateway.pages.money import on_day
from gateway.pages.options import fixed
from gateway.pages.spending_forms import (
    AGREEMENT,
    as_spend,
    pounds,
    the_agreement,
    the_stay,
    what_was_sought,
    whats_bought,
)
from gateway.schemas.decisions import NewQuestion

FACTS = "facts"
LOTS = {"lot-1": "Lot 1: a provider that also gives services", "lot-2": "Lot 2: a support broker"}
_STAY = re.compile(r"(\S+) +to +(\S+)")


def _the_facts(facts: Payload, _: Known) -> Payload:
    return facts


@dataclass(frozen=True, kw_only=True)
class RuleQuestion:
    """One question. `facts` are asked always, `of_fund` only where no fund is named that knows them."""

    name: str
    asks: str
    facts: tuple[Field, ...] = ()
    of_fund: tuple[Field, ...] = ()
    arrange: Callable[[Payload, Known], Payload] = _the_facts

    def form(self, *, about_fund: bool) -> Form:
        """The form that asks it."""
        asked = (*self.facts, *(() if about_fund else self.of_fund))
        day = on_day("on", "On which day?", optional=True, hint="Left empty, today; the rules of that day hold")
        return Form(
            title=self.asks,
            button="Ask",
            shape=NewQuestion,
            arrange=self._asked,
            places={f"{FACTS}.agreements.0.{name}": f"{FACTS}.agreement.{name}" for name in AGREEMENT},
            intro=("Nothing is posted and nothing is kept by asking.",),
            fields=(*map(_as_fact, asked), day),
        )

    def _asked(self, answers: Payload, known: Known) -> Payload:
        facts = self.arrange(answers.get(FACTS, {}), known)
        stays = {"earlier_stays": list(map(_stay, facts["earlier_stays"]))} if "earlier_stays" in facts else {}
        return answers | {"question": self.name, FACTS: facts | stays}


def _as_fact(field: Field) -> Field:
    return replace(field, path=f"{FACTS}.{field.place}")


def _stay(line: str) -> Mapping[str, str]:
    """A stay as people write it, `2026-01-05 to 2026-01-09`; what is not so is left for the ledger to refuse."""
    found = _STAY.fullmatch(line)
    return {"from": found[1], "to": found[2]} if found else {"from": line, "to": line}


def _flag(name: str, label: str) -> Field:
    return Field(name=name, label=label, kind="yes_no", optional=True)


def _lines(name: str, label: str, hint: str) -> Field:
    return Field(name=name, label=label, kind="lines", hint=hint, optional=True)


def _spend_facts() -> Sequence[Field]:
    known = [replace(one, optional=True) if one.name == "payee_id" else one for one in whats_bought()]
    return (pounds("amount", "How much?", optional=True), *known, *what_was_sought(), *the_stay(), *the_agreement())


STAYS = _lines("earlier_stays", "Earlier stays", "One to a line, such as 2026-01-05 to 2026-01-09")
WEEKLY = pounds("weekly_budget", "Weekly personal budget")
STARTS = Field(name="starts_on", label="First day of the fund", kind="day", ask="Enter its first day.")

QUESTIONS = (
    RuleQuestion(
        name="spend",
        asks="May the fund be spent on this?",
        facts=(*_spend_facts(),),
        of_fund=(
            _lines("plan_categories", "Kinds of spend in the plan", "One to a line"),
            _lines("plan_outcomes", "Outcomes of the plan", "Their ids, one to a line"),
            _flag("payee_in_household", "Does the payee live in the person's household?"),
            _flag("payee_on_hold", "Is the payee on hold?"),
            STAYS,
        ),
        arrange=as_spend,
    ),
    RuleQuestion(
        name="residential-days-left",
        asks="How many days of residential stay are left?",
        facts=(
            on_day("first_on", "From which day?", optional=True, hint="Left empty, the day asked about"),
            *the_stay(),
        ),
        of_fund=(STAYS,),
    ),
    RuleQuestion(
        name="surplus",
        asks="Is there a surplus to tell of, and one to return?",
        of_fund=(pounds("in_hand", "Money in hand"), WEEKLY),
    ),
    RuleQuestion(
        name="payments-due",
        asks="Which payments are due, and what was paid in against 52 weeks?",
        of_fund=(WEEKLY, STARTS, pounds("paid_to_date", "Paid in so far for its year", optional=True)),
    ),
    RuleQuestion(
        name="fee",
        asks="Which fee does the provider get a week?",
        facts=(
            Field(
                name="lot",
                label="Under which lot?",
                kind="one_of",
                choices=fixed(LOTS, **{name.replace("-", "_"): text for name, text in LOTS.items()}),
                ask="Choose the lot.",
            ),
            Field(
                name="negotiated_percent",
                label="Negotiated percentage",
                hint="Lot 2 only, if one was negotiated",
                kind="number",
                optional=True,
            ),
        ),
        of_fund=(
            WEEKLY,
            pounds(
                "own_service_weekly",
                "What of it buys the provider's own services, a week?",
                optional=True,
                hint="Lot 1 only",
            ),
        ),
    ),
    RuleQuestion(name="contribution-date", asks="When is the person's contribution invoiced next?", of_fund=(STARTS,)),
    RuleQuestion(name="summary-dates", asks="When is the fund's annual summary due next?", of_fund=(STARTS,)),
    RuleQuestion(
        name="termination-dates",
        asks="When an agreement ends, by when is what paid?",
        facts=(
            on_day("terminated_on", "On which day does it end?", optional=True, hint="Left empty, the day asked about"),
        ),
    ),
)
