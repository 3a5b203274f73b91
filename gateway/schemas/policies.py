"""Shapes of policy packs."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.common import COUNCIL, Asked, Told, day, identifier


class PackFilter(Asked):
    """On which day."""

    on = day("The pack in force on this day; today when left out.")


class PackLine(Told):
    """One version of one council's pack."""

    version = fields.String(required=True, metadata={"description": "Council and first day: cheshire-east/2019-04-01."})
    council_id = identifier(COUNCIL, required=True)
    council_name = fields.String()
    effective_on = day("The first day it holds.")
    source = fields.String()
    in_force = fields.Boolean(metadata={"description": "Whether it holds today."})


class PackList(Told):
    """Every pack."""

    items = fields.List(fields.Nested(PackLine), required=True)
    next = fields.String(required=True, allow_none=True)


class Pack(PackLine):
    """A pack in full."""

    values = fields.List(fields.Dict(), metadata={"description": "Each with its clause; `ours` marks our own reading."})
    clocks = fields.List(fields.Dict())
    calendars = fields.List(fields.String())
