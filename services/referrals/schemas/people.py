"""How people are reached."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from services.referrals.model.parties import Person, Worker
from services.referrals.schemas.commands import ById
from shared.events.schemas import dump_event
from shared.messaging.aggregates import Stored
from shared.schemas import IdField

REACHED_BY = ("name", "email", "sms", "phone", "preferred_channel")
"""What is said of a worker."""


class OneWorker(Schema):
    class Meta:
        unknown = RAISE

    id = IdField(required=True)
    council_id = IdField(required=True)


class WorkerContact(ById):
    council_id = IdField(required=True)
    name = fields.String(required=True, validate=validate.Length(min=1, max=200))
    email = fields.Email(load_default=None, allow_none=True)
    sms = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=30))
    phone = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=30))
    preferred_channel = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf(("email", "sms", "phone"))
    )


def person_out(stored: Stored[Person]) -> dict[str, Any]:
    """How a person is to be reached."""
    contact: dict[str, Any] = dump_event(stored.state.contact)
    return contact | {"id": stored.id, "version": stored.version, "council_id": stored.council_id}


def worker_out(stored: Stored[Worker]) -> dict[str, Any]:
    """How a worker is reached."""
    contact: dict[str, Any] = dump_event(stored.state.contact)
    said = {name: contact[name] for name in REACHED_BY if name in contact}
    return said | {
        "id": stored.id,
        "version": stored.version,
        "council_id": stored.council_id,
        "worker_id": stored.state.worker_id,
    }
