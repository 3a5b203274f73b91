"""Bank against book: taking a statement in, the queue with its reasons, and what a person says of a line (CP 9.5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from flask import Blueprint, render_template

from gateway.api import serves
from gateway.asking import ask, may
from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form, Payload
from gateway.pages.money import back_to, page_of_list, reason
from gateway.pages.of_fund import fund_step
from gateway.pages.options import fixed
from gateway.pages.showing import unless_missing
from gateway.pages.steps import Record, Step, Steps
from gateway.pages.words import short_day, sided_in_or_out
from gateway.schemas import reconciliation as shapes
from gateway.services import LEDGER
from gateway.statements import pounds

PLACE = re.compile(r"[0-9]+\.[0-9]+")
BANK = "/funds/<id:id>/bank"
LINE = "/funds/<id:id>/bank-lines/<id:line_id>"
STATUSES = (("", "All"), ("queued", "Waiting"), ("matched", "Matched"), ("set-aside", "Set aside"))
KINDS = {
    ".csv": "text/csv",
    ".ofx": "application/x-ofx",
    ".qfx": "application/x-ofx",
    ".xml": "application/xml",
}
"""What a file is by its name's ending, of which browsers know little; any other is what the browser says."""
PROFILES = {
    "signed": "A CSV with one column of amounts, below nought when money went out",
    "in-and-out": "A CSV with a column for money in and one for money out",
    "card": "A CSV of many prepaid cards, each line with its card's reference",
}


def _as_file(answers: Payload, _: Known) -> Payload:
    """The file as the ledger takes it, and the profile that was chosen or named."""
    said = dict(answers)
    file: Mapping[str, str] = said.pop("file", {})
    own = said.pop("own_profile", None)
    if own:
        said["profile"] = own
    if file:
        ending = PurePosixPath(file["name"].replace("\\", "/")).suffix.lower()
        said["content_type"] = KINDS.get(ending) or file["kind"] or "application/octet-stream"
        said["body_base64"] = file["base64"]
    return said


def _chosen(answers: Payload, known: Known) -> Payload:
    """The entry that was named, by its place in the book or its whole id; else the one that was chosen."""
    said = dict(answers)
    other = said.pop("other_id", None)
    if other and PLACE.fullmatch(other):
        other = f"{known.record['fund_id']}.{other}"
    return said | ({"entry_id": other} if other else {})


def _candidates(known: Known) -> Mapping[str, str]:
    if not may("funds.read_entry"):
        return {one: one for one in known.record["candidates"]}
    fund_id = known.record["fund_id"]
    entries = [ask(LEDGER, "get_entry", {"id": fund_id, "entry_id": one}) for one in known.record["candidates"]]
    return {one["entry_id"]: _entry_words(one) for one in entries}


def _entry_words(entry: Record) -> str:
    told = (short_day(entry["effective_on"]), entry["words"], pounds(entry["amount_pence"]), entry.get("reference"))
    return ", ".join(str(each) for each in told if each)


TAKE_IN = Form(
    title="Take a statement in",
    button="Take it in",
    shape=shapes.UploadedStatement,
    arrange=_as_file,
    naming=lambda _: "The statement",
    places={"body": "file", "content_type": "file", "body_base64": "file"},
    intro=(
        (
            "A bank's or card company's statement: CSV, OFX or camt.053. Each line is kept once, however often files that hold "
            "it come. What is certain is matched with the book; the rest waits with its reason."
        ),
        "A file that does not add up, or has a row that cannot be read, is refused whole.",
    ),
    fields=(
        Field(name="file", label="Statement", kind="file", ask="Choose the statement."),
        Field(
            name="profile",
            label="What does the CSV look like?",
            hint="Not for OFX and camt.053",
            kind="one_of",
            choices=fixed(PROFILES, **{name.replace("-", "_"): text for name, text in PROFILES.items()}),
            optional=True,
        ),
        Field(
            name="own_profile",
            label="Or the name of your council's own profile",
            optional=True,
            width=20,
        ),
        Field(
            name="fund_id",
            label="Whose is it?",
            hint="The fund's id. Left empty, the fund whose payments go to the statement's account",
            optional=True,
        ),
    ),
)
LOOK_AGAIN = Form(title="Look at the queue again", button="Look at the queue again", shape=shapes.LookAgain, fields=())
MATCH = Form(
    title="Say which entry this is",
    button="Match them",
    shape=shapes.LineMatch,
    arrange=_chosen,
    places={"entry_id": "other_id"},
    intro=("The amounts must be the same, and an entry belongs to one line.",),
    fields=(
        Field(
            name="entry_id",
            label="Which of these could be it?",
            kind="one_of",
            choices=_candidates,
            only_choices=True,
            optional=True,
        ),
        Field(
            name="other_id",
            label="Another entry",
            hint="As the fund's book numbers it, such as 5.1",
            ask="Choose an entry, or enter the number of one.",
            optional=True,
        ),
    ),
)
SET_ASIDE = Form(
    title="Set this line aside",
    button="Set it aside",
    shape=shapes.LineSetAside,
    intro=("It is nothing of the book's: a bank's own mistake that it puts right, say.",),
    fields=(reason(),),
)
RELEASE = Form(
    title="Put this line back into the queue",
    button="Put it back",
    shape=shapes.LookAgain,
    intro=("It was settled wrongly.",),
    fields=(),
)


