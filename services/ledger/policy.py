"""The council's policy packs, as the ledger's rules read them."""

from __future__ import annotations

from datetime import date, datetime

from services.ledger.model.payment_terms import payment_terms_of
from services.ledger.model.payments import PaymentTerms
from services.ledger.model.spend_rules import SpendRules, spend_rules_of
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

    def reckon(self, policy_version: str, clock: str, started_at: datetime, occurrence: int) -> Deadline:
        """When a clock falls due for the first, second ... time, under this version."""
        return self._policies.reckon(policy_version, clock, started_at, occurrence=occurrence)

    def spend_rules(self, council_id: str, on: date) -> SpendRules:
        """The rules of spending. Raises `PolicyIncomplete` for what the pack leaves open."""
        return spend_rules_of(self._policies.pack(council_id, on=on))

    def payment_terms(self, council_id: str, on: date) -> PaymentTerms:
        """How the council pays in. Raises `PolicyIncomplete` for what the pack leaves open."""
        return payment_terms_of(self._policies.pack(council_id, on=on))
