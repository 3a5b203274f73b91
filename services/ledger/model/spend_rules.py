"""A council's rules of spending, read from its policy pack: which categories, under which clause, with what way out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.ledger.model.short_stays import StayLimit

SHORT_STAY = "short_stay"
"""The category of a residential stay that has an end; care for the long term is a category of the pack."""
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
    """A council's rules of spending on one day. `prohibited` is by category, and by each example the clause gives."""

    policy_version: str
    prohibited: Mapping[str, Prohibition]
    outside_outcomes: AgreementRule
    household: AgreementRule
    stay_limit: StayLimit

    def prohibition(self, category: str) -> Prohibition | None:
        """The prohibition that this category falls under, however it is spelt."""
        return self.prohibited.get(plain(category))

    def knows(self, category: str) -> bool:
        """Whether policy says anything of this category by name."""
        return category == SHORT_STAY or plain(category) in self.prohibited


def read_spend_rules(
    *,
    policy_version: str,
    prohibited_spend: Sequence[Mapping[str, Any]],
    short_stay_longest_weeks: int,
    short_stay_window_months: int,
    short_stay_joining_gap_weeks: int,
    short_stay_clause: str,
) -> SpendRules:
    """The rules from the pack's values of the same names. Raises `KeyError` when a row that must be there is not."""
    refused = [row for row in prohibited_spend if row["route"] == "refuse"]
    agreements = {row["category"]: _agreement(row) for row in prohibited_spend if row["route"] == "needs_agreement"}
    return SpendRules(
        policy_version=policy_version,
        prohibited={name: _prohibition(row) for row in refused for name in _names(row)},
        outside_outcomes=agreements[OUTSIDE_OUTCOMES],
        household=agreements[HOUSEHOLD_SERVICE],
        stay_limit=StayLimit(
            clause=short_stay_clause,
            most_days=short_stay_longest_weeks * DAYS_A_WEEK,
            window_months=short_stay_window_months,
            apart_days=short_stay_joining_gap_weeks * DAYS_A_WEEK,
        ),
    )


def plain(category: str) -> str:
    """The category's name without case, hyphens and spaces: "Bingo tickets" is `bingo_tickets`."""
    return re.sub(r"[\s_-]+", "_", category.strip().lower())


def _names(row: Mapping[str, Any]) -> set[str]:
    return {plain(row["category"]), *(plain(example) for example in row["examples"])}


def _prohibition(row: Mapping[str, Any]) -> Prohibition:
    return Prohibition(clause=row["clause"], words=row["summary"])


def _agreement(row: Mapping[str, Any]) -> AgreementRule:
    return AgreementRule(clause=row["clause"], agreed_by=row["agreed_by"], in_writing=row["agreed_in_writing"])