def _this_line(id: str, line_id: str, **_: str) -> Known:
    line = ask(LEDGER, "get_bank_line", {"id": id, "line_id": line_id})
    facts = (
        ("Day", short_day(line["booked_on"])),
        ("Amount", sided_in_or_out(line["amount_pence"])),
        ("Description", line["description"]),
        ("Reference", line["reference"]),
        ("Why it waits", line["words"]),
    )
    told = tuple((label, text) for label, text in facts if text)
    return Known(record=line, name="Bank against book", address=f"/funds/{id}/bank", facts=told)


def _its_bank(id: str, **_: str) -> Known:
    return Known(name="Bank against book", address=f"/funds/{id}/bank")


def _taken(_: Known, taken: Record) -> str:
    return render_template("statement_taken.html", statements=taken["statements"], may_read=may("statements.lines"))


bank_pages = Blueprint("bank_pages", __name__)
DESK = Steps(
    blueprint=bank_pages,
    steps=(
        Step(
            name="take_in",
            address="/statement-imports/new",
            operation="statements.import",
            method="import_statement",
            form=TAKE_IN,
            about=lambda: Known(name="Money", address="/money"),
            done="",
            service=LEDGER,
            page=_taken,
            elsewhere=True,
        ),
        fund_step(
            "look-again",
            "statements.match_again",
            "match_bank_lines",
            LOOK_AGAIN,
            "The queue was held against the book again.",
            about=_its_bank,
            place=BANK,
            at_once=True,
        ),
        fund_step(
            "match",
            "statements.match",
            "match_bank_line",
            MATCH,
            "The line has its entry.",
            about=_this_line,
            place=LINE,
            elsewhere=True,
        ),
        fund_step(
            "set-aside",
            "statements.set_aside",
            "set_bank_line_aside",
            SET_ASIDE,
            "The line is set aside.",
            about=_this_line,
            place=LINE,
            elsewhere=True,
        ),
        fund_step(
            "release",
            "statements.release",
            "release_bank_line",
            RELEASE,
            "The line waits again.",
            about=_this_line,
            place=LINE,
            elsewhere=True,
        ),
    ),
)
DESK.register()


@bank_pages.get(BANK)
@serves("statements.lines")
def bank(id: str) -> str:
    """The bank's closing balance against the book, with what stands on one side only, and the lines that wait."""
    lines = page_of_list("list_bank_lines", shapes.LineFilter, only=("status",), id=id)
    return render_template(
        "bank.html",
        fund_id=id,
        found=_reconciliation(id),
        lines=lines,
        statuses=STATUSES,
        back=back_to(id),
        steps=DESK.possible({}, id=id),
        take_in=DESK.address("take_in", fund_id=id) if may("statements.import") else "",
        may_settle=may("statements.match"),
        done=DESK.done(),
    )


def _reconciliation(id: str) -> dict[str, Any] | None:
    """Nothing before the first statement with a closing balance."""
    if not may("statements.reconciliation"):
        return None
    return unless_missing(lambda: ask(LEDGER, "get_reconciliation", {"id": id}))
