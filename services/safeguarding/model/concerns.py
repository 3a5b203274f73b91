"""A concern from raising to conclusion, with the alert kept inside it (CE 7.9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from services.safeguarding.errors import AlertInHand, StepNotPossible
from shared.context import Caller
from shared.errors import NotFound, invalid
from shared.events.language import Event
from shared.events.safeguarding import (
    AlertAcknowledged,
    AlertEscalated,
    AlertRaised,
    ConcernConcluded,
    ConcernRaised,
    ConcernTriaged,
    Section42Decided,
)
from shared.messaging.aggregates import Decision
from shared.messaging.publishing.outbox import About

Priority = Literal["urgent", "normal"]
State = Literal["raised", "triaged", "enquiry", "no_enquiry", "concluded", "not_safeguarding"]
Step = Literal["triage", "decide_section_42", "conclude"]
Section42 = Literal["council-enquires", "provider-caused-to-enquire", "no-enquiry"]

STEPS: Mapping[State, Sequence[Step]] = {
    "raised": ("triage",),
    "triaged": ("decide_section_42",),
    "enquiry": ("decide_section_42", "conclude"),
    "no_enquiry": ("decide_section_42", "conclude"),
    "concluded": (),
    "not_safeguarding": (),
}
"""Which steps each state allows: the nominated person triages, the council decides and concludes (CE 7.9)."""

RESTRICTED_KINDS = frozenset({"personal_assistant", "provider", "staff"})
"""Parties who work with people and so are suspended until the concern is resolved (CE 7.9)."""


@dataclass(frozen=True, kw_only=True)
class Alleged:
    """Who is alleged to be responsible; `party_id` is absent when the platform doesn't know them."""

    kind: str
    party_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Consent:
    """Whether the person was asked, why not if not, and what they wish (CE 7.9)."""

    sought: bool
    not_sought_reason: str | None = None
    wishes: str | None = None


