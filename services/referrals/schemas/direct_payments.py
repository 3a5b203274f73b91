"""Direct payments: what callers ask for and what they see."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from services.referrals.model import direct_payments
from services.referrals.model.capacity import RECIPIENTS, CapacityTest, Condition, latest, standing
from services.referrals.model.payment_checks import check_clock
from services.referrals.model.payment_parts import CHECKS, SetUpItem
from services.referrals.model.payment_setup import items_asked
from services.referrals.schemas.commands import REASON, ById
from shared.events.schemas import dump_event
from shared.messaging.aggregates import Stored
from shared.policy.clock_forms import clock_line
from shared.schemas import DayField, IdField

WORDS = validate.Length(min=1, max=4000)


class DirectPayment(ById):
    implemented_on = DayField(required=True)


class Ended(ById):
    reason = fields.String(required=True, validate=REASON)
    ended_on = DayField(required=True)


class RecipientOf(Schema):
    class Meta:
        unknown = RAISE

    kind = fields.String(required=True, validate=validate.OneOf(RECIPIENTS))
    party_id = IdField(required=True)
    route = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=20))
    scope = fields.String(load_default=None, allow_none=True, validate=REASON)
    authorised_person_id = IdField(load_default=None, allow_none=True)
    authorised_agreed_on = DayField(load_default=None, allow_none=True)


class BeginTest(ById):
    has_capacity = fields.Boolean(required=True, truthy={True}, falsy={False})
    recipient = fields.Nested(RecipientOf, required=True)


class FoundCondition(ById):
    condition = fields.String(required=True, validate=REASON)
    holds = fields.Boolean(required=True, truthy={True}, falsy={False})
    evidence = fields.String(required=True, validate=WORDS)
    found_on = DayField(required=True)


class Signed(ById):
    signed_by = IdField(required=True)
    signed_on = DayField(required=True)


class ListPayments(Schema):
    status = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf(direct_payments.PAYMENT_STATUSES)
    )
    test_outcome = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf(("open", "met", "not_met"))
    )
    overdue = fields.Boolean(load_default=None, allow_none=True)
    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))


def payment_out(stored: Stored[direct_payments.DirectPayment]) -> dict[str, Any]:
    """A direct payment as callers see it: its test with its outcome in words, and its clocks in short."""
    payment = stored.state
    resource: dict[str, Any] = dump_event(payment)
    resource["test"] = None if payment.test is None else _test_out(payment.test)
    resource["former_tests"] = [_test_out(test) for test in payment.former_tests]
    resource["checklist"] = [_item_out(payment, item) for item in payment.checklist]
    resource["checks_stand"] = {kind: clock.state for kind in CHECKS if (clock := check_clock(payment, kind))}
    resource["clocks"] = [clock_line(clock, payment.clocks) for clock in payment.clocks]
    return resource | {"id": stored.id, "version": stored.version, "council_id": stored.council_id}


def _item_out(payment: direct_payments.DirectPayment, item: SetUpItem) -> dict[str, Any]:
    line: dict[str, Any] = dump_event(item)
    asked = item in items_asked(payment)
    return line | {"state": "done" if item.done_on else "open" if asked else "left_out"}


def _test_out(test: CapacityTest) -> dict[str, Any]:
    line: dict[str, Any] = dump_event(test)
    return line | {"words": standing(test).words, "conditions": [_condition_out(test, c) for c in test.conditions]}


def _condition_out(test: CapacityTest, condition: Condition) -> dict[str, Any]:
    """A condition with the finding that counts and what it comes to."""
    line: dict[str, Any] = dump_event(condition)
    finding = latest(test).get(condition.code)
    if condition.left_out_because:
        return line | {"state": "left_out"}
    if finding is None:
        return line | {"state": "open"}
    return line | {"state": "failed" if finding.holds == condition.bars else "passed", "finding": dump_event(finding)}
