"""Records of case work as callers ask for them and see them."""

from __future__ import annotations

from typing import Any, TypeVar

from marshmallow import Schema, fields, validate

from services.referrals.model import complaints
from services.referrals.model.complaints import Complaint
from shared.events.schemas import dump_event, schema_of
from shared.messaging.aggregates import Stored
from shared.policy.clock_forms import clock_line
from shared.problems import load
from shared.schemas import DayField, IdField

C = TypeVar("C")


class PageOfCases(Schema):
    """Which part of a list."""

    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))


class ListComplaints(PageOfCases):
    kind = fields.String(load_default=None, allow_none=True)
    status = fields.String(load_default=None, allow_none=True)
    partner_id = fields.String(load_default=None, allow_none=True)
    person_id = fields.String(load_default=None, allow_none=True)
    referral_id = fields.String(load_default=None, allow_none=True)
    overdue = fields.Boolean(load_default=None, allow_none=True)
    with_ombudsman = fields.Boolean(load_default=None, allow_none=True)


def list_of(*names: str) -> Schema:
    """Which records to list, narrowed by these names of their state."""
    members: dict[str, Any] = {name: fields.String(load_default=None, allow_none=True) for name in names}
    schema: Schema = PageOfCases.from_dict(members)()
    return schema


class YearOfCalendar(Schema):
    council_id = IdField(required=True)
    from_on = DayField(required=True)


class ListReviews(PageOfCases):
    due_by = fields.String(required=True)


def command(shape: type[C], payload: dict[str, Any]) -> C:
    """A command of a use case from its JSON. Raises `Invalid` naming each field and rule."""
    named: Any = shape
    given: C = load(schema_of(named), payload)
    return given


def case_out(stored: Stored[Any]) -> dict[str, Any]:
    """A record as callers see it."""
    resource: dict[str, Any] = dump_event(stored.state)
    if "clocks" in resource:
        clocks = stored.state.clocks
        resource["clocks"] = [clock_line(clock, clocks) for clock in clocks]
    return resource | {"id": stored.id, "version": stored.version, "council_id": stored.council_id}


def complaint_out(stored: Stored[Complaint]) -> dict[str, Any]:
    """A complaint, the steps possible now, and its clocks in short."""
    return case_out(stored) | {"possible_steps": complaints.possible_steps(stored.state)}