@dataclass(frozen=True, kw_only=True)
class Alert:
    """The message to the safeguarding team; open until a named member has it in hand."""

    alert_id: str
    priority: Priority
    raised_at: datetime
    due_at: datetime
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    escalated_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.acknowledged_by is None


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What someone decided, why, and when."""

    decision: str
    reason: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """How the concern ended, and whether those alleged may work again."""

    outcome: str
    restriction_lifted: bool
    concluded_by: str
    concluded_at: datetime


@dataclass(frozen=True, kw_only=True)
class Concern:
    """A concern as it stands. `description` and `consent` are told to safeguarding roles only and are in no event."""

    concern_id: str
    person_id: str
    categories: tuple[str, ...]
    description: str
    alleged: Alleged | None = None
    consent: Consent
    raised_by: str
    raised_at: datetime
    alert: Alert
    state: State = "raised"
    triage: Judgement | None = None
    section_42: tuple[Judgement, ...] = ()
    conclusion: Conclusion | None = None


def check_consent(consent: Consent) -> None:
    """Consent may be left out only with the reason why asking would raise the risk (CE 7.9). Raises `Invalid`."""
    if not consent.sought and not consent.not_sought_reason:
        message = "say why consent was not sought: it may be left out only where asking raises the risk (CE 7.9)"
        raise invalid("consent_not_sought_reason", "required", message)


def check_alleged(kind: str | None, party_id: str | None) -> None:
    """An id alone says nothing about what must be stopped. Raises `Invalid`."""
    if party_id is not None and kind is None:
        raise invalid("alleged_kind", "required", "say what the party alleged to be responsible is")


def new_alert(alert_id: str, *, priority: Priority, raised_at: datetime, minutes: int | None) -> Alert:
    """An open alert. Where the council's policy gives no time for acknowledging it, it is overdue at once: a gap in
    policy must be seen by people, and must never hold back a concern."""
    return Alert(
        alert_id=alert_id,
        priority=priority,
        raised_at=raised_at,
        due_at=raised_at + timedelta(minutes=minutes or 0),
    )


def raise_concern(concern: Concern) -> Decision[Concern]:
    """A new concern; its alert goes out with it (CE 7.9)."""
    alert = concern.alert
    raised = ConcernRaised(
        concern_id=concern.concern_id,
        person_id=concern.person_id,
        categories=concern.categories,
        alert_id=alert.alert_id,
        priority=alert.priority,
        alert_raised_at=alert.raised_at,
        **_alleged_fields(concern),
    )
    told = AlertRaised(
        alert_id=alert.alert_id, concern_id=concern.concern_id, raised_at=alert.raised_at, priority=alert.priority
    )
    return Decision(state=concern, events=[raised, About(subject=alert.alert_id, event=told)])


def triage(concern: Concern, *, procedures_apply: bool, reason: str, by: str, at: datetime) -> Decision[Concern]:
    """Whether safeguarding procedures apply (CE 7.9); whoever triages has the alert in hand.

    Raises `StepNotPossible`.
    """
    _check_step(concern, "triage")
    alert, taken = _taken_in_hand(concern, by=by, at=at)
    judgement = Judgement(
        decision="procedures-apply" if procedures_apply else "procedures-do-not-apply",
        reason=reason,
        decided_by=by,
        decided_at=at,
    )
    told = ConcernTriaged(concern_id=concern.concern_id, procedures_apply=procedures_apply, **_alleged_fields(concern))
    state: State = "triaged" if procedures_apply else "not_safeguarding"
    return Decision(state=replace(concern, state=state, triage=judgement, alert=alert), events=[*taken, told])


def decide_section_42(
    concern: Concern, *, decision: Section42, reason: str, by: str, at: datetime
) -> Decision[Concern]:
    """The council enquires, causes the provider to, or neither (CE 7.9); it may decide anew.

    Raises `StepNotPossible`.
    """
    _check_step(concern, "decide_section_42")
    judgement = Judgement(decision=decision, reason=reason, decided_by=by, decided_at=at)
    state: State = "no_enquiry" if decision == "no-enquiry" else "enquiry"
    told = Section42Decided(concern_id=concern.concern_id, decision=decision)
    return Decision(state=replace(concern, state=state, section_42=(*concern.section_42, judgement)), events=[told])


def conclude(concern: Concern, *, outcome: str, restriction_lifted: bool, by: str, at: datetime) -> Decision[Concern]:
    """Ends the concern (CE 7.9). One that kept its restriction is concluded once more to lift it.

    Raises `StepNotPossible`.
    """
    if not (concern.state == "concluded" and _keeps_restriction(concern) and restriction_lifted):
        _check_step(concern, "conclude")
    conclusion = Conclusion(outcome=outcome, restriction_lifted=restriction_lifted, concluded_by=by, concluded_at=at)
    told = ConcernConcluded(
        concern_id=concern.concern_id,
        outcome=outcome,
        restriction_lifted=restriction_lifted,
        **_alleged_fields(concern),
    )
    return Decision(state=replace(concern, state="concluded", conclusion=conclusion), events=[told])


def acknowledge(concern: Concern, *, by: str, at: datetime) -> Decision[Concern]:
    """A named member of the team takes the alert in hand; asking again changes nothing. Raises `AlertInHand`."""
    if not concern.alert.open and concern.alert.acknowledged_by != by:
        raise AlertInHand(f"{concern.alert.acknowledged_by} has this alert in hand")
    alert, told = _taken_in_hand(concern, by=by, at=at)
    return Decision(state=replace(concern, alert=alert), events=told)


def escalate(concern: Concern, *, at: datetime) -> Decision[Concern]:
    """Marks an alert that nobody acknowledged in time, once."""
    alert = concern.alert
    if not alert.open or alert.escalated_at is not None or at < alert.due_at:
        return Decision(state=concern)
    told = AlertEscalated(
        concern_id=concern.concern_id, alert_id=alert.alert_id, priority=alert.priority, due_at=alert.due_at
    )
    return Decision(state=replace(concern, alert=replace(alert, escalated_at=at)), events=[told])


def possible_steps(concern: Concern) -> list[str]:
    """The steps that the concern's state allows now."""
    if concern.state == "concluded" and _keeps_restriction(concern):
        return ["conclude"]
    return list(STEPS[concern.state])


def is_about(concern: Concern, caller: Caller) -> bool:
    """Whether the caller, or their organisation, is alleged to be responsible."""
    if concern.alleged is None or concern.alleged.party_id is None:
        return False
    return concern.alleged.party_id in (caller.actor_id, caller.organisation_id)


def check_conflict_of_interest(concern: Concern, caller: Caller | None) -> None:
    """Those a concern is about never learn of it. Raises `NotFound`, in the words of a record that isn't there."""
    if caller is not None and is_about(concern, caller):
        raise NotFound(f"there is no concern {concern.concern_id}")


def _taken_in_hand(concern: Concern, *, by: str, at: datetime) -> tuple[Alert, list[Event]]:
    alert = concern.alert
    if not alert.open:
        return alert, []
    told = AlertAcknowledged(concern_id=concern.concern_id, alert_id=alert.alert_id, acknowledged_by=by)
    return replace(alert, acknowledged_by=by, acknowledged_at=at), [told]


def _check_step(concern: Concern, step: Step) -> None:
    if step not in STEPS[concern.state]:
        possible = ", ".join(possible_steps(concern)) or "none"
        raise StepNotPossible(f"a concern that is {concern.state} cannot {step}; possible now: {possible}")


def _keeps_restriction(concern: Concern) -> bool:
    ended, alleged = concern.conclusion, concern.alleged
    kept = ended is not None and not ended.restriction_lifted
    return kept and alleged is not None and alleged.party_id is not None and alleged.kind in RESTRICTED_KINDS


def _alleged_fields(concern: Concern) -> dict[str, Any]:
    alleged = concern.alleged
    return {"alleged_kind": alleged.kind, "alleged_id": alleged.party_id} if alleged else {}
