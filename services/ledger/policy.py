"""The council's policy packs, as the ledger's rules read them."""

from __future__ import annotations

from datetime import date, datetime

from services.ledger.model.payments import Cadence, PaymentTerms
from services.ledger.model.spend_rules import SpendRules, spend_rules_of
from shared.errors import PolicyIncomplete
from shared.policy.clocks import Deadline
from shared.policy.pack import PolicyPack
from shared.policy.policies import Policies


class PackFundPolicies:
    """`FundPolicies` over the loaded packs: the pack in force on the day."""

    def __init__(self, *, policies: Policies) -> None:
        self._policies = policies

    def pack(self, council_id: str, on: date) -> PolicyPack:
        """The pack in force on the day. Raises `UnknownCouncil`, `NoPackInForce`."""
        return self._policies.pack(council_id, on=on)

    def deadline(self, council_id: str, clock: str, started_at: datetime, occurrence: int) -> Deadline:
        """When a clock falls due, under the pack in force on the day it starts."""
        return self._policies.deadline(council_id, clock, started_at, occurrence=occurrence)

    def spend_rules(self, council_id: str, on: date) -> SpendRules:
        """The rules of spending. Raises `PolicyIncomplete` for what the pack leaves open."""
        return spend_rules_of(self._policies.pack(council_id, on=on))

    def payment_terms(self, council_id: str, on: date) -> PaymentTerms:
        """How the council pays in. Raises `PolicyIncomplete` for what the pack leaves open."""
        return payment_terms_of(self._policies.pack(council_id, on=on))


def payment_terms_of(pack: PolicyPack) -> PaymentTerms:
    """CP 5.4 as this pack reads it."""
    weeks = pack.entry("funding_weeks")
    return PaymentTerms(
        policy_version=pack.version,
        clause=weeks.clause or "",
        cadence=_cadence(pack),
        weeks_per_payment=pack.number("funding_weeks"),
    )


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
