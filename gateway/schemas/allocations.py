"""Shapes of money set aside by purpose. Amounts are whole pence."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.common import Asked, Told, identifier, pence, words


class NewFundAllocation(Asked):
    """Money to set aside."""

    purpose = identifier("An outcome of the agreed plan.", required=True)
    amount_pence = pence("Amount.", required=True, minimum=1)
    reason = words("What is being saved for.", longest=200)


class FundAllocationRelease(Asked):
    """Money to have free again."""

    amount_pence = pence("Amount; all that is set aside for it when left out.", minimum=1)
    reason = words("Why.", longest=200)


class FundAllocation(Told):
    """What is set aside for one purpose."""

    purpose = identifier("An outcome of the plan.", required=True)
    amount_pence = pence("Amount.", required=True)


class FundAllocations(Told):
    """What a fund has set aside by purpose."""

    fund_id = identifier("The fund.", required=True)
    items = fields.List(fields.Nested(FundAllocation), required=True)
    next = fields.String(allow_none=True)
