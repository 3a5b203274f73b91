"""Money set aside by purpose."""

from __future__ import annotations

from collections.abc import Mapping

from services.ledger.model.commands import AllocateMoney, ReleaseMoney
from services.ledger.schemas.common import JSON, CommandSchema, Text
from shared.money import Pence
from shared.schemas import IdField, PenceField


class AllocateSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    purpose = IdField(required=True)
    amount_pence = PenceField(required=True, minimum=1)
    reason = Text(longest=200, load_default="")

    def command(self, data: JSON) -> AllocateMoney:
        return AllocateMoney(amount=data.pop("amount_pence"), **data)


class ReleaseSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    purpose = IdField(required=True)
    amount_pence = PenceField(minimum=1, load_default=None, allow_none=True)
    reason = Text(longest=200, load_default="")

    def command(self, data: JSON) -> ReleaseMoney:
        return ReleaseMoney(amount=data.pop("amount_pence"), **data)


def allocations_out(fund_id: str, amounts: Mapping[str, Pence]) -> JSON:
    """What is set aside for each purpose."""
    items = [{"purpose": purpose, "amount_pence": amount.amount} for purpose, amount in amounts.items()]
    return {"fund_id": fund_id, "items": items, "next": None}
