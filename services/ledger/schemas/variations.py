"""Variations, crises and notices."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from services.ledger.model.fund_notices import CLAUSES, FundNotice
from services.ledger.model.variations import Asked, SupportItem, Variation
from services.ledger.schemas.common import JSON, CommandSchema, Paged, Strict, Text, optional_day
from services.ledger.schemas.funds import MOST_LINES, PlanLineSchema, line_out
from services.ledger.schemas.life import MOST_PARTS, FundCommand, OutcomeSchema
from shared.dates import format_instant
from shared.messaging.aggregates import Stored
from shared.policy.clock_forms import clock_line
from shared.schemas import IdField, InstantField, PenceField


class SupportItemSchema(Strict):
    activity = Text(required=True, shortest=1, longest=200)
    tasks = Text(required=True, shortest=1, longest=1000)
    weekly_cost_pence = PenceField(required=True, minimum=0)

    @post_load
    def build(self, data: JSON, **_: Any) -> SupportItem:
        return SupportItem(weekly_cost=data.pop("weekly_cost_pence"), **data)


def _list(of: type[Strict], longest: int = MOST_PARTS) -> fields.List[Any]:
    return fields.List(fields.Nested(of), load_default=list, validate=validate.Length(max=longest))


class AskedFields(Strict):
    """What is asked for in writing (CP 4.1)."""

    weekly_budget_pence = PenceField(minimum=1, load_default=None, allow_none=True)
    lines = _list(PlanLineSchema, MOST_LINES)
    outcomes = _list(OutcomeSchema)
    breakdown = _list(SupportItemSchema)
    evidence = fields.List(Text(shortest=1, longest=200), load_default=list, validate=validate.Length(max=MOST_PARTS))
    other_costs = Text(longest=1000, load_default="")


def asked_of(data: JSON) -> Asked:
    """The request in these fields. Raises `ValidationError` for two lines of one id."""
    ids = [line.line_id for line in data["lines"]]
    if len(set(ids)) < len(ids):
        raise ValidationError("Two lines have the same line_id.", "lines")
    lists = {name: tuple(data[name]) for name in ("lines", "outcomes", "breakdown", "evidence")}
    return Asked(weekly_budget=data["weekly_budget_pence"], other_costs=data["other_costs"], **lists)


class RequestVariationSchema(FundCommand, AskedFields):
    def command(self, data: JSON) -> JSON:
        return {"fund_id": data["fund_id"], "asked": asked_of(data)}


class VariationCommand(CommandSchema):
    id = IdField(required=True)

    def command(self, data: JSON) -> JSON:
        return data


class FollowCrisisSchema(VariationCommand, AskedFields):
    def command(self, data: JSON) -> JSON:
        return {"variation_id": data["id"], "asked": asked_of(data)}


class OpenCrisisSchema(FundCommand):
    adjusted_at = InstantField(required=True)
    what = Text(required=True, shortest=1, longest=2000)


class ContactSchema(VariationCommand):
    how = Text(required=True, shortest=1, longest=200)


class DecideVariationSchema(VariationCommand):
    approved = fields.Boolean(required=True, truthy={True}, falsy={False})
    reason = Text(required=True, shortest=1, longest=1000)
    from_on = optional_day()


class NoticeSchema(FundCommand):
    kind = fields.String(required=True, validate=validate.OneOf(tuple(CLAUSES)))
    noticed_at = InstantField(load_default=None, allow_none=True)
    details = Text(required=True, shortest=1, longest=2000)


class GiveNoticeSchema(VariationCommand):
    to = Text(required=True, shortest=1, longest=200)


class OfFund(Paged):
    fund_id = IdField(data_key="id", required=True)


def variation_out(stored: Stored[Variation]) -> JSON:
    """A variation as callers see it."""
    variation = stored.state
    return {
        "id": stored.id,
        "version": stored.version,
        "council_id": stored.council_id,
        "fund_id": variation.fund_id,
        "person_id": variation.person_id,
        "provider_id": variation.provider_id,
        "state": variation.state,
        "opened_at": format_instant(variation.opened_at),
        "asked": _asked_out(variation),
        "crisis": _crisis_out(variation),
        "ruling": _ruling_out(variation),
        "clocks": [clock_line(clock, variation.clocks) for clock in variation.clocks],
    }


def notice_out(stored: Stored[FundNotice]) -> JSON:
    """A notice as callers see it."""
    notice = stored.state
    return {
        "id": stored.id,
        "version": stored.version,
        "council_id": stored.council_id,
        "fund_id": notice.fund_id,
        "kind": notice.kind,
        "clause": CLAUSES[notice.kind],
        "noticed_at": format_instant(notice.noticed_at),
        "noticed_by": notice.noticed_by,
        "details": notice.details,
        "given_at": format_instant(notice.given_at) if notice.given_at else None,
        "given_by": notice.given_by,
        "given_to": notice.given_to,
        "clocks": [clock_line(clock, notice.clocks) for clock in notice.clocks],
    }


def _asked_out(variation: Variation) -> JSON | None:
    asked = variation.asked
    if asked is None or variation.asked_at is None:
        return None
    return {
        "by": variation.asked_by,
        "at": format_instant(variation.asked_at),
        "weekly_budget_pence": asked.weekly_budget.amount if asked.weekly_budget else None,
        "lines": [line_out(line) for line in asked.lines],
        "outcomes": [vars(outcome) for outcome in asked.outcomes],
        "breakdown": [
            {"activity": item.activity, "tasks": item.tasks, "weekly_cost_pence": item.weekly_cost.amount}
            for item in asked.breakdown
        ],
        "evidence": list(asked.evidence),
        "other_costs": asked.other_costs,
    }


def _crisis_out(variation: Variation) -> JSON | None:
    crisis = variation.crisis
    if crisis is None:
        return None
    return {
        "adjusted_at": format_instant(crisis.adjusted_at),
        "what": crisis.what,
        "recorded_by": crisis.recorded_by,
        "contacted_at": format_instant(crisis.contacted_at) if crisis.contacted_at else None,
        "contacted_how": crisis.contacted_how,
    }


def _ruling_out(variation: Variation) -> JSON | None:
    ruling = variation.ruling
    if ruling is None:
        return None
    return {
        "approved": ruling.approved,
        "by": ruling.by,
        "at": format_instant(ruling.at),
        "reason": ruling.reason,
        "from_on": ruling.from_on.isoformat(),
    }
