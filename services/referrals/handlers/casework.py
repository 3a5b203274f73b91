"""Messages, visits, onward referrals and problems with resources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from services.referrals.handlers.cases import CaseDesk, about, act, begun, change_case, past_or_now
from services.referrals.model import messages, onward, visits
from services.referrals.model.messages import Channel, Message
from services.referrals.model.onward import OnwardReferral, Outcome, ResourceProblem
from services.referrals.model.visits import Pathway, Visit
from shared.errors import invalid
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause

HOME_VISIT, JOINT_VISIT = "home-visit", "joint-visit"


@dataclass(frozen=True, kw_only=True)
class Noted:
    """A step, with a note for those who read the record."""

    id: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Named:
    """Whom a new record is about."""

    council_id: str | None = None
    person_id: str | None = None
    referral_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewMessage(Named):
    """A message that somebody left."""

    channel: Channel
    text: str
    left_by: str = ""
    left_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class NewVisit(Named):
    """A visit that is planned."""

    kind: str
    off_premises: bool
    worker_id: str
    starts_at: datetime
    ends_at: datetime
    place: str = ""
    joint_with_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewPathway:
    """What was agreed on safeguarding and lone working, and who looks for the worker."""

    id: str
    safeguarding: str
    lone_working: str
    contact_id: str


@dataclass(frozen=True, kw_only=True)
class NewOnward(Named):
    """Where a person is referred on to, and why."""

    kind: str
    to: str
    reason: str
    consented: bool
    without_consent_because: str | None = None


@dataclass(frozen=True, kw_only=True)
class OnwardOutcome:
    """What became of an onward referral."""

    id: str
    outcome: Outcome
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class NewProblem(Named):
    """A resource that could not be had."""

    kind: str
    happened_at: datetime
    text: str
    names: tuple[str, ...] = ()


def record_message(given: NewMessage, *, desk: CaseDesk, cause: Cause) -> Stored[Message]:
    """A message, answered within the council's time from when it was left (CE 3.2 "Telephone and Email")."""
    _needs(text=given.text)
    left_at = past_or_now(given.left_at, "left_at", desk=desk)
    council_id, begin = _begin(given, "msg", desk, cause)
    message = Message(
        **begin | {"shown_to_id": None},
        channel=given.channel,
        left_at=left_at,
        left_by=given.left_by,
        text=given.text,
    )
    names = () if message.outside_contract else (messages.REPLY,)
    clocks = desk.rules.clocks(council_id, names, record_id=message.record_id, started_at=left_at)
    decision = messages.leave(message, clocks)
    return desk.messages.create(message.record_id, decision, council_id=council_id, cause=cause)


def attempt_message(given: Noted, *, desk: CaseDesk, cause: Cause) -> Stored[Message]:
    """Somebody tried to answer and did not get through."""
    decide = partial(messages.attempt, act=act("attempt", note=given.note, desk=desk, cause=cause))
    return change_case(given.id, decide, records=desk.messages, cause=cause)


def answer_message(given: Noted, *, desk: CaseDesk, cause: Cause) -> Stored[Message]:
    """The message is answered."""
    decide = partial(messages.answer, act=act("answer", note=given.note, desk=desk, cause=cause))
    return change_case(given.id, decide, records=desk.messages, cause=cause)


def plan_visit(given: NewVisit, *, desk: CaseDesk, cause: Cause) -> Stored[Visit]:
    """A visit or meeting (CE 4.3). A joint visit names who comes along; a home visit is off premises."""
    if given.ends_at <= given.starts_at:
        raise invalid("ends_at", "order", "a visit ends after it begins")
    if given.kind == HOME_VISIT and not given.off_premises:
        raise invalid("off_premises", "home-visit", "a visit at home is off premises")
    if given.kind == JOINT_VISIT and given.joint_with_id is None:
        raise invalid("joint_with_id", "required", "name the social worker or assessor who comes along (CE 4.3)")
    council_id, begin = _begin(given, "vis", desk, cause)
    known = desk.rules.codes_if_set(council_id, "referral_activities", desk.clock.now())
    if known is not None and given.kind not in known:
        raise invalid("kind", "policy", f"it is not in the council's policy; known: {', '.join(known)}")
    visit = Visit(
        **begin,
        kind=given.kind,
        off_premises=given.off_premises,
        worker_id=given.worker_id,
        joint_with_id=given.joint_with_id,
        place=given.place,
        starts_at=given.starts_at,
        ends_at=given.ends_at,
    )
    return desk.visits.create(visit.record_id, visits.plan(visit), council_id=council_id, cause=cause)


def record_pathway(given: NewPathway, *, desk: CaseDesk, cause: Cause) -> Stored[Visit]:
    """What was agreed before a visit off premises (CE 3.3, 7.7)."""
    _needs(safeguarding=given.safeguarding, lone_working=given.lone_working)
    pathway = Pathway(
        safeguarding=given.safeguarding,
        lone_working=given.lone_working,
        contact_id=given.contact_id,
        recorded_by=cause.actor_id,
        recorded_at=desk.clock.now(),
    )
    return change_case(given.id, partial(visits.record_pathway, pathway=pathway), records=desk.visits, cause=cause)


