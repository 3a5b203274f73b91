"""Money of a fund by purpose: what the outcomes of its plan are called, and what is set aside for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from gateway.asking import ask, may
from gateway.pages.fields import Field, Known
from gateway.pages.of_fund import told_of
from gateway.pages.words import words
from gateway.services import LEDGER
from gateway.statements import pounds


def outcome_words(id: str) -> dict[str, str]:
    """The words of a fund's outcomes, for who may read its life."""
    life = told_of("funds.life", lambda: ask(LEDGER, "get_fund_life", {"id": id})).answer
    return {one["outcome_id"]: one["words"] for one in (life or {}).get("outcomes", ()) if one["words"]}


def set_aside(id: str) -> dict[str, int]:
    """What is set aside for each outcome, in pence."""
    if not may("allocations.list"):
        return {}
    return {one["purpose"]: one["amount_pence"] for one in ask(LEDGER, "list_allocations", {"id": id})["items"]}


def with_purposes(about: Callable[..., Known]) -> Callable[..., Known]:
    """The same, and it knows the fund's outcomes and what is set aside for them."""

    def found(id: str, **ids: str) -> Known:
        known = about(id=id, **ids)
        more = {"outcome_words": outcome_words(id), "set_aside": set_aside(id)}
        return replace(known, record={**known.record, **more})

    return found


def called(known: Known, outcome_id: str) -> str:
    """What an outcome is called."""
    named: Mapping[str, str] = known.record.get("outcome_words") or {}
    return named.get(outcome_id) or words(outcome_id)


def planned(known: Known) -> Mapping[str, str]:
    """The outcomes of the agreed plan; nothing before there is one, so that it is typed."""
    plan = known.record.get("plan") or {}
    ids = [str(line["outcome_id"]) for line in plan.get("lines") or ()]
    return {outcome_id: called(known, outcome_id) for outcome_id in ids}


def _held(known: Known) -> Mapping[str, str]:
    amounts: Mapping[str, int] = known.record.get("set_aside") or {}
    return {purpose: f"{called(known, purpose)}: {pounds(amount)}" for purpose, amount in amounts.items()}


PURPOSE = Field(
    name="purpose",
    label="Is it paid from money that is set aside?",
    hint="For the same outcome; choose nothing to pay it from what is free",
    kind="one_of",
    choices=_held,
    only_choices=True,
    optional=True,
)
"""Which money a spend is paid from; not asked where nothing is set aside."""
