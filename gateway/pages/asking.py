"""Asking a rule of money: the questions there are, and an answer with its clauses, reading, pack and what would change it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, render_template

from gateway.api import serves
from gateway.asking import ask
from gateway.pages.fields import Known
from gateway.pages.money import back_to, below_fund
from gateway.pages.options import councils
from gateway.pages.rule_questions import QUESTIONS, RuleQuestion
from gateway.pages.steps import Record, Step, Steps
from gateway.pages.words import council, london, short_day, words
from gateway.services import LEDGER
from gateway.statements import pounds
from shared.errors import NotFound

OF_COUNCIL, OF_FUND = "/ask/<id:council_id>", "/funds/<id:id>/ask"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T[0-9:.]+Z")
HEADINGS = {"allow": "Allowed", "refuse": "Refused", "needs-agreement": "Needs agreement", "value": "The answer"}

asking_pages = Blueprint("asking_pages", __name__)


def _of_this_council(council_id: str) -> Known:
    if council_id not in councils(Known()):
        raise NotFound(f"there is no council {council_id}")
    facts = (("Rules of", council(council_id)),)
    return Known(council_id=council_id, name="Ask a rule", address="/ask", facts=facts)


def _answered(known: Known, decision: Record) -> str:
    return render_template(
        "decision.html",
        decision=decision,
        heading=HEADINGS[decision["answer"]],
        asked=next(one.asks for one in QUESTIONS if one.name == decision["question"]),
        council=council(decision["council_id"]),
        values=list(shown(decision["values"])),
        back={"text": known.name, "href": known.address},
    )


def shown(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """What was reckoned, in words: amounts in pounds, days as people write them."""
    for name, value in values.items():
        label = f"{above} {words(name).lower()}".strip()
        if isinstance(value, Mapping):
            yield from shown(value, label)
        elif value not in (None, "", []):
            yield words(label.removesuffix(" pence")), _said(name, value)


def _said(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_said(name, one) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{label.lower()} {text}" for label, text in shown(value))
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if name.endswith("_pence"):
        return pounds(value)
    if not isinstance(value, str) or not value[:1].isdigit():
        return str(value)
    return short_day(value) if DAY.fullmatch(value) else london(value) if INSTANT.fullmatch(value) else value


def _steps(question: RuleQuestion) -> tuple[Step, Step]:
    by_facts = Step(
        name=f"facts_{question.name}",
        address=f"{OF_COUNCIL}/{question.name}",
        operation="policies.decide",
        method="get_decision_by_facts",
        form=question.form(about_fund=False),
        about=_of_this_council,
        done="",
        service=LEDGER,
        page=_answered,
    )
    about_fund = Step(
        name=f"fund_{question.name}",
        address=f"{OF_FUND}/{question.name}",
        operation="funds.decide",
        method="get_decision_about_fund",
        form=question.form(about_fund=True),
        about=below_fund("ask", "Ask a rule"),
        done="",
        service=LEDGER,
        page=_answered,
    )
    return by_facts, about_fund


Steps(blueprint=asking_pages, steps=tuple(step for one in QUESTIONS for step in _steps(one))).register()


@asking_pages.get("/ask")
@serves("policies.decide")
def questions() -> str:
    """The questions that may be asked of each council's rules, about facts alone."""
    places = [(council(name), f"/ask/{name}") for name in councils(Known())]
    return render_template("ask.html", places=places, questions=QUESTIONS, back={"text": "Money", "href": "/money"})


@asking_pages.get(OF_FUND)
@serves("funds.decide")
def questions_about_fund(id: str) -> str:
    """The questions that may be asked about a fund, of which what it knows need not be said."""
    ask(LEDGER, "get_fund", {"id": id})
    places = [(f"Fund {id}", f"/funds/{id}/ask")]
    return render_template("ask.html", places=places, questions=QUESTIONS, back=back_to(id))
