"""What comes in and goes out of safeguarding's calls."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, post_load, validate

from services.safeguarding.handlers.concerns import Account
from services.safeguarding.model.categories import CATEGORIES, care_act_types, ce_groups
from services.safeguarding.model.concerns import Concern, possible_steps
from shared.events.schemas import dump_event
from shared.messaging.aggregates import Stored
from shared.schemas import IdField

ALLEGED_KINDS = ("personal_assistant", "provider", "staff", "relative", "other")
SECTION_42 = ("council-enquires", "provider-caused-to-enquire", "no-enquiry")
STORY = validate.Length(min=1, max=4000)
REASON = validate.Length(min=1, max=1000)
OUTCOME = validate.Length(min=1, max=100)


def _flag(**options: Any) -> fields.Boolean:
    return fields.Boolean(truthy={True}, falsy={False}, **options)


class CommandSchema(Schema):
    """A command: unknown fields are refused by name; `expected_version` guards against changing what wasn't read."""

    class Meta:
        unknown = RAISE

    expected_version = fields.Integer(strict=True, load_default=None, allow_none=True)


class ById(CommandSchema):
    id = IdField(required=True)


class RaiseConcern(Schema):
    class Meta:
        unknown = RAISE

    council_id = IdField(required=True)
    person_id = IdField(required=True)
    categories = fields.List(
        fields.String(validate=validate.OneOf(list(CATEGORIES))),
        required=True,
        validate=validate.Length(min=1, max=len(CATEGORIES)),
    )
    description = fields.String(required=True, validate=STORY)
    alleged_kind = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(ALLEGED_KINDS))
    alleged_id = IdField(load_default=None, allow_none=True)
    urgent = _flag(load_default=False)
    consent_sought = _flag(load_default=False)
    consent_not_sought_reason = fields.String(load_default=None, allow_none=True, validate=REASON)
    wishes = fields.String(load_default=None, allow_none=True, validate=REASON)

    @post_load
    def account(self, given: dict[str, Any], **_: Any) -> Account:
        return Account(**given | {"categories": tuple(dict.fromkeys(given["categories"]))})


class TriageConcern(ById):
    procedures_apply = _flag(required=True)
    reason = fields.String(required=True, validate=REASON)


class DecideSection42(ById):
    decision = fields.String(required=True, validate=validate.OneOf(SECTION_42))
    reason = fields.String(required=True, validate=REASON)


class ConcludeConcern(ById):
    outcome = fields.String(required=True, validate=OUTCOME)
    restriction_lifted = _flag(load_default=False)


class ListConcerns(Schema):
    council_id = IdField(load_default=None, allow_none=True)
    state = fields.String(load_default=None, allow_none=True)
    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))


class ListAlerts(Schema):
    council_id = IdField(load_default=None, allow_none=True)
    open = _flag(load_default=None, allow_none=True)
    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))


def receipt_out(stored: Stored[Concern]) -> dict[str, Any]:
    """What the one who raised a concern gets back: that it was taken."""
    return {"id": stored.id, "version": stored.version, "council_id": stored.council_id}


def concern_out(stored: Stored[Concern]) -> dict[str, Any]:
    """A concern as safeguarding sees it, with its groups in each scheme and the steps possible now."""
    concern = stored.state
    resource: dict[str, Any] = dump_event(concern)
    resource["alert"]["open"] = concern.alert.open
    return resource | {
        "id": stored.id,
        "version": stored.version,
        "council_id": stored.council_id,
        "ce_groups": ce_groups(concern.categories),
        "care_act_types": care_act_types(concern.categories),
        "possible_steps": possible_steps(concern),
    }


def alert_out(stored: Stored[Concern]) -> dict[str, Any]:
    """An alert: ids and instants, nothing of what was said."""
    alert = stored.state.alert
    resource: dict[str, Any] = dump_event(alert)
    return resource | {
        "id": alert.alert_id,
        "version": stored.version,
        "council_id": stored.council_id,
        "concern_id": stored.id,
        "open": alert.open,
    }
