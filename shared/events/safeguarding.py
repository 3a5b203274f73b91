"""What safeguarding tells.

Concern streams stay on `safeguarding.events` (safeguarding itself and notifications only); what others must act on is a
stream of its own without any cause; alerts go to the council's safeguarding team.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from shared.events.language import Event, Stream, event

CONCERN = Stream(name="concern", owner="safeguarding", about="a safeguarding concern and what was decided (CE 7.9)")
RESTRICTION = Stream(
    name="restriction",
    owner="safeguarding",
    exchange="safeguarding.restrictions",
    about="who may not be listed or paid, from when, never why",
)
ALERT = Stream(
    name="alert",
    owner="safeguarding",
    exchange="ext.safeguarding",
    about="alerts to a council's safeguarding team",
    outside=True,
)


@event("concern.raised", stream=CONCERN)
@dataclass(frozen=True, kw_only=True)
class ConcernRaised(Event):
    """Someone raised a concern (CE 7.9)."""

    concern_id: str
    person_id: str
    categories: tuple[str, ...]
    alleged_kind: Annotated[str | None, "what the person alleged to be responsible is, e.g. personal_assistant"] = None
    alleged_id: str | None = None
    alert_id: Annotated[str | None, "the alert raised with it"] = None
    priority: Literal["urgent", "normal"] = "normal"
    alert_raised_at: Annotated[datetime | None, "when that alert was raised"] = None


@event("concern.triaged", stream=CONCERN)
@dataclass(frozen=True, kw_only=True)
class ConcernTriaged(Event):
    """It was decided whether safeguarding procedures apply (CE 7.9)."""

    concern_id: str
    procedures_apply: bool
    alleged_kind: str | None = None
    alleged_id: str | None = None


@event("concern.s42.decided", stream=CONCERN)
@dataclass(frozen=True, kw_only=True)
class Section42Decided(Event):
    """The council decided on a section 42 enquiry: its own, caused, or none (CE 7.9)."""

    concern_id: str
    decision: Literal["council-enquires", "provider-caused-to-enquire", "no-enquiry"]


@event("concern.concluded", stream=CONCERN)
@dataclass(frozen=True, kw_only=True)
class ConcernConcluded(Event):
    """The concern was concluded; `restriction_lifted` says whether those alleged may work again (CE 7.9)."""

    concern_id: str
    outcome: str
    alleged_kind: str | None = None
    alleged_id: str | None = None
    restriction_lifted: bool = False


@event("alert.acknowledged", stream=CONCERN)
@dataclass(frozen=True, kw_only=True)
class AlertAcknowledged(Event):
    """A member of the safeguarding team has the alert in hand."""

    concern_id: str
    alert_id: str
    acknowledged_by: str


@event("alert.escalated", stream=CONCERN)
@dataclass(frozen=True, kw_only=True)
class AlertEscalated(Event):
    """Nobody acknowledged the alert within the council's time for it; told once."""

    concern_id: str
    alert_id: str
    priority: Literal["urgent", "normal"]
    due_at: Annotated[datetime, "until when it should have been acknowledged"]


@event("alert.raised", stream=ALERT)
@dataclass(frozen=True, kw_only=True)
class AlertRaised(Event):
    """A concern needs the safeguarding team now (CE 7.9); ids only: the record is read by those allowed."""

    alert_id: str
    concern_id: str
    raised_at: datetime
    priority: Literal["urgent", "normal"]


@event("restriction.imposed", stream=RESTRICTION)
@dataclass(frozen=True, kw_only=True)
class RestrictionImposed(Event):
    """From now on this party is not listed and not paid. Never why (CE 7.9: suspended until resolved)."""

    party_id: str
    kind: Literal["personal_assistant", "provider", "staff"]
    from_at: datetime


@event("restriction.lifted", stream=RESTRICTION)
@dataclass(frozen=True, kw_only=True)
class RestrictionLifted(Event):
    """The party may be listed and paid again."""

    party_id: str
    kind: Literal["personal_assistant", "provider", "staff"]
    from_at: datetime
