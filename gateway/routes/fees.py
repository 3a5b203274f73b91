"""The provider's fee for a fund (CP 3.3, Schedules III and IV)."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas import fees as shapes
from gateway.schemas.common import page_of
from gateway.schemas.ledger import Entry
from gateway.services import LEDGER

Fields = dict[str, Any]
ONE = "/funds/<id:fund_id>"

fees = ApiBlueprint("fees", __name__, description="The provider's fee for a fund (CP Sch III, IV).")


@fees.operation("PUT", f"{ONE}/fee", "funds.set_fee", body=shapes.NewFee, answer=shapes.FundFee)
def set_fee(body: Fields, fund_id: str) -> Fields:
    """Set the fee that the council's policy gives for a fund, from a day on.

    What the schedules leave open (Lot 1 Tiers 2 to 4, the ceiling of Lot 2) is refused: `policy incomplete`.
    """
    return change(LEDGER, "set_fee", {**body, "id": fund_id})


@fees.operation("GET", f"{ONE}/fee", "funds.fee", answer=shapes.FundFee)
def get_fee(fund_id: str) -> Fields:
    """Read a fund's fee through time, each change explained."""
    return ask(LEDGER, "get_fee", {"id": fund_id})


@fees.operation("POST", f"{ONE}/fees", "funds.accrue_fees", body=shapes.NewAccrual, answer=page_of(Entry))
def accrue_fees(body: Fields, fund_id: str) -> Fields:
    """Take the fee of each whole week that has ended and has none, all of them or none."""
    return change(LEDGER, "accrue_fees", {**body, "id": fund_id})
