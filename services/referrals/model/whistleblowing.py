"""Whistleblowing: a report that names nobody who made it, and apart from it who did (CE 7.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal, cast

from services.referrals.model.cases import Act, next_status
from shared.context import Caller
from shared.events.whistleblowing import (
    ReporterDisclosed,
    WhistleblowingConcluded,
    WhistleblowingLookedInto,
    WhistleblowingReported,
)
from shared.messaging.aggregates import Decision

NAMED_ROLE = "whistleblowing_lead"
"""The independent person to whom staff can speak (CE 7.5): nobody else reads a report or who made it."""
PROTECTED = "protected-reporter"
"""Who did it, in what is written and told of a report."""
Status = Literal["received", "looked-into", "concluded"]
STEPS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "received": {"look_into": "looked-into", "conclude": "concluded"},
        "looked-into": {"conclude": "concluded"},
        "concluded": {},
    }
)


@dataclass(frozen=True, kw_only=True)
class Disclosure:
    """That who reported was disclosed: on which ground, under which reference of police or court, by whom."""

    ground: str
    reference: str
    at: datetime
    by: str


@dataclass(frozen=True, kw_only=True)
class WhistleblowingReport:
    """What was reported. It holds nothing of who did; `has_reporter` says whether they left a name at all."""

    report_id: str
    text: str
    has_reporter: bool
    received_at: datetime
    status: Status = "received"
    acts: tuple[Act, ...] = ()
    disclosures: tuple[Disclosure, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ProtectedReporter:
    """Who reported, in their own words. Each time it is read is kept."""

    report_id: str
    name: str
    contact: str = ""
    readings: tuple[Act, ...] = ()


def is_lead(caller: Caller | None) -> bool:
    """Whether this is the named person."""
    return caller is not None and caller.organisation_id is None and NAMED_ROLE in caller.roles


def report(given: WhistleblowingReport) -> Decision[WhistleblowingReport]:
    """A new report."""
    return Decision(state=given, events=[WhistleblowingReported(report_id=given.report_id)])


def look_into(report: WhistleblowingReport, act: Act) -> Decision[WhistleblowingReport]:
    """The named person looks into it. Raises `StepNotPossible`."""
    return Decision(state=_moved(report, act), events=[WhistleblowingLookedInto(report_id=report.report_id)])


def conclude(report: WhistleblowingReport, act: Act) -> Decision[WhistleblowingReport]:
    """It has been looked into. Raises `StepNotPossible`."""
    return Decision(state=_moved(report, act), events=[WhistleblowingConcluded(report_id=report.report_id)])


def disclose(report: WhistleblowingReport, disclosure: Disclosure) -> Decision[WhistleblowingReport]:
    """Who reported is disclosed, on a recorded ground."""
    told = ReporterDisclosed(report_id=report.report_id, ground=disclosure.ground)
    return Decision(state=replace(report, disclosures=(*report.disclosures, disclosure)), events=[told])


def _moved(report: WhistleblowingReport, act: Act) -> WhistleblowingReport:
    status = cast(Status, next_status(STEPS, report.status, act.step, "report"))
    return replace(report, status=status, acts=(*report.acts, act))
