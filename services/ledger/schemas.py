"""What comes in and goes out of the ledger's calls. Amounts are whole pence; unknown fields are refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

from services.ledger.model.blocks import Posted
from services.ledger.model.chart import side_of
from services.ledger.model.commands import AgreePlan, CloseFund, OpenFund, RequestSpend, ReverseEntry, TakePaymentIn
from services.ledger.model.entries import EVIDENCE, Entry, Period
from services.ledger.model.funds import Fund, HouseholdMember, Plan, PlanLine
from services.ledger.model.payments import PaymentProgress, PaymentTaken
from services.ledger.model.spending import Agreement, SpendRequest
from services.ledger.model.verification import Anchor, Proof
from shared.dates import format_instant
from shared.messaging.aggregates import Stored
from shared.schemas import DayField, IdField, InstantField, PenceField

JSON = dict[str, Any]
MOST_LINES = 200
MOST_LISTED = 100


def _of_characters(text: str) -> None:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ValidationError("The text holds half of a character.") from error
    if any(ord(character) < ord(" ") and character not in "\n\r\t" for character in text):
        raise ValidationError("The text holds control characters.")


class Text(fields.String):
    """Text of at most `longest` characters."""

    def __init__(self, *, longest: int, shortest: int = 0, **kwargs: Any) -> None:
        super().__init__(validate=[validate.Length(min=shortest, max=longest), _of_characters], **kwargs)


def _optional_id() -> IdField:
    return IdField(load_default=None, allow_none=True)


def _optional_day() -> DayField:
    return DayField(load_default=None, allow_none=True)


class Strict(Schema):
    """Refuses fields that it does not know."""

    class Meta:
        unknown = RAISE


class CommandSchema(Strict):
    """A command; `expected_version` guards against changing what one has not read."""

    expected_version = fields.Integer(strict=True, load_default=None, allow_none=True)

    @post_load
    def build(self, data: JSON, **_: Any) -> Any:
        data.pop("expected_version")
        return self.command(data)

    def command(self, data: JSON) -> Any:
        """The command of this shape."""
        raise NotImplementedError


class HouseholdMemberSchema(Strict):
    party_id = IdField(required=True)
    relation = Text(required=True, shortest=1, longest=100)

    @post_load
    def build(self, data: JSON, **_: Any) -> HouseholdMember:
        return HouseholdMember(**data)


class PlanLineSchema(Strict):
    line_id = IdField(required=True)
    outcome_id = IdField(required=True)
    category = Text(required=True, shortest=1, longest=100)
    weekly_cost_pence = PenceField(required=True, minimum=0)
    payee_id = _optional_id()

    @post_load
    def build(self, data: JSON, **_: Any) -> PlanLine:
        return PlanLine(weekly_cost=data.pop("weekly_cost_pence"), **data)


class PeriodSchema(Strict):
    """Some days, both included."""

    from_on = DayField(data_key="from", required=True)
    to_on = DayField(data_key="to", required=True)

    @validates_schema
    def check_order(self, data: Mapping[str, Any], **_: Any) -> None:
        if data["to_on"] < data["from_on"]:
            raise ValidationError("The last day comes before the first.", "to")

    @post_load
    def build(self, data: JSON, **_: Any) -> Period:
        return Period(**data)


class AgreementSchema(Strict):
    clause = Text(required=True, shortest=1, longest=50)
    agreed_by = Text(required=True, shortest=1, longest=100)
    agreed_on = DayField(required=True)
    reference = Text(longest=200, load_default="")

    @post_load
    def build(self, data: JSON, **_: Any) -> Agreement:
        return Agreement(**data)


class OpenFundSchema(CommandSchema):
    council_id = IdField(required=True)
    person_id = IdField(required=True)
    provider_id = IdField(required=True)
    weekly_budget_pence = PenceField(required=True, minimum=1)
    starts_on = DayField(required=True)
    referral_id = _optional_id()
    household = fields.List(fields.Nested(HouseholdMemberSchema), load_default=list, validate=validate.Length(max=50))
    shared_with = fields.List(IdField(), load_default=list, validate=validate.Length(max=50))

    def command(self, data: JSON) -> OpenFund:
        household, shared_with = tuple(data.pop("household")), tuple(data.pop("shared_with"))
        budget = data.pop("weekly_budget_pence")
        return OpenFund(weekly_budget=budget, household=household, shared_with=shared_with, **data)


class AgreePlanSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    written_by = IdField(required=True)
    lines = fields.List(fields.Nested(PlanLineSchema), required=True, validate=validate.Length(min=1, max=MOST_LINES))

    @validates_schema
    def check_line_ids(self, data: Mapping[str, Any], **_: Any) -> None:
        ids = [line.line_id for line in data["lines"]]
        if len(set(ids)) < len(ids):
            raise ValidationError("Two lines have the same line_id.", "lines")

    def command(self, data: JSON) -> AgreePlan:
        return AgreePlan(lines=tuple(data.pop("lines")), **data)


class TakePaymentInSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    first_on = _optional_day()
    effective_on = _optional_day()
    amount_pence = PenceField(minimum=1, load_default=None, allow_none=True)
    difference_reason = Text(longest=500, load_default="")
    reference = Text(longest=200, load_default="")
    evidence = fields.String(validate=validate.OneOf(EVIDENCE), load_default="")

    def command(self, data: JSON) -> TakePaymentIn:
        return TakePaymentIn(amount=data.pop("amount_pence"), **data)


class RequestSpendSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    amount_pence = PenceField(required=True, minimum=1)
    category = Text(required=True, shortest=1, longest=100)
    payee_id = IdField(required=True)
    effective_on = DayField(required=True)
    supply = fields.String(validate=validate.OneOf(("service", "goods")), load_default="service")
    outcome_id = _optional_id()
    delivered_by = _optional_id()
    period = fields.Nested(PeriodSchema, load_default=None, allow_none=True)
    agreements = fields.List(fields.Nested(AgreementSchema), load_default=list, validate=validate.Length(max=10))
    reference = Text(longest=200, load_default="")
    evidence = fields.String(validate=validate.OneOf(EVIDENCE), load_default="")

    def command(self, data: JSON) -> RequestSpend:
        around = {name: data.pop(name) for name in ("fund_id", "reference", "evidence")}
        amount, agreements = data.pop("amount_pence"), tuple(data.pop("agreements"))
        return RequestSpend(spend=SpendRequest(amount=amount, agreements=agreements, **data), **around)


class ReverseEntrySchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    entry_id = IdField(required=True)
    reason = Text(required=True, shortest=1, longest=500)
    effective_on = _optional_day()

    def command(self, data: JSON) -> ReverseEntry:
        return ReverseEntry(**data)


class CloseFundSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    reason = Text(longest=500, load_default="")

    def command(self, data: JSON) -> CloseFund:
        return CloseFund(**data)


class ById(Strict):
    fund_id = IdField(data_key="id", required=True)


class Paged(Strict):
    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(strict=True, load_default=50, validate=validate.Range(min=1, max=MOST_LISTED))


class ListFunds(Paged):
    council_id = _optional_id()
    person_id = _optional_id()
    provider_id = _optional_id()
    status = Text(longest=20, load_default=None, allow_none=True)


class ListEntries(Paged):
    fund_id = IdField(data_key="id", required=True)


class BalanceAsked(ById):
    as_of = _optional_day()
    known_at = InstantField(load_default=None, allow_none=True)


class StatementAsked(ById):
    from_on = DayField(data_key="from", load_default=None, allow_none=True)
    to_on = DayField(data_key="to", load_default=None, allow_none=True)


@dataclass(frozen=True, kw_only=True)
class ProofRequest:
    """Whose book to prove, and the head it must still hold, if one was told earlier."""

    fund_id: str
    anchors: tuple[Anchor, ...]


class ProofAsked(ById):
    head_number = fields.Integer(strict=True, load_default=None, allow_none=True, validate=validate.Range(min=1))
    head_hash = fields.String(load_default=None, allow_none=True, validate=validate.Regexp(r"^[0-9a-f]{64}\Z"))

    @validates_schema
    def check_head(self, data: Mapping[str, Any], **_: Any) -> None:
        if (data["head_number"] is None) != (data["head_hash"] is None):
            raise ValidationError("Give the head's number together with its hash.", "head_hash")

    @post_load
    def build(self, data: JSON, **_: Any) -> ProofRequest:
        fund_id, number, told = data["fund_id"], data["head_number"], data["head_hash"]
        anchors = () if number is None else (Anchor(book=fund_id, number=number, hash=told),)
        return ProofRequest(fund_id=fund_id, anchors=anchors)


def fund_out(stored: Stored[Fund]) -> JSON:
    """A fund as callers see it."""
    fund = stored.state
    return {
        "id": stored.id,
        "version": stored.version,
        "council_id": fund.council_id,
        "person_id": fund.person_id,
        "provider_id": fund.provider_id,
        "referral_id": fund.referral_id,
        "weekly_budget_pence": fund.weekly_budget.amount,
        "opened_on": fund.opened_on.isoformat(),
        "starts_on": fund.starts_on.isoformat(),
        "status": fund.status,
        "policy_version": fund.policy_version,
        "plan": None if fund.plan is None else _plan_out(fund.plan),
    }


def entry_out(posted: Posted) -> JSON:
    """A posted entry as callers see it, with the money in hand after it."""
    entry = posted.entry
    return {
        "id": entry.entry_id,
        "entry_id": entry.entry_id,
        "type": entry.type,
        "words": entry.words,
        "effective_on": entry.effective_on.isoformat(),
        "recorded_at": format_instant(entry.recorded_at),
        "actor_id": entry.actor_id,
        "amount_pence": entry.amount.amount,
        "balance_pence": posted.in_hand.amount,
        "reference": entry.draft.reference,
        "evidence": entry.draft.evidence,
        "policy_version": entry.draft.policy_version,
        "reverses": entry.draft.reverses,
        "clause": entry.draft.grounds.clause if entry.draft.grounds else "",
        "reason": entry.draft.grounds.reason if entry.draft.grounds else "",
        "period": _period_out(entry.draft.period),
        **_purpose_out(entry),
        "postings": _postings_out(entry),
    }


def payment_out(taken: PaymentTaken) -> JSON:
    """The payment's entry, and where the fund's year stands against a full year's budget."""
    return entry_out(taken.posted) | {"year": _year_out(taken.progress)}


