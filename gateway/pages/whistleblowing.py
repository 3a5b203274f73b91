"""Reporting something under protection, and what the named person does with a report (CE 7.5)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from gateway.pages.casework import step as of_record
from gateway.pages.casework_forms import note_form
from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form
from gateway.pages.options import codes
from gateway.pages.records import Family, Shown, about_whom, register_families, yes_no
from gateway.pages.steps import Record, Step, Steps, in_status
from gateway.pages.words import london
from gateway.schemas import whistleblowing as shapes

PLACE = "/report-under-protection"
whistleblowing_pages = Blueprint("whistleblowing_pages", __name__)

REPORT = Form(
    title="Report something under protection",
    button="Send the report",
    shape=shapes.NewReport,
    intro=(
        "If something is wrong in the service, you can say so here. You are not asked who you are.",
        "If you are signed in, your name does not go along.",
        "One named person, who is independent, reads it and looks into it (CE 7.5).",
    ),
    fields=(
        *about_whom(person=False),
        Field(
            name="text",
            label="What have you seen or been told?",
            kind="area",
            hint="What happened, where and when. Leave out what shows who you are, unless you want it to be known",
            ask="Write what you have seen or been told.",
        ),
    ),
)
READ_REPORTER = Form(
    title="Read who reported",
    button="Show who reported",
    shape=shapes.Reading,
    intro=("That you read it, and why, is kept.",),
    fields=(Field(name="note", label="Why do you need to know?", kind="area", ask="Say why you need to know."),),
)
DISCLOSE = Form(
    title="Disclose who reported",
    button="Disclose it",
    warning=True,
    shape=shapes.NewDisclosure,
    intro=(
        "Only for action of the police or before a court (CE 7.5). The ground is written down before the name is shown.",
    ),
    fields=(
        Field(
            name="ground",
            label="On which ground?",
            kind="one_of",
            choices=codes("whistleblower_named_only_for"),
            ask="Choose the ground.",
        ),
        Field(name="reference", label="Reference of the police or the court", ask="Enter their reference."),
    ),
)


def _nobody() -> Known:
    return Known()


def _shown(known: Known, reporter: Record) -> str:
    """Who reported, on a page that is left by going back."""
    return render_template("reporter.html", known=known, reporter=reporter)


def _has_reporter(report: Record) -> bool:
    return bool(report.get("has_reporter"))


def _disclosures(report: Record) -> list[tuple[str, str]]:
    return [
        ("Disclosed", f"{london(one['at'])}, by {one['by']}: {one['ground']}, {one['reference']}")
        for one in report.get("disclosures", ())
    ]


def _of_report(name: str, method: str, form: Form, done: str, **more: Any) -> Step:
    return of_record(
        "/whistleblowing", f"whistleblowing.{name}", method, form, done, get="get_whistleblowing", one="Report", **more
    )


Steps(
    blueprint=whistleblowing_pages,
    steps=(
        Step(
            name="report",
            address=PLACE,
            operation="whistleblowing.report",
            method="report_whistleblowing",
            form=REPORT,
            about=_nobody,
            done="Your report has been received. It is kept without who you are.",
            then=lambda _, __: PLACE,
            as_nobody=True,
        ),
    ),
).register()
REPORTS = Family(
    path="/whistleblowing",
    area="whistleblowing",
    one="Report",
    many="Reports under protection",
    get="get_whistleblowing",
    listing="list_whistleblowing",
    statuses=shapes.STATUSES,
    columns=(Shown(name="received_at", label="Received", how=london),),
    facts=(
        Shown(name="received_at", label="Received", how=london),
        Shown(name="has_reporter", label="They left a name", how=yes_no),
    ),
    texts=(Shown(name="text", label="What was reported"),),
    told=_disclosures,
    steps=(
        _of_report(
            "look_into",
            "look_into_whistleblowing",
            note_form("Record that it is looked into", "It is looked into"),
            "It is looked into.",
            possible=in_status("received"),
        ),
        _of_report(
            "conclude",
            "conclude_whistleblowing",
            note_form("Record what was found", "Record it"),
            "It is recorded that it has been looked into.",
            possible=in_status("received", "looked-into"),
        ),
        _of_report("read_reporter", "read_reporter", READ_REPORTER, "", possible=_has_reporter, page=_shown),
        _of_report("disclose_reporter", "disclose_reporter", DISCLOSE, "", possible=_has_reporter, page=_shown),
    ),
)
register_families(whistleblowing_pages, REPORTS)
