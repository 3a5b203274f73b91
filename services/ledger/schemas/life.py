"""A fund's life: what comes in, and what stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import fields, post_load, validate

from services.ledger.handlers.life import FundLife
from services.ledger.model.arrangements import (
    ENTITLEMENTS,
    LOTS,
    WAYS,
    Arranged,
    Arrangement,
    Deployment,
    HighLevelOutcome,
    PlanDraft,
)
from services.ledger.model.fund_steps import next_step, steps_of
from services.ledger.model.path import Path, PathNote, PathStep, missing_steps
from services.ledger.model.rates import BASES, UNITS, BudgetLine, RateAsked
from services.ledger.model.sign_offs import CAPACITIES, FORMATS, sign_off_status
from services.ledger.model.tracing import OutcomeMoney, spent_in_all
from services.ledger.schemas.common import JSON, CommandSchema, Strict, Text
from services.ledger.schemas.funds import MOST_LINES, LinesSchema, line_out
from shared.dates import format_instant
from shared.money import total
from shared.schemas import DayField, IdField, PenceField

Rows = Sequence[Mapping[str, Any]]
MOST_PARTS = 50


class FundCommand(CommandSchema):
    """A command about a fund; `expected_version` is the arrangement's."""

    fund_id = IdField(data_key="id", required=True)

    def command(self, data: JSON) -> JSON:
        return data


class OutcomeSchema(Strict):
    outcome_id = IdField(required=True)
    words = Text(required=True, shortest=1, longest=500)

    @post_load
    def build(self, data: JSON, **_: Any) -> HighLevelOutcome:
        return HighLevelOutcome(**data)


class DeploymentSchema(Strict):
    way = fields.String(required=True, validate=validate.OneOf(WAYS))
    weekly_pence = PenceField(required=True, minimum=0)

    @post_load
    def build(self, data: JSON, **_: Any) -> Deployment:
        return Deployment(way=data["way"], weekly=data["weekly_pence"])


class RateSchema(Strict):
    service_model = Text(required=True, shortest=1, longest=100)
    basis = fields.String(required=True, validate=validate.OneOf(BASES))
    unit = fields.String(required=True, validate=validate.OneOf(UNITS))
    hundredths = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=100_000))
    rate_pence = PenceField(minimum=1, load_default=None, allow_none=True)
    declared_in = Text(longest=200, load_default="")

    @post_load
    def build(self, data: JSON, **_: Any) -> RateAsked:
        return RateAsked(declared_rate=data.pop("rate_pence"), **data)


def _parts(of: type[Strict]) -> fields.List[Any]:
    return fields.List(
        fields.Nested(of), load_default=None, allow_none=True, validate=validate.Length(min=1, max=MOST_PARTS)
    )


class ArrangeFundSchema(FundCommand):
    lot = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(LOTS))
    entitlement = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(ENTITLEMENTS))
    voucher_code = Text(longest=100, load_default=None, allow_none=True)
    outcomes = _parts(OutcomeSchema)
    deployment = _parts(DeploymentSchema)
    budget_lines = _parts(RateSchema)

    def command(self, data: JSON) -> JSON:
        fund_id, rates = data.pop("fund_id"), data.pop("budget_lines")
        outcomes, deployment = _tuple(data.pop("outcomes")), _tuple(data.pop("deployment"))
        given = Arranged(outcomes=outcomes, deployment=deployment, **data)
        return {"fund_id": fund_id, "rates": rates, "given": given}


def _tuple(parts: list[Any] | None) -> tuple[Any, ...] | None:
    return None if parts is None else tuple(parts)


class DraftPlanSchema(FundCommand, LinesSchema):
    """A draft's lines."""


class AgreeDraftSchema(FundCommand):
    draft = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))


class SignatureSchema(Strict):
    item = Text(required=True, shortest=1, longest=20)
    version = fields.Integer(strict=True, load_default=1, validate=validate.Range(min=1))
    format = fields.String(required=True, validate=validate.OneOf(FORMATS))
    signed_by = IdField(required=True)
    capacity = fields.String(required=True, validate=validate.OneOf(CAPACITIES))
    signed_on = DayField(required=True)
    reference = Text(longest=200, load_default="")


class SignOffSchema(FundCommand):
    items = fields.List(fields.Nested(SignatureSchema), required=True, validate=validate.Length(min=1, max=MOST_PARTS))
    no_circle_reason = Text(longest=200, load_default="")


class PathNoteSchema(Strict):
    words = Text(required=True, shortest=1, longest=1000)
    by_on = DayField(load_default=None, allow_none=True)
    who = Text(longest=100, load_default="")

    @post_load
    def build(self, data: JSON, **_: Any) -> PathNote:
        return PathNote(**data)


class PathStepSchema(Strict):
    number = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=20))
    notes = fields.List(fields.Nested(PathNoteSchema), required=True, validate=validate.Length(min=1, max=MOST_PARTS))

    @post_load
    def build(self, data: JSON, **_: Any) -> PathStep:
        return PathStep(number=data["number"], notes=tuple(data["notes"]))


class PathSchema(FundCommand):
    drawn_on = DayField(required=True)
    steps = fields.List(fields.Nested(PathStepSchema), required=True, validate=validate.Length(min=1, max=20))


