"""Moving a fund to another provider (CP 5.3), and bringing in what another system recorded of a book."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from flask import Blueprint, render_template

from gateway.asking import may
from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form, Payload
from gateway.pages.history_files import COLUMNS, past_entries, row_of
from gateway.pages.money import on_day, reason
from gateway.pages.of_fund import fund_step
from gateway.pages.steps import Record, Step, Steps, to_the_new
from gateway.pages.words import words
from gateway.schemas import books as shapes
from gateway.schemas.ledger import FundMove
from gateway.services import LEDGER

ENTRIES = "entries."


def _as_entries(answers: Payload, _: Known) -> Payload:
    """The rows of the file as the ledger takes them. Raises `Invalid`."""
    said = dict(answers)
    file: Mapping[str, str] = said.pop("file", {})
    return said | ({"entries": past_entries(base64.b64decode(file["base64"]))} if file else {})


def _named(place: str) -> str:
    if place.startswith(ENTRIES):
        return row_of(place)
    return "The file" if place.startswith("row.") else words(place)


MOVE = Form(
    title="Move this fund to another provider",
    button="Move it",
    warning=True,
    shape=FundMove,
    intro=(
        (
            "Everything it holds goes into the other fund, and this one is closed. Bookings are paid or called off first "
            "(CP 5.3). The new provider's plan is made anew."
        ),
    ),
    fields=(
        reason(),
        Field(
            name="to_provider_id",
            label="To which provider?",
            hint="Their id; a fund is opened with them",
            width=20,
            optional=True,
        ),
        Field(
            name="to_fund_id",
            label="Or to which fund?",
            hint="The id of another open fund of the person",
            optional=True,
        ),
        on_day(
            "starts_on",
            "First day of the fund that is opened",
            optional=True,
            hint="Left empty, today; not for a fund that is open already",
        ),
    ),
)
HISTORY = Form(
    title="Bring a fund's earlier book in",
    button="Bring it in",
    shape=shapes.UploadedHistory,
    arrange=_as_entries,
    places={"entries": "file", "body": "file"},
    naming=_named,
    intro=(
        (
            "What another system recorded, in the order in which it did: all of it or nothing. Only into a book that the ledger "
            "itself has not posted to. Each entry is marked as brought in, with your name."
        ),
        (
            f"A CSV with these columns: {', '.join(COLUMNS)}. Type is payment-in or spend; amounts are in pounds; days are "
            "written 2026-03-27, instants 2026-03-27T14:30:00Z."
        ),
    ),
    fields=(
        Field(name="fund_id", path="id", label="Which fund?", hint="Its id", ask="Enter the fund's id."),
        Field(
            name="source",
            label="Which system recorded it?",
            hint="Its name is shown beside each entry",
            ask="Enter the name of the other system.",
        ),
        Field(name="file", label="Entries", kind="file", ask="Choose the file.", hint="A CSV of at most 500 rows"),
    ),
)


def _brought_in(_: Known, history: Record) -> str:
    fund_id = history["fund_id"]
    book = f"/funds/{fund_id}/entries" if may("funds.list_entries") else ""
    return render_template("history.html", history=history, book=book)


moving_pages = Blueprint("moving_pages", __name__)
MOVING = Steps(
    blueprint=moving_pages,
    steps=(
        fund_step(
            "move",
            "funds.move",
            "move_fund",
            MOVE,
            "The fund has moved. This is the fund that it moved to.",
            then=to_the_new("/funds"),
        ),
        Step(
            name="import_history",
            address="/history/new",
            operation="funds.import_history",
            method="bring_history_in",
            form=HISTORY,
            about=lambda: Known(name="Money", address="/money"),
            done="",
            service=LEDGER,
            page=_brought_in,
            elsewhere=True,
        ),
    ),
)
MOVING.register()
