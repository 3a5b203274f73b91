"""What a direct payment is made of besides its test: set-up, contingency plan, start-up money, what was told, checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

CheckKind = Literal["early_help_check", "follow_up_check"]
CHECKS: tuple[CheckKind, ...] = ("early_help_check", "follow_up_check")


@dataclass(frozen=True, kw_only=True)
class SetUpItem:
    """One item of the set-up checklist as the pack had it, and who did it when (CE 3.2 "Service User Information")."""

    item: str
    label: str
    clause: str
    only_for: str | None = None
    done_on: date | None = None
    done_by: str | None = None
    evidence: str | None = None
    account_holder_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Contingency:
    """What is arranged for one situation in which the usual help is away (CE 3.2 "Brokerage")."""

    situation: str
    label: str
    clause: str
    cover: str | None = None
    arrangement: str | None = None
    planned_by: str | None = None
    planned_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class StartUpRequest:
    """Extra money to start with, asked for by one and agreed by another (CE 3.2 "Start Up")."""

    request_id: str
    item: str
    amount_pence: int
    purpose: str
    asked_by: str
    asked_at: datetime
    agreed: bool | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class ToldChange:
    """A change in how the payment is run that the council was told of (CE 3.2 "Service User Information")."""

    reason: str
    details: str
    noticed_on: date
    told_by: str
    told_at: datetime


@dataclass(frozen=True, kw_only=True)
class Signpost:
    """A service that the person was pointed to and that the payment does not contain (CE 1.2), or a care agency (CE 3.2)."""

    service: str
    agency_id: str | None = None
    given_by: str
    given_at: datetime
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Check:
    """One contact of an early help or follow-up check: how, when, whether the person was reached, and what came of it."""

    check_id: str
    kind: CheckKind
    method: str
    made_on: date
    made_by: str
    recorded_at: datetime
    reached: bool
    understands: bool | None = None
    needs_support: bool | None = None
    outcome: str | None = None
    without_phone_because: str | None = None
    issue_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Issue:
    """What a check found that social care has to know at once, and who told them when (CE 3.2 "Early Help check")."""

    issue_id: str
    check_id: str
    details: str
    found_at: datetime
    clock_id: str | None = None
    told_at: datetime | None = None
    told_by: str | None = None
    told_how: str | None = None
