"""A council's rules of spending, read from its policy pack: which categories, under which clause, with what way out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.ledger.model.categories import is_short_stay, plain
from services.ledger.model.short_stays import StayLimit
from services.ledger.model.sought_first import FirstRules, first_rules_of
from shared.policy.pack import PolicyPack

OUTSIDE_OUTCOMES = "outside_agreed_outcomes"
HOUSEHOLD_SERVICE = "household_member_service"
DAYS_A_WEEK = 7


@dataclass(frozen=True, kw_only=True)
class Prohibition:
    """What the fund may never be used for, in words, and the clause that says so."""

    clause: str
    words: str


@dataclass(frozen=True, kw_only=True)
class AgreementRule:
    """A spend that needs somebody's agreement first: whose, and whether in writing."""

    clause: str
    agreed_by: str
    in_writing: bool


@dataclass(frozen=True, kw_only=True)
class SpendRules:
    """A council's rules of spending on one day. `prohibited` is by category, and by each example the clause gives;
    `first` is nothing where the pack does not say what is looked for before the fund pays.
    """

    policy_version: str
    prohibited: Mapping[str, Prohibition]
    outside_outcomes: AgreementRule
    household: AgreementRule
    stay_limit: StayLimit
    first: FirstRules | None = None

    def prohibition(self, category: str) -> Prohibition | None:
        """The prohibition that this category falls under, however it is spelt."""
        return self.prohibited.get(plain(category))

    def knows(self, category: str) -> bool:
        """Whether policy says anything of this category by name."""
        return is_short_stay(category) or plain(category) in self.prohibited


def spend_rules_of(pack: PolicyPack) -> SpendRules:
    """CP 6.17 as this pack reads it. Raises `PolicyIncomplete`, and `KeyError` when a row that must be there is not."""
    rows = pack.table("prohibited_spend")
    refused = [row for row in rows if row["route"] == "refuse"]
    agreements = {row["category"]: _agreement(row) for row in rows if row["route"] == "needs_agreement"}
    return SpendRules(
        policy_version=pack.version,
        prohibited={name: _prohibition(row) for row in refused for name in _names(row)},
        outside_outcomes=agreements[OUTSIDE_OUTCOMES],
        household=agreements[HOUSEHOLD_SERVICE],
        stay_limit=stay_limit_of(pack),
        first=first_rules_of(pack),
    )


def stay_limit_of(pack: PolicyPack) -> StayLimit:
    """CP 6.17(f) as this pack reads it. Raises `PolicyIncomplete`."""
    return StayLimit(
        clause=pack.entry("short_stay_longest_weeks").clause or "",
        most_days=pack.number("short_stay_longest_weeks") * DAYS_A_WEEK,
        window_months=pack.number("short_stay_window_months"),
        apart_days=pack.number("short_stay_joining_gap_weeks") * DAYS_A_WEEK,
    )


def _names(row: Mapping[str, Any]) -> set[str]:
    return {plain(row["category"]), *(plain(example) for example in row["examples"])}


def _prohibition(row: Mapping[str, Any]) -> Prohibition:
    return Prohibition(clause=row["clause"], words=row["summary"])


def _agreement(row: Mapping[str, Any]) -> AgreementRule:
    return AgreementRule(clause=row["clause"], agreed_by=row["agreed_by"], in_writing=row["agreed_in_writing"])
