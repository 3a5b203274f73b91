"""Referring a person on, and problems getting what they need (CP 2.12, 2.14, 6.8, 6.9; CE 3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal, cast

from services.referrals.errors import StepNotPossible
from services.referrals.model.cases import Act, CaseRecord, next_status
from shared.events.casework import (
    OnwardReferralEnded,
    OnwardReferralMade,
    ResourceProblemLogged,
    ResourceProblemResolved,
    ResourceProblemShared,
)
from shared.messaging.aggregates import Decision

Outcome = Literal["taken-up", "declined", "not-reached"]
ProblemStatus = Literal["logged", "shared", "resolved"]
PROBLEM_STEPS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"logged": {"share": "shared", "resolve": "resolved"}, "shared": {"resolve": "resolved"}, "resolved": {}}
)


@dataclass(frozen=True, kw_only=True)
class OnwardReferral(CaseRecord):
    """A person is referred on. Where to and why are in the record alone; without consent it says why not."""

    kind: str
    to: str
    reason: str
    consented: bool
    without_consent_because: str | None = None
    outcome: Outcome | None = None
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ResourceProblem(CaseRecord):
    """A resource that could not be had: day and time, who was spoken to, and what happened (CP 6.8)."""

    kind: str
    happened_at: datetime
    names: tuple[str, ...]
    text: str
    status: ProblemStatus = "logged"
    acts: tuple[Act, ...] = ()


def refer_on(onward: OnwardReferral) -> Decision[OnwardReferral]:
    """A new onward referral."""
    told = OnwardReferralMade(onward_id=onward.record_id, person_id=onward.person_id or "", kind=onward.kind)
    return Decision(state=onward, events=[told])


def end_onward(onward: OnwardReferral, outcome: Outcome, act: Act) -> Decision[OnwardReferral]:
    """What became of it. Raises `StepNotPossible` if that is known already."""
    if onward.outcome is not None:
        raise StepNotPossible(f"the onward referral has ended: {onward.outcome}; possible now: none")
    told = OnwardReferralEnded(onward_id=onward.record_id, outcome=outcome)
    return Decision(state=replace(onward, outcome=outcome, acts=(*onward.acts, act)), events=[told])


def log_problem(problem: ResourceProblem) -> Decision[ResourceProblem]:
    """A new entry of the log."""
    told = ResourceProblemLogged(problem_id=problem.record_id, kind=problem.kind)
    return Decision(state=problem, events=[told])


def share_problem(problem: ResourceProblem, act: Act) -> Decision[ResourceProblem]:
    """Shared with the health or social care representative (CP 6.8). Raises `StepNotPossible`."""
    told = ResourceProblemShared(problem_id=problem.record_id, kind=problem.kind)
    return Decision(state=_moved(problem, act), events=[told])


def resolve_problem(problem: ResourceProblem, act: Act) -> Decision[ResourceProblem]:
    """The resource was had, or something instead. Raises `StepNotPossible`."""
    return Decision(state=_moved(problem, act), events=[ResourceProblemResolved(problem_id=problem.record_id)])


def _moved(problem: ResourceProblem, act: Act) -> ResourceProblem:
    status = cast(ProblemStatus, next_status(PROBLEM_STEPS, problem.status, act.step, "resource problem"))
    return replace(problem, status=status, acts=(*problem.acts, act))
