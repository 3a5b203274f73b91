"""Complaints, concerns, compliments and negative written feedback: one record, its steps and what each must have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal, cast

from services.referrals.errors import DutyOpen, StepNotPossible
from services.referrals.model.cases import Act, CaseRecord, next_status
from services.referrals.model.ombudsman import OmbudsmanCase
from shared.dates import add_months
from shared.events.complaints import (
    ComplaintAcknowledged,
    ComplaintAnswered,
    ComplaintClosed,
    ComplaintEscalated,
    ComplaintForwarded,
    ComplaintKind,
    ComplaintRecorded,
    ComplaintReviewed,
    NextAction,
)
from shared.messaging.aggregates import Decision
from shared.policy.keeping import start, stop
from shared.policy.running import OPEN, RunningClock

Status = Literal["received", "forwarded", "acknowledged", "responded", "closed"]
Table = Mapping[str, Mapping[str, str]]
Reporter = Literal["person", "family", "professional", "staff", "other"]
Subject = Literal["service", "worker", "partner"]

ANSWERED: Table = MappingProxyType(
    {
        "received": {"forward": "forwarded", "acknowledge": "acknowledged", "respond": "responded"},
        "forwarded": {"acknowledge": "acknowledged", "respond": "responded"},
        "acknowledged": {"forward": "acknowledged", "respond": "responded"},
        "responded": {"forward": "responded", "close": "closed"},
        "closed": {},
    }
)
"""What is answered before it is closed: complaints (2009 Regulations reg 14) and negative written feedback (CE 7.1(f))."""
NOTED: Table = MappingProxyType(
    {
        "received": {"forward": "forwarded", "acknowledge": "acknowledged", "respond": "responded", "close": "closed"},
        "forwarded": {"acknowledge": "acknowledged", "respond": "responded", "close": "closed"},
        "acknowledged": {"forward": "acknowledged", "respond": "responded", "close": "closed"},
        "responded": {"forward": "responded", "close": "closed"},
        "closed": {},
    }
)
"""What may be closed without an answer: concerns, which are passed on and discussed (CP 9.1.2), and compliments (CE 7.4)."""
STEPS: Mapping[ComplaintKind, Table] = MappingProxyType(
    {"complaint": ANSWERED, "negative-feedback": ANSWERED, "concern": NOTED, "compliment": NOTED}
)
TO_COUNCIL, ACKNOWLEDGEMENT = "complaint_to_council", "complaint_acknowledgement"
CLOCKS: Mapping[ComplaintKind, tuple[str, ...]] = MappingProxyType(
    {
        "complaint": (TO_COUNCIL, ACKNOWLEDGEMENT),
        "concern": (TO_COUNCIL,),
        "negative-feedback": (TO_COUNCIL,),
        "compliment": (),
    }
)
"""The duties that run from the receipt: to the council (CP 9.1.1), and the law's acknowledgement of a complaint."""


@dataclass(frozen=True, kw_only=True)
class Review:
    """A monitoring meeting at which the record was discussed (CP 9.1.2, CE 8.2)."""

    held_on: date
    by: str
    outcome: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer: what follows, and how it was given. Without a known party it was written by hand on `written_on`."""

    text: str
    next_action: NextAction | None = None
    written_on: date | None = None
    copied_to_council: bool = False


@dataclass(frozen=True, kw_only=True)
class Complaint(CaseRecord):
    """One complaint, concern, compliment or piece of negative written feedback.

    `text` is what was said, in the record alone. `reporter_id` is a party that can be written to. `late_reason` says why one
    that came past the law's limit is taken anyway.
    """

    kind: ComplaintKind
    status: Status = "received"
    text: str
    in_writing: bool = False
    reporter: Reporter
    reporter_id: str | None = None
    subject: Subject = "service"
    partner_id: str | None = None
    received_at: datetime
    happened_on: date | None = None
    learned_on: date | None = None
    late_reason: str | None = None
    acts: tuple[Act, ...] = ()
    answer: Answer | None = None
    reviews: tuple[Review, ...] = ()
    review_due_on: date | None = None
    ombudsman: OmbudsmanCase | None = None
    clocks: tuple[RunningClock, ...] = ()


def record(complaint: Complaint, clocks: Sequence[RunningClock]) -> Decision[Complaint]:
    """A new record; its duties run from the receipt."""
    told = ComplaintRecorded(
        complaint_id=complaint.record_id,
        kind=complaint.kind,
        person_id=complaint.person_id,
        reporter=complaint.reporter,
        in_writing=complaint.in_writing,
    )
    kept = start((), clocks)
    return Decision(state=replace(complaint, clocks=kept.clocks), events=[told, *kept.events])


def is_too_late(*, received_on: date, known_on: date, months: int) -> bool:
    """Whether a complaint came later than the limit after the matter, or after it was known (2009 Regulations reg 12)."""
    return received_on > add_months(known_on, months)


def forward(complaint: Complaint, act: Act) -> Decision[Complaint]:
    """Passed on to the council (CP 9.1.1); that duty's clock stops. Raises `StepNotPossible`."""
    if complaint.outside_contract:
        raise StepNotPossible("what a self-funder says is not passed on to the council (CE 1.4)")
    moved = _moved(complaint, act)
    kept = stop(moved.clocks, at=act.at, rules=("C10",))
    told = ComplaintForwarded(complaint_id=complaint.record_id, kind=complaint.kind)
    return Decision(state=replace(moved, clocks=kept.clocks), events=[told, *kept.events])


