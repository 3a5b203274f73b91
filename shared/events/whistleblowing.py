"""What is told of whistleblowing: that there is a report and what became of it. Never by whom, of whom, or what was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from shared.events.language import Event, Stream, event

WHISTLEBLOWING = Stream(
    name="whistleblowing", owner="referrals", about="a report of a protected reporter, without who they are"
)


@event("whistleblowing.reported", stream=WHISTLEBLOWING)
@dataclass(frozen=True, kw_only=True)
class WhistleblowingReported(Event):
    """Somebody has raised a concern under protection (CE 7.5)."""

    report_id: str


@event("whistleblowing.looked_into", stream=WHISTLEBLOWING)
@dataclass(frozen=True, kw_only=True)
class WhistleblowingLookedInto(Event):
    """The named person looks into it (CE 7.5)."""

    report_id: str


@event("whistleblowing.concluded", stream=WHISTLEBLOWING)
@dataclass(frozen=True, kw_only=True)
class WhistleblowingConcluded(Event):
    """It has been looked into. What was found stays in the record."""

    report_id: str


@event("whistleblowing.reporter.disclosed", stream=WHISTLEBLOWING)
@dataclass(frozen=True, kw_only=True)
class ReporterDisclosed(Event):
    """Who reported was disclosed, on a ground that ends anonymity (CE 7.5)."""

    report_id: str
    ground: Annotated[str, "a code of the council's policy: action of the police or before a court"]
