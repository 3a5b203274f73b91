"""Asking a rule without posting anything: one shape for every question and its answer.

Structured facts go in; out come the answer, its clauses, the reading that was chosen where a clause has several, the pack it
was taken under, and what evidence would change it. `model/questions` has the questions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from services.ledger.errors import UnknownQuestion
from services.ledger.model.blocks import Head
from services.ledger.model.entries import Entry
from services.ledger.model.funds import Fund
from shared.errors import FieldError, Invalid
from shared.policy.clocks import Deadline
from shared.policy.pack import PolicyPack
from shared.policy.rules import Clock, PolicyValue

Verdict = Literal["allow", "refuse", "needs-agreement", "value"]

Due = Callable[[str, datetime, int], Deadline]
"""When a clock of the pack that starts at an instant falls due for the first, second ... time."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """One reason: its clause, a sentence, and what evidence would change the answer (empty when nothing would).

    `field` is what of the request it is about, where that is known.
    """

    clause: str
    reason: str
    would_change: str = ""
    field: str = ""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the pack reads a clause, and the readings it did not choose. `ours` marks a value no contract gives."""

    name: str
    clause: str
    chosen: str
    others: tuple[str, ...]
    ours: bool


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a rule says. `values` are JSON values: amounts in whole pence, days in ISO form."""

    verdict: Verdict
    grounds: tuple[Ground, ...]
    readings: tuple[Reading, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses it rests on, each once, the weightiest first."""
        cited = [*(ground.clause for ground in self.grounds), *(reading.clause for reading in self.readings)]
        return tuple(dict.fromkeys(clause for clause in cited if clause))

    @property
    def reason(self) -> str:
        return " ".join(ground.reason for ground in self.grounds)

    @property
    def would_change(self) -> tuple[str, ...]:
        return tuple(ground.would_change for ground in self.grounds if ground.would_change)


@dataclass(frozen=True, kw_only=True)
class FundCase:
    """A fund that is asked about: its book as it stands, and who of some parties is on hold."""

    fund: Fund
    entries: tuple[Entry, ...]
    head: Head
    held_among: Callable[[Iterable[str]], frozenset[str]]


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a question is answered from besides its facts: the pack in force on the day, and a fund if one is named."""

    council_id: str
    on: date
    pack: PolicyPack
    due: Due
    about: FundCase | None = None

    @property
    def fund(self) -> Fund | None:
        return self.about.fund if self.about else None

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self.about.entries if self.about else ()


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question: its name, what it asks, and the rule that answers it from its facts and the case."""

    name: str
    about: str
    answer: Callable[[Any, Case], Answer]


@dataclass(frozen=True, kw_only=True)
class Decided:
    """An answer with what was asked, about whom, and under which pack."""

    question: str
    council_id: str
    fund_id: str | None
    on: date
    policy_version: str
    answer: Answer


def named(questions: Mapping[str, Question], name: str) -> Question:
    """The question of this name. Raises `UnknownQuestion`, naming those there are."""
    question = questions.get(name)
    if question is None:
        sentence = f"There is no question {name!r}; there are: {', '.join(questions)}."
        raise UnknownQuestion(sentence, errors=[FieldError(field="question", rule="known", message=sentence)])
    return question


def missing_fact(name: str) -> Invalid:
    """The refusal when neither the facts nor a fund say something that the rule needs."""
    sentence = "Give this fact, or ask about a fund that has it."
    error = FieldError(field=f"facts.{name}", rule="required", message=sentence)
    return Invalid("A fact is missing.", errors=[error])


def readings_of(*entries: PolicyValue | Clock) -> tuple[Reading, ...]:
    """The readings that these values and clocks of a pack were chosen by; none where the clause is plain."""
    return tuple(_reading(entry) for entry in entries if entry.readings or entry.ours)


def _reading(entry: PolicyValue | Clock) -> Reading:
    chosen = entry.readings.chosen if entry.readings else entry.note
    others = entry.readings.others if entry.readings else ()
    return Reading(name=entry.name, clause=entry.clause or "", chosen=chosen, others=others, ours=entry.ours)
