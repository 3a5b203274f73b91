"""A fund's entries for who sees it in sums: asked for with a reason, seen once, and on record for everyone who sees the fund."""

from __future__ import annotations

from flask import Blueprint, render_template

from gateway.api import serves
from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form
from gateway.pages.money import back_to, page_of_list, reason
from gateway.pages.of_fund import PLACE, fund_or_sums, known_of
from gateway.pages.steps import Record, Step, Steps
from gateway.schemas import itemisations as shapes
from gateway.services import LEDGER

BELOW = "Who asked to see its entries"

ASK = Form(
    title="See a fund's entries",
    button="See them",
    shape=shapes.NewItemisation,
    intro=(
        "Who asked, when and why goes on record first. The person is told, and they and the provider can read it (CP 9.7).",
    ),
    fields=(
        Field(name="from", label="From which day?", kind="day", ask="Enter the first day."),
        Field(
            name="to",
            label="To which day?",
            kind="day",
            hint="At most a year after the first",
            ask="Enter the last day.",
        ),
        reason("Why are they to be seen?"),
    ),
)


def _about(id: str) -> Known:
    known = known_of({**fund_or_sums(id), "id": id})
    return Known(council_id=known.council_id, record=known.record, name=BELOW, address=f"{known.address}/itemisations")


def _seen(known: Known, answer: Record) -> str:
    return render_template(
        "itemised.html", asked=answer, entries=answer["entries"], back={"text": known.name, "href": known.address}
    )


itemisation_pages = Blueprint("itemisation_pages", __name__)
STEPS = Steps(
    blueprint=itemisation_pages,
    steps=(
        Step(
            name="itemise_fund",
            address=f"{PLACE}/itemisations/new",
            operation="itemisations.ask",
            method="itemise_fund",
            form=ASK,
            about=_about,
            done="",
            service=LEDGER,
            page=_seen,
        ),
    ),
)
STEPS.register()


@itemisation_pages.get(f"{PLACE}/itemisations")
@serves("itemisations.list")
def itemisations(id: str) -> str:
    """Who asked to see the fund's entries, when, which and why; the latest first."""
    return render_template(
        "itemisations.html",
        fund_id=id,
        page=page_of_list("list_itemisations", shapes.ItemisationPage, only=(), id=id),
        back=back_to(id),
        steps=STEPS.possible({}, id=id),
    )
