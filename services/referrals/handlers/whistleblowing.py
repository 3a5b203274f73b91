"""Taking a report under protection, looking into it, and the one way in which who made it is disclosed (CE 7.5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from services.referrals.handlers.cases import CaseDesk, act
from services.referrals.model import whistleblowing as model
from services.referrals.model.cases import Act
from services.referrals.model.whistleblowing import (
    PROTECTED,
    Disclosure,
    ProtectedReporter,
    WhistleblowingReport,
    is_lead,
)
from shared.context import Caller
from shared.errors import NotFound, invalid
from shared.ids import fresh_id
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause


@dataclass(frozen=True, kw_only=True)
class NewReport:
    """What is reported, and who does, if they want to say."""

    council_id: str
    text: str
    reporter_name: str | None = None
    reporter_contact: str | None = None


@dataclass(frozen=True, kw_only=True)
class NotedReport:
    """A step with what was done or found."""

    id: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class NewDisclosure:
    """On which ground, and under which reference of police or court, who reported is disclosed."""

    id: str
    ground: str
    reference: str


def report_whistleblowing(given: NewReport, *, desk: CaseDesk, cause: Cause) -> Stored[WhistleblowingReport]:
    """Takes a report. Nothing that is written or told of it says who the caller was; the reporter is kept apart.

    Raises `Invalid`, and `NotFound` for a council that nobody knows.
    """
    if not given.text.strip():
        raise invalid("text", "required", "say what you have seen or been told")
    now = desk.clock.now()
    desk.rules.version(given.council_id, now)
    cause = protected(cause)
    report_id = cause.new_id("whi")
    if given.reporter_name:
        reporter = ProtectedReporter(
            report_id=report_id, name=given.reporter_name, contact=given.reporter_contact or ""
        )
        kept = Decision(state=reporter)
        desk.reporters.create(_reporter_id(report_id), kept, council_id=given.council_id, cause=cause)
    report = WhistleblowingReport(
        report_id=report_id, text=given.text, has_reporter=bool(given.reporter_name), received_at=now
    )
    return desk.reports.create(report_id, model.report(report), council_id=given.council_id, cause=cause)


def look_into_whistleblowing(given: NotedReport, *, desk: CaseDesk, cause: Cause) -> Stored[WhistleblowingReport]:
    """The named person looks into it."""
    seen_report(given.id, desk=desk, caller=cause.caller)
    decide = partial(model.look_into, act=act("look_into", note=given.note, desk=desk, cause=cause))
    return desk.reports.change(given.id, decide, cause=cause)


def conclude_whistleblowing(given: NotedReport, *, desk: CaseDesk, cause: Cause) -> Stored[WhistleblowingReport]:
    """It has been looked into."""
    seen_report(given.id, desk=desk, caller=cause.caller)
    decide = partial(model.conclude, act=act("conclude", note=given.note, desk=desk, cause=cause))
    return desk.reports.change(given.id, decide, cause=cause)


def read_reporter(given: NotedReport, *, desk: CaseDesk, cause: Cause) -> Stored[ProtectedReporter]:
    """Who reported, for the named person alone; that it was read, and why, is kept. Raises `NotFound`, `Invalid`."""
    seen_report(given.id, desk=desk, caller=cause.caller)
    if not given.note.strip():
        raise invalid("note", "required", "say why you need to know who reported")
    return _read(given.id, act("read", note=given.note, desk=desk, cause=cause), desk=desk, cause=cause)


def disclose_reporter(given: NewDisclosure, *, desk: CaseDesk, cause: Cause) -> Stored[ProtectedReporter]:
    """Who reported, for police or court; the ground is written before the name is given (CE 7.5).

    Raises `NotFound`, `Invalid` for any other ground, and `PolicyIncomplete` where the council's contract knows none.
    """
    stored = seen_report(given.id, desk=desk, caller=cause.caller)
    now = desk.clock.now()
    desk.rules.check_code(stored.council_id, "whistleblower_named_only_for", given.ground, now, field="ground")
    if not given.reference.strip():
        raise invalid("reference", "required", "give the reference of the police or the court")
    desk.reporters.get(_reporter_id(given.id), caller=cause.caller)
    disclosure = Disclosure(ground=given.ground, reference=given.reference, at=now, by=cause.actor_id)
    desk.reports.change(given.id, partial(model.disclose, disclosure=disclosure), cause=cause)
    reading = act("disclose", note=f"{given.ground}: {given.reference}", desk=desk, cause=cause)
    return _read(given.id, reading, desk=desk, cause=cause)


def seen_report(report_id: str, *, desk: CaseDesk, caller: Caller | None) -> Stored[WhistleblowingReport]:
    """A report, for the named person. Raises `NotFound` for everyone else."""
    missing = f"there is no report {report_id}"
    if not is_lead(caller):
        raise NotFound(missing)
    return desk.reports.get(report_id, caller=caller)


def protected(cause: Cause) -> Cause:
    """The same cause without who is behind it, in a story of its own, so that no log or trace leads back to them."""
    story = fresh_id("cor")
    return replace(cause, actor_id=PROTECTED, correlation_id=story, causation_id=story, traceparent="", caller=None)


def _read(report_id: str, reading: Act, *, desk: CaseDesk, cause: Cause) -> Stored[ProtectedReporter]:
    def decide(reporter: ProtectedReporter) -> Decision[ProtectedReporter]:
        return Decision(state=replace(reporter, readings=(*reporter.readings, reading)))

    return desk.reporters.change(_reporter_id(report_id), decide, cause=cause)


def _reporter_id(report_id: str) -> str:
    return f"wbr-{report_id.removeprefix('whi-')}"