def acknowledge(complaint: Complaint, act: Act) -> Decision[Complaint]:
    """Acknowledged to whoever made it (2009 Regulations reg 13); the law's clock stops. Raises `StepNotPossible`."""
    moved = _moved(complaint, act)
    kept = stop(moved.clocks, at=act.at, rules=("S2",))
    told = ComplaintAcknowledged(
        complaint_id=complaint.record_id, kind=complaint.kind, reporter_id=complaint.reporter_id
    )
    return Decision(state=replace(moved, clocks=kept.clocks), events=[told, *kept.events])


def respond(complaint: Complaint, act: Act, answer: Answer) -> Decision[Complaint]:
    """Answered; whoever has an answer has an acknowledgement too. Raises `StepNotPossible`."""
    moved = _moved(complaint, act)
    kept = stop(moved.clocks, at=act.at, rules=("S2",))
    told = ComplaintAnswered(
        complaint_id=complaint.record_id,
        kind=complaint.kind,
        reporter_id=complaint.reporter_id if answer.written_on is None else None,
        next_action=answer.next_action,
        copied_to_council=answer.copied_to_council,
    )
    return Decision(state=replace(moved, answer=answer, clocks=kept.clocks), events=[told, *kept.events])


def close(complaint: Complaint, act: Act) -> Decision[Complaint]:
    """Closed, once nothing is owed any more. Raises `DutyOpen`, `StepNotPossible`."""
    moved = _moved(complaint, act)
    owed = [f"{clock.name} ({clock.clause})" for clock in complaint.clocks if clock.state in OPEN]
    if owed:
        raise DutyOpen(f"it cannot be closed while this is still owed: {', '.join(owed)}")
    told = ComplaintClosed(complaint_id=complaint.record_id, kind=complaint.kind)
    return Decision(state=replace(moved, review_due_on=None), events=[told])


def review(complaint: Complaint, held: Review, *, months: int | None) -> Decision[Complaint]:
    """Discussed at monitoring (CP 9.1.2); one about a partner comes back until it is closed (CE 8.2)."""
    again = months is not None and complaint.partner_id is not None and complaint.status != "closed"
    due_on = add_months(held.held_on, months or 0) if again else None
    told = ComplaintReviewed(complaint_id=complaint.record_id, held_on=held.held_on)
    return Decision(state=replace(complaint, reviews=(*complaint.reviews, held), review_due_on=due_on), events=[told])


def escalate(complaint: Complaint, act: Act) -> Decision[Complaint]:
    """A dispute about a partner goes to the commissioners (CE 8.2). Raises `StepNotPossible`."""
    if complaint.partner_id is None or complaint.outside_contract:
        raise StepNotPossible("only what is about a partner under the contract goes to the commissioners (CE 8.2)")
    _refuse_again(complaint, act)
    told = ComplaintEscalated(complaint_id=complaint.record_id, kind=complaint.kind)
    return Decision(state=replace(complaint, acts=(*complaint.acts, act)), events=[told])


def possible_steps(complaint: Complaint) -> list[str]:
    """The steps that its status allows now, without those that were taken."""
    taken = {act.step for act in complaint.acts} | ({"forward"} if complaint.outside_contract else set())
    return sorted(set(STEPS[complaint.kind][complaint.status]) - taken)


def _moved(complaint: Complaint, act: Act) -> Complaint:
    _refuse_again(complaint, act)
    status = next_status(STEPS[complaint.kind], complaint.status, act.step, complaint.kind)
    return replace(complaint, status=cast(Status, status), acts=(*complaint.acts, act))


def _refuse_again(complaint: Complaint, act: Act) -> None:
    if act.step in {done.step for done in complaint.acts}:
        possible = ", ".join(possible_steps(complaint)) or "none"
        raise StepNotPossible(f"{act.step} was done before; possible now: {possible}")