def proof_out(fund_id: str, proof: Proof) -> JSON:
    """What was read and what, if anything, does not hold."""
    return {
        "fund_id": fund_id,
        "holds": not proof.findings,
        "in_balance": proof.in_balance,
        "blocks": proof.blocks,
        "entries": proof.entries,
        "head": {"number": proof.head_number, "hash": proof.head_hash},
        "findings": [{"number": finding.number, "what": finding.what} for finding in proof.findings],
    }


def _plan_out(plan: Plan) -> JSON:
    return {
        "written_by": plan.written_by,
        "agreed_by": plan.agreed_by,
        "agreed_on": plan.agreed_on.isoformat(),
        "weekly_cost_pence": plan.weekly_cost.amount,
        "lines": [_line_out(line) for line in plan.lines],
    }


def _line_out(line: PlanLine) -> JSON:
    return {
        "line_id": line.line_id,
        "outcome_id": line.outcome_id,
        "category": line.category,
        "weekly_cost_pence": line.weekly_cost.amount,
        "payee_id": line.payee_id,
    }


def _purpose_out(entry: Entry) -> JSON:
    purpose = entry.draft.purpose
    return {
        "category": purpose.category if purpose else None,
        "payee_id": purpose.payee_id if purpose else None,
        "outcome_id": purpose.outcome_id if purpose else None,
    }


def _postings_out(entry: Entry) -> list[JSON]:
    return [
        {
            "account": posting.account,
            "amount_pence": posting.amount.amount,
            "side": side_of(posting.amount),
            "balance_after_pence": posting.balance_after.amount,
        }
        for posting in entry.postings
    ]


def _period_out(period: Period | None) -> JSON | None:
    return None if period is None else {"from": period.from_on.isoformat(), "to": period.to_on.isoformat()}


def _year_out(year: PaymentProgress) -> JSON:
    return {
        "from": year.year.from_on.isoformat(),
        "to": year.year.to_on.isoformat(),
        "paid_to_date_pence": year.paid_to_date.amount,
        "full_year_pence": year.full_year.amount,
        "weeks_covered": year.weeks_covered_by_cadence,
        "weeks_in_full_year": year.weeks_in_full_year,
        "short_at_year_end_pence": year.short_at_year_end.amount,
        "sentence": year.sentence,
    }
