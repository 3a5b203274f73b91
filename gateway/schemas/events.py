"""Shapes of event intake. The service checks each event by itself, so that one bad event does not spoil a batch."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.common import FieldProblem, Told

EVENT = {
    "type": "object",
    "description": "A CloudEvents 1.0 event in structured form.",
    "required": ["specversion", "id", "source", "type", "time", "data"],
    "properties": {
        "specversion": {"type": "string", "const": "1.0"},
        "id": {"type": "string", "description": "Your own id: the same for a repeat."},
        "source": {"type": "string", "description": "/councils/ and your council's id."},
        "type": {"type": "string", "description": "Such as referral.submitted; see the event catalogue."},
        "time": {"type": "string", "format": "date-time", "description": "When it happened."},
        "subject": {"type": "string", "description": "Your reference of the record."},
        "data": {"type": "object", "description": "What the type's schema in the event catalogue says."},
    },
}


class EventAnswer(Told):
    """What became of one event."""

    event_id = fields.String(required=True)
    outcome = fields.String(required=True, metadata={"enum": ["accepted", "duplicate", "refused"]})
    record_id = fields.String(allow_none=True, metadata={"description": "The record that it became."})
    missing = fields.List(fields.String(), metadata={"description": "What your policy asks for and was not given."})
    problem = fields.String(allow_none=True)
    detail = fields.String(allow_none=True)
    errors = fields.List(fields.Nested(FieldProblem))


class EventAnswers(Told):
    """One answer per event, in the order sent."""

    results = fields.List(fields.Nested(EventAnswer), required=True)
