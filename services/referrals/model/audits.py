"""Support of a person whose direct payment is audited: told before, helped with documents, followed to the end (CE 3.2 "Audit")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Literal, cast

from services.referrals.errors import StepNotPossible
from services.referrals.model.cases import Act, CaseRecord, next_status
from shared.dates import london_day
from shared.events.calendar import AuditAnnounced, AuditBegun, AuditFinished
from shared.messaging.aggregates import Decision

Status = Literal["planned", "told", "begun", "finished"]
STEPS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "planned": {"tell": "told"},
        "told": {"prepare": "told", "begin": "begun"},
        "begun": {"prepare": "begun", "finish": "finished"},
        "finished": {},
    }
)
"""An audit does not begin before the person was told of it."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document that the audit asks for."""

    document_id: str
    name: str
    given_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class AuditSupport(CaseRecord):
    """One person's audit. `told_in_time` says whether they were told before it starts, with the policy's notice if it sets one."""

    starts_on: date
    status: Status = "planned"
    told_at: datetime | None = None
    told_in_time: bool | None = None
    documents: tuple[Document, ...] = ()
    acts: tuple[Act, ...] = ()

    @property
    def missing(self) -> list[str]:
        """The names of documents that are still to be given."""
        return [document.name for document in self.documents if document.given_on is None]


def tell(audit: AuditSupport, act: Act, *, notice_days: int | None) -> Decision[AuditSupport]:
    """The person is told that the audit comes. Raises `StepNotPossible`."""
    latest = audit.starts_on - timedelta(days=1 if notice_days is None else max(notice_days, 1))
    told = replace(_moved(audit, act), told_at=act.at, told_in_time=london_day(act.at) <= latest)
    event = AuditAnnounced(audit_id=audit.record_id, person_id=audit.person_id or "", starts_on=audit.starts_on)
    return Decision(state=told, events=[event])


def prepare(audit: AuditSupport, act: Act) -> Decision[AuditSupport]:
    """Worries were talked through, or help was given. Raises `StepNotPossible`."""
    return Decision(state=_moved(audit, act))


def ask_for(audit: AuditSupport, document: Document) -> Decision[AuditSupport]:
    """The audit asks for a document. Raises `StepNotPossible` once it is over."""
    if audit.status == "finished":
        raise StepNotPossible("the audit is over; possible now: none")
    return Decision(state=replace(audit, documents=(*audit.documents, document)))


def give(audit: AuditSupport, document_id: str, *, on: date) -> Decision[AuditSupport]:
    """A document was given. Raises `StepNotPossible` for one that is not asked for, or was given before."""
    if document_id not in {d.document_id for d in audit.documents if d.given_on is None}:
        raise StepNotPossible(f"no document {document_id} is waited for")
    documents = tuple(replace(d, given_on=on) if d.document_id == document_id else d for d in audit.documents)
    return Decision(state=replace(audit, documents=documents))


def begin(audit: AuditSupport, act: Act) -> Decision[AuditSupport]:
    """The audit begins. Raises `StepNotPossible` before the person was told."""
    told = AuditBegun(audit_id=audit.record_id, person_id=audit.person_id or "")
    return Decision(state=_moved(audit, act), events=[told])


def finish(audit: AuditSupport, act: Act) -> Decision[AuditSupport]:
    """The audit is over. Raises `StepNotPossible`."""
    told = AuditFinished(audit_id=audit.record_id, person_id=audit.person_id or "")
    return Decision(state=_moved(audit, act), events=[told])


def _moved(audit: AuditSupport, act: Act) -> AuditSupport:
    status = cast(Status, next_status(STEPS, audit.status, act.step, "audit"))
    return replace(audit, status=status, acts=(*audit.acts, act))
