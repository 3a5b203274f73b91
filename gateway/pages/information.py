"""What a person was told: on first contact, at the start of the service, as advice (CP 8.2; CE 7.4, 3.2)."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, render_template, request

from gateway.api import serves
from gateway.asking import ask, may
from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form
from gateway.pages.options import fixed, today
from gateway.pages.steps import Step, Steps
from gateway.schemas import calendar as shapes
from gateway.services import REFERRALS

PLACE = "/referrals/<id:referral_id>/information"
LISTS = {"first-contact": "On first contact", "service-start": "At the start of the service", "advice": "Advice"}
information_pages = Blueprint("information_pages", __name__)


def _told(referral_id: str) -> Known:
    """The lists of the council's policy, and what was given of each."""
    record = ask(REFERRALS, "get_information", {"referral_id": referral_id})
    return Known(
        council_id=str(record["council_id"]),
        record=record,
        name="What the person was told",
        address=f"/referrals/{referral_id}/information",
    )


def _chosen(_: Known) -> str:
    """The list that the link, or the box before a fault, names."""
    return request.values.get("topic_list", "")


def _items(known: Known) -> Mapping[str, str]:
    rows = known.record["lists"].get(_chosen(known), ())
    return {str(row["item"]): str(row["label"]) for row in rows if not row.get("given_on")}


GIVE = Form(
    title="Record what the person was told",
    button="Record it",
    shape=shapes.NewInformation,
    fields=(
        Field(
            name="topic_list",
            label="Of which list?",
            kind="one_of",
            choices=fixed(shapes.LISTS, **{code.replace("-", "_"): text for code, text in LISTS.items()}),
            usual=_chosen,
            ask="Choose the list.",
        ),
        Field(name="items", label="What were they told?", kind="any_of", choices=_items, only_choices=True),
        Field(name="given_on", label="When?", kind="day", usual=today, optional=True),
    ),
)
STEPS = Steps(
    blueprint=information_pages,
    steps=(
        Step(
            name="give",
            address=f"{PLACE}/give",
            operation="information.give",
            method="give_information",
            form=GIVE,
            about=_told,
            done="It is recorded.",
        ),
    ),
)
STEPS.register()


@information_pages.get(PLACE)
@serves("information.read")
def information(referral_id: str) -> str:
    """What the person was told, list by list, and what is still to be told."""
    known = _told(referral_id)
    lists = [
        (code, text, known.record["lists"][code]) for code, text in LISTS.items() if known.record["lists"].get(code)
    ]
    return render_template(
        "information.html",
        referral_id=referral_id,
        lists=lists,
        may_give=may("information.give"),
        may_read_referral=may("pages.referral"),
        done=STEPS.done(),
    )