def confirm_visit(given: Noted, *, desk: CaseDesk, cause: Cause) -> Stored[Visit]:
    """Confirms it; from its end on the worker is waited for as long as the council's policy says (CE 7.7)."""
    council_id = desk.visits.get(given.id, caller=cause.caller).council_id
    minutes = desk.rules.number(council_id, "lone_working_grace_minutes", desk.clock.now()) or 0
    done = act("confirm", note=given.note, desk=desk, cause=cause)
    decide = partial(visits.confirm, act=done, grace=timedelta(minutes=minutes))
    return change_case(given.id, decide, records=desk.visits, cause=cause)


def cancel_visit(given: Noted, *, desk: CaseDesk, cause: Cause) -> Stored[Visit]:
    """The visit does not take place."""
    decide = partial(visits.cancel, act=act("cancel", note=given.note, desk=desk, cause=cause))
    return change_case(given.id, decide, records=desk.visits, cause=cause)


def return_from_visit(given: Noted, *, desk: CaseDesk, cause: Cause) -> Stored[Visit]:
    """The worker is back, or was heard of."""
    decide = partial(visits.come_back, act=act("return", note=given.note, desk=desk, cause=cause))
    return change_case(given.id, decide, records=desk.visits, cause=cause)


def raise_alarm(visit_id: str, *, desk: CaseDesk, cause: Cause) -> None:
    """A worker who is not back is looked for. A repeat finds nothing left to do."""
    desk.visits.change(visit_id, partial(visits.raise_alarm, at=desk.clock.now()), cause=cause)


def refer_onward(given: NewOnward, *, desk: CaseDesk, cause: Cause) -> Stored[OnwardReferral]:
    """Refers a person on, with their consent or with why not (CP 2.12, 2.14, 6.9; CE 3.2)."""
    _needs(to=given.to, reason=given.reason)
    if not given.consented and not (given.without_consent_because or "").strip():
        raise invalid("without_consent_because", "required", "say why it is done without the person's consent")
    council_id, begin = _begin(given, "onw", desk, cause)
    if begin["person_id"] is None:
        raise invalid("person_id", "required", "name the person, or their referral")
    desk.rules.check_code(council_id, "onward_referral_kinds", given.kind, desk.clock.now(), field="kind")
    made = OnwardReferral(
        **begin,
        kind=given.kind,
        to=given.to,
        reason=given.reason,
        consented=given.consented,
        without_consent_because=given.without_consent_because,
    )
    return desk.onward.create(made.record_id, onward.refer_on(made), council_id=council_id, cause=cause)


def record_onward_outcome(given: OnwardOutcome, *, desk: CaseDesk, cause: Cause) -> Stored[OnwardReferral]:
    """What became of an onward referral."""
    done = act(given.outcome, note=given.note, desk=desk, cause=cause)
    decide = partial(onward.end_onward, outcome=given.outcome, act=done)
    return change_case(given.id, decide, records=desk.onward, cause=cause)


def log_resource_problem(given: NewProblem, *, desk: CaseDesk, cause: Cause) -> Stored[ResourceProblem]:
    """Logs that a resource could not be had, with day, time and the names the council's policy asks for (CP 6.8)."""
    _needs(text=given.text)
    past_or_now(given.happened_at, "happened_at", desk=desk)
    council_id, begin = _begin(given, "rsp", desk, cause)
    now = desk.clock.now()
    desk.rules.check_code(council_id, "resource_problem_kinds", given.kind, now, field="kind")
    wanted = desk.rules.codes(council_id, "resource_problem_fields", now, key="field")
    names = tuple(name.strip() for name in given.names if name.strip())
    if "names" in wanted and not names:
        raise invalid("names", "required", "name those who were spoken to (CP 6.8)")
    problem = ResourceProblem(
        **begin | {"shown_to_id": None},
        kind=given.kind,
        happened_at=given.happened_at,
        names=names,
        text=given.text,
    )
    return desk.problems.create(problem.record_id, onward.log_problem(problem), council_id=council_id, cause=cause)


def share_resource_problem(given: Noted, *, desk: CaseDesk, cause: Cause) -> Stored[ResourceProblem]:
    """Shares it with the health or social care representative (CP 6.8)."""
    decide = partial(onward.share_problem, act=act("share", note=given.note, desk=desk, cause=cause))
    return change_case(given.id, decide, records=desk.problems, cause=cause)


def resolve_resource_problem(given: Noted, *, desk: CaseDesk, cause: Cause) -> Stored[ResourceProblem]:
    """The resource was had, or something instead."""
    decide = partial(onward.resolve_problem, act=act("resolve", note=given.note, desk=desk, cause=cause))
    return change_case(given.id, decide, records=desk.problems, cause=cause)


def _begin(given: Named, prefix: str, desk: CaseDesk, cause: Cause) -> tuple[str, dict[str, Any]]:
    """The council of a new record, and what every record holds."""
    known = about(
        council_id=given.council_id, person_id=given.person_id, referral_id=given.referral_id, desk=desk, cause=cause
    )
    return known.council_id, begun(known, cause.new_id(prefix), desk=desk, cause=cause)


def _needs(**texts: str) -> None:
    """Raises `Invalid` for a text that says nothing."""
    for field, text in texts.items():
        if not text.strip():
            raise invalid(field, "required", "say something here")
