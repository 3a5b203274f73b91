"""Asking a rule, and its answer."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load

from services.ledger.handlers.decisions import Asking
from services.ledger.model.decisions import Decided, Ground, Reading, named
from services.ledger.model.questions import QUESTIONS
from services.ledger.schemas.common import JSON, Strict, Text, reckonable_day
from services.ledger.schemas.facts import FACTS
from shared.errors import Invalid
from shared.problems import field_errors
from shared.schemas import IdField


class AskingSchema(Strict):
    """A question and its facts. Raises `UnknownQuestion`, and `Invalid` naming each fact at fault, when loaded."""

    question = Text(required=True, shortest=1, longest=100)
    facts = fields.Dict(load_default=dict)
    on = reckonable_day(load_default=None, allow_none=True)

    def asking(self, data: JSON) -> Asking:
        """What is asked, its facts checked."""
        question = named(QUESTIONS, data["question"]).name
        return Asking(question=question, facts=_facts(question, data["facts"]), on=data["on"])


class AskAboutFund(AskingSchema):
    fund_id = IdField(data_key="id", required=True)

    @post_load
    def build(self, data: JSON, **_: object) -> tuple[Asking, str]:
        return self.asking(data), data["fund_id"]


class AskByFacts(AskingSchema):
    council_id = IdField(required=True)

    @post_load
    def build(self, data: JSON, **_: object) -> tuple[Asking, str]:
        return self.asking(data), data["council_id"]


def decided_out(decided: Decided) -> JSON:
    """An answer as callers see it."""
    answer = decided.answer
    return {
        "question": decided.question,
        "council_id": decided.council_id,
        "fund_id": decided.fund_id,
        "on": decided.on.isoformat(),
        "policy_version": decided.policy_version,
        "answer": answer.verdict,
        "reason": answer.reason,
        "clauses": list(answer.clauses),
        "grounds": [_ground_out(ground) for ground in answer.grounds],
        "readings": [_reading_out(reading) for reading in answer.readings],
        "would_change": list(answer.would_change),
        "values": dict(answer.values),
    }


def _facts(question: str, given: Any) -> Any:
    try:
        return FACTS[question]().load(given)
    except ValidationError as error:
        raise Invalid("Some facts are not valid.", errors=field_errors(error, prefix="facts")) from error


def _ground_out(ground: Ground) -> JSON:
    return {"clause": ground.clause, "reason": ground.reason, "would_change": ground.would_change}


def _reading_out(reading: Reading) -> JSON:
    return {
        "name": reading.name,
        "clause": reading.clause,
        "chosen": reading.chosen,
        "others": list(reading.others),
        "ours": reading.ours,
    }
