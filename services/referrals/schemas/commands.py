"""What every command has."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

from shared.schemas import IdField

REASON = validate.Length(min=1, max=200)


class CommandSchema(Schema):
    """A command: unknown fields are refused by name; `expected_version` guards against changing what one hasn't read."""

    class Meta:
        unknown = RAISE

    expected_version = fields.Integer(strict=True, load_default=None, allow_none=True)


class ById(CommandSchema):
    id = IdField(required=True)


class WithReason(ById):
    reason = fields.String(required=True, validate=REASON)
