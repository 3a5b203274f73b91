"""How the council pays in, read from its policy pack (CP 5.4)."""

from __future__ import annotations

from typing import Literal

from services.ledger.model.payments import Cadence, PartPeriods, PaymentTerms
from shared.errors import PolicyIncomplete
from shared.policy.pack import PolicyPack


def payment_terms_of(pack: PolicyPack) -> PaymentTerms:
    """CP 5.4 as this pack reads it."""
    weeks = pack.entry("funding_weeks")
    return PaymentTerms(
        policy_version=pack.version,
        clause=weeks.clause or "",
        cadence=_cadence(pack),
        weeks_per_payment=pack.number("funding_weeks"),
        needs_plan=pack.flag("payments_need_agreed_plan") if pack.sets("payments_need_agreed_plan") else True,
        part_periods=_part_periods(pack),
    )


def _part_periods(pack: PolicyPack) -> PartPeriods | Literal[""]:
    value = pack.text("part_periods") if pack.sets("part_periods") else ""
    return "paid-in-full" if value == "paid-in-full" else "held-back" if value == "held-back" else ""


def _cadence(pack: PolicyPack) -> Cadence:
    every = pack.clock("fund_payment").then
    if every is None or every.limit.count < 1:
        raise _open(pack)
    if every.limit.unit == "weeks":
        return Cadence(count=every.limit.count, unit="weeks")
    if every.limit.unit == "months":
        return Cadence(count=every.limit.count, unit="months")
    raise _open(pack)


def _open(pack: PolicyPack) -> PolicyIncomplete:
    return PolicyIncomplete(f"policy incomplete: {pack.version} fund_payment sets no step in weeks or months")
