"""What councils send."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from shared.schemas import IdField


class TakeIn(Schema):
    council_id = IdField(required=True)
    events = fields.List(fields.Raw(), required=True, validate=validate.Length(min=1, max=100))
