"""Counts that the contract asks for."""

from __future__ import annotations

from marshmallow import Schema

from shared.schemas import DayField, IdField


class Period(Schema):
    council_id = IdField(required=True)
    first_on = DayField(required=True)
    last_on = DayField(required=True)