class WorkingAgreementSchema(FundCommand):
    agreed_on = DayField(required=True)
    agreed_with = fields.List(IdField(), required=True, validate=validate.Length(min=1, max=20))
    reference = Text(required=True, shortest=1, longest=200)
    statements = fields.List(Text(shortest=1, longest=100), load_default=list, validate=validate.Length(max=MOST_LINES))


class StartPlanSchema(FundCommand):
    started_on = DayField(required=True)


def life_out(life: FundLife, *, items: Rows, path_steps: Rows) -> JSON:
    """The seven steps and everything that stands around the fund's money."""
    fund, arrangement = life.fund.state, life.arrangement
    following = next_step(fund, arrangement)
    return {
        "id": fund.fund_id,
        "fund_id": fund.fund_id,
        "version": life.version,
        "status": fund.status,
        "steps": [_step_out(taken) for taken in steps_of(fund, arrangement)],
        "next_step": following.code if following else None,
        **_budget_out(arrangement),
        "drafts": [_draft_out(draft) for draft in arrangement.drafts],
        "sign_offs": _sign_offs_out(arrangement, items),
        "path": _path_out(arrangement.paths[-1], path_steps) if arrangement.paths else None,
        "working_agreement": _working_out(arrangement),
        "started_on": _day(arrangement.started_on),
        "reviews": [{"review_id": each.review_id, "held_on": each.held_on.isoformat()} for each in arrangement.reviews],
    }


def outcomes_out(life: FundLife, money: Sequence[OutcomeMoney]) -> JSON:
    """Each pound that was spent, by outcome; the parts add up to all of it."""
    words = {outcome.outcome_id: outcome.words for outcome in life.arrangement.outcomes}
    in_plan = life.fund.state.plan.outcome_ids if life.fund.state.plan else frozenset()
    return {
        "fund_id": life.fund.id,
        "spent_pence": spent_in_all(money).amount,
        "outcomes": [
            {
                "outcome_id": part.outcome_id,
                "words": words.get(part.outcome_id or "", ""),
                "in_plan": part.outcome_id in in_plan,
                "weekly_planned_pence": part.weekly_planned.amount,
                "spent_pence": part.spent.amount,
                "entry_ids": list(part.entry_ids),
            }
            for part in money
        ],
    }


def _step_out(taken: Any) -> JSON:
    step = taken.step
    line = {"number": step.number, "code": step.code, "words": step.words, "clause": step.clause, "by": step.by}
    return line | {"done_on": _day(taken.done_on)}


def _budget_out(arrangement: Arrangement) -> JSON:
    return {
        "lot": arrangement.lot,
        "entitlement": arrangement.entitlement,
        "voucher_code": arrangement.voucher_code,
        "outcomes": [{"outcome_id": each.outcome_id, "words": each.words} for each in arrangement.outcomes],
        "deployment": [{"way": each.way, "weekly_pence": each.weekly.amount} for each in arrangement.deployment],
        "personal_budget_pence": total(each.weekly for each in arrangement.deployment).amount or None,
        "budget_lines": [_budget_line_out(line) for line in arrangement.budget_lines],
    }


def _budget_line_out(line: BudgetLine) -> JSON:
    return {
        "service_model": line.service_model,
        "basis": line.basis,
        "unit": line.unit,
        "hundredths": line.hundredths,
        "rate_pence": line.rate.amount,
        "weekly_pence": line.weekly.amount,
        "declared_in": line.declared_in,
        "policy_version": line.policy_version,
    }


def _draft_out(draft: PlanDraft) -> JSON:
    return {
        "draft": draft.version,
        "written_by": draft.written_by,
        "written_at": format_instant(draft.written_at),
        "agreed": draft.agreed,
        "weekly_cost_pence": total(line.weekly_cost for line in draft.lines).amount,
        "lines": [line_out(line) for line in draft.lines],
    }


def _sign_offs_out(arrangement: Arrangement, rows: Rows) -> JSON:
    statuses = sign_off_status(arrangement.sign_offs, rows, no_circle=bool(arrangement.no_circle_reason))
    return {
        "done": sum(status.done for status in statuses),
        "of": len(statuses),
        "missing": [status.item for status in statuses if not status.done],
        "no_circle_reason": arrangement.no_circle_reason,
        "items": [vars(status) | {"done": status.done} for status in statuses],
        "signatures": [
            {
                "item": each.item,
                "version": each.version,
                "format": each.format,
                "signed_by": each.signed_by,
                "capacity": each.capacity,
                "signed_on": each.signed_on.isoformat(),
                "reference": each.reference,
            }
            for each in arrangement.sign_offs
        ],
    }


def _path_out(path: Path, rows: Rows) -> JSON:
    labels = {row["number"]: row["label"] for row in rows}
    return {
        "version": path.version,
        "drawn_on": path.drawn_on.isoformat(),
        "missing_steps": missing_steps(path, rows),
        "steps": [
            {
                "number": step.number,
                "label": labels.get(step.number, ""),
                "notes": [{"words": note.words, "by_on": _day(note.by_on), "who": note.who} for note in step.notes],
            }
            for step in path.steps
        ],
    }


def _working_out(arrangement: Arrangement) -> JSON | None:
    if not arrangement.working_agreements:
        return None
    agreement = arrangement.working_agreements[-1]
    return {
        "version": agreement.version,
        "agreed_on": agreement.agreed_on.isoformat(),
        "agreed_with": list(agreement.agreed_with),
        "reference": agreement.reference,
        "statements": list(agreement.statements),
    }


def _day(day: Any) -> str | None:
    return None if day is None else day.isoformat()
