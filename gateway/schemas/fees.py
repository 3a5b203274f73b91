"""Shapes of the provider's fee. Amounts are whole pence."""

from __future__ import annotations

from marshmallow import fields, validate

from gateway.schemas.common import Asked, Resource, Told, WholeNumber, day, identifier, instant, one_of, pence

LOTS = ("lot-1", "lot-2")


class NewFee(Asked):
    """Which fee holds, reckoned by the council's policy."""

    lot = one_of("The provider's lot (CP 3.1); that of the fund's arrangement when left out.", LOTS)
    from_on = day("From which day; today when left out.")
    negotiated_percent = WholeNumber(
        validate=validate.Range(min=1, max=100),
        metadata={"description": "Of the weekly budget, where one was negotiated for Lot 2 (CP Sch IV)."},
    )


class FeeSetting(Told):
    """The fee from a day on."""

    lot = fields.String(metadata={"enum": list(LOTS)})
    tier = fields.String(metadata={"enum": ["tier-1", "tier-2", "weekly", "negotiated"]})
    weekly_fee_pence = pence("A week.")
    clause = fields.String()
    reason = fields.String()
    policy_version = fields.String()
    from_on = day("From which day.")
    change = fields.String(metadata={"description": "What changed, and why."})
    negotiated_percent = fields.Integer(allow_none=True)
    set_by = fields.String()
    set_at = instant("When it was set.")


class FundFee(Resource):
    """A fund's fee through time; the last setting that has begun holds."""

    fund_id = identifier("The fund.")
    settings = fields.List(fields.Nested(FeeSetting))


class NewAccrual(Asked):
    """Up to when fees are taken."""

    until = day("The last day that may be in a week taken; yesterday when left out.")
