"""Shapes of a fund's entries asked for one by one."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.common import Asked, Page, Told, identifier, instant, words
from gateway.schemas.ledger import Days, Entry
from shared.schemas import DayField


class NewItemisation(Asked):
    """Which days, and why they are to be seen entry by entry."""

    from_on = DayField(data_key="from", required=True, metadata={"description": "The first day."})
    to_on = DayField(data_key="to", required=True, metadata={"description": "The last day; at most a year later."})
    reason = words("Why; the person and the provider can read it.", required=True, longest=500)


class Itemisation(Told):
    """Who asked to see which days of a fund, when and why."""

    id = identifier("The record of it.", required=True)
    fund_id = identifier("The fund.", required=True)
    period = fields.Nested(Days)
    reason = fields.String()
    asked_by = fields.String()
    asked_at = instant("When.")
    clause = fields.String()


class Itemised(Itemisation):
    """What was asked, and the entries."""

    entries = fields.List(fields.Nested(Entry))


class ItemisationPage(Page):
    """Which to list, the latest first."""
