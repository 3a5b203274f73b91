"""Care agencies and how CQC rates them: who may be signposted to, and who nobody is (CE 3.2 "The Care Agency")."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from gateway.api import serves
from gateway.asking import ask, gateway, may
from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form
from gateway.pages.options import fixed, today
from gateway.pages.records import about_whom
from gateway.pages.showing import next_address
from gateway.pages.steps import Step, Steps
from gateway.schemas import agencies as shapes
from gateway.services import REFERRALS

PLACE = "/agencies"
agency_pages = Blueprint("agency_pages", __name__)

RATING = (
    Field(
        name="rating",
        label="How does CQC rate it?",
        kind="one_of",
        choices=fixed(shapes.RATINGS),
        hint="Nobody is signposted to one that is rated Inadequate; whoever was is told",
        ask="Choose the rating.",
    ),
    Field(name="rated_on", label="On which day was it rated?", kind="day", usual=today, ask="Enter the day."),
    Field(name="source", label="Where was the rating read?", ask="Say where it was read."),
)
NEW = Form(
    title="Add a care agency",
    button="Add the agency",
    shape=shapes.NewAgency,
    fields=(
        *about_whom(person=False),
        Field(name="name", label="Name", ask="Enter the name."),
        Field(name="reference", label="CQC's id of its location", ask="Enter CQC's id of its location.", width=20),
        *RATING,
    ),
)
RATE = Form(title="Record a rating", button="Record the rating", shape=shapes.NewRating, fields=RATING)


def _agencies(**_: str) -> Known:
    return Known(name="Care agencies", address=PLACE)


STEPS = Steps(
    blueprint=agency_pages,
    steps=(
        Step(
            name="add",
            address=f"{PLACE}/new",
            operation="agencies.add",
            method="add_agency",
            form=NEW,
            about=_agencies,
            done="The agency is added.",
        ),
        Step(
            name="rate",
            address=f"{PLACE}/<id:id>/rating",
            operation="agencies.rate",
            method="rate_agency",
            form=RATE,
            about=_agencies,
            done="The rating is recorded.",
        ),
    ),
)
STEPS.register()


@agency_pages.get(PLACE)
@serves("agencies.list")
def agency_list() -> str:
    """Agencies that people may be signposted to, or those that nobody is."""
    barred = request.args.get("barred") == "true"
    query: dict[str, Any] = {"limit": gateway().settings.page_size} | ({"barred": True} if barred else {})
    query |= {"after": request.args["after"]} if request.args.get("after") else {}
    page = ask(REFERRALS, "list_agencies", query)
    return render_template(
        "agencies.html",
        agencies=page["items"],
        barred=barred,
        may_add=may("agencies.add"),
        may_rate=may("agencies.rate"),
        next=page["next"],
        next_address=next_address(page["next"]),
        done=STEPS.done(),
    )
