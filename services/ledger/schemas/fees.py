"""The provider's fee. Amounts are whole pence."""

from __future__ import annotations

from marshmallow import fields, validate

from services.ledger.model.arrangements import LOTS
from services.ledger.model.commands import AccrueFees, SetFee
from services.ledger.model.fees import FeeSetting, FundFee
from services.ledger.schemas.common import JSON, CommandSchema, reckonable_day
from shared.dates import format_instant
from shared.messaging.aggregates import Stored
from shared.schemas import IdField


class SetFeeSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    lot = fields.String(validate=validate.OneOf(LOTS), load_default=None, allow_none=True)
    from_on = reckonable_day(load_default=None, allow_none=True)
    negotiated_percent = fields.Integer(
        strict=True, validate=validate.Range(min=1, max=100), load_default=None, allow_none=True
    )

    def command(self, data: JSON) -> SetFee:
        return SetFee(**data)


class AccrueFeesSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    until = reckonable_day(load_default=None, allow_none=True)

    def command(self, data: JSON) -> AccrueFees:
        return AccrueFees(**data)


def fee_out(stored: Stored[FundFee]) -> JSON:
    """A fund's fee through time, the last one set last."""
    return {
        "id": stored.id,
        "version": stored.version,
        "fund_id": stored.state.fund_id,
        "settings": [_setting_out(setting) for setting in stored.state.settings],
    }


def _setting_out(setting: FeeSetting) -> JSON:
    fee = setting.fee
    return {
        "lot": fee.lot,
        "tier": fee.tier,
        "weekly_fee_pence": fee.weekly.amount,
        "clause": fee.clause,
        "reason": fee.reason,
        "policy_version": fee.policy_version,
        "from_on": setting.from_on.isoformat(),
        "change": setting.change,
        "negotiated_percent": setting.negotiated_percent,
        "set_by": setting.set_by,
        "set_at": format_instant(setting.set_at),
    }
