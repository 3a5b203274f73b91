"""The reviews of a person's support: those held, those due, and why a meeting counts (CP 3.2.6-7, 7.4; reg 7)."""

from __future__ import annotations

from flask import Blueprint, render_template

from gateway import clock_asking
from gateway.api import serves
from gateway.asking import ask
from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form, Payload
from gateway.pages.options import today
from gateway.pages.showing import unless_missing
from gateway.pages.steps import Record, Step, Steps
from gateway.schemas import reviews as shapes
from gateway.services import REFERRALS

PLACE = "/referrals/<id:id>/reviews"
COUNTS = {"council": "the council's review", "provider": "the provider's review", "statutory": "the law's review"}

review_pages = Blueprint("review_pages", __name__)


def this_programme(id: str) -> Known:
    """The reviews of the referral of the address."""
    programme = ask(REFERRALS, "get_reviews", {"id": id})
    return Known(
        council_id=str(programme["council_id"]),
        record=programme,
        name="Reviews",
        address=f"/referrals/{id}/reviews",
    )


def _as_satisfied(answers: Payload, _: Known) -> Payload:
    """Each cycle that somebody gave a reason for, as the API lists them."""
    reasons = answers.get("because", {})
    satisfied = [{"cycle": cycle, "because": reasons[cycle]} for cycle in shapes.CYCLES if cycle in reasons]
    return {name: said for name, said in answers.items() if name != "because"} | {"satisfied": satisfied}


def _is_on(programme: Record) -> bool:
    return not programme.get("ended_on")


RECORD = Form(
    title="Record a review meeting",
    button="Record the meeting",
    shape=shapes.HeldReview,
    arrange=_as_satisfied,
    intro=("One meeting may count for several cycles; say for each why it does, and leave the others empty.",),
    fields=(
        Field(name="held_on", label="When was it held?", kind="day", usual=today, ask="Enter the day."),
        Field(name="outcome", label="What came of it?", kind="area", ask="Say what came of it."),
        *(
            Field(
                name=f"because.{cycle}",
                label=f"Why does it count as {words}?",
                ask="Say for at least one cycle why the meeting counts.",
                optional=True,
            )
            for cycle, words in COUNTS.items()
        ),
        Field(name="advocate_id", label="Which advocate took part?", hint="Their id", width=20, optional=True),
    ),
    places={"satisfied": "because.council"},
)
ASK = Form(
    title="Ask the council for a review",
    button="Ask for a review",
    shape=shapes.AskedFor,
    fields=(Field(name="reason", label="What changed?", kind="area", ask="Say what changed."),),
)
BUDGET = Form(
    title="Note a change of the budget",
    button="Tell the council",
    shape=shapes.ChangedBudget,
    intro=("A significant change is told to the council (CP 7.4).",),
    fields=(
        Field(
            name="before",
            path="weekly_before_pence",
            label="Weekly budget before",
            kind="pounds",
            ask="Enter the budget before.",
        ),
        Field(
            name="after",
            path="weekly_after_pence",
            label="Weekly budget after",
            kind="pounds",
            ask="Enter the budget after.",
        ),
        Field(name="reason", label="Why did it change?", kind="area", ask="Say why it changed."),
    ),
)


def _step(path: str, method: str, form: Form, done: str) -> Step:
    return Step(
        name=path,
        address=f"{PLACE}/{path}",
        operation=f"reviews.{path.replace('-', '_')}",
        method=method,
        form=form,
        about=this_programme,
        done=done,
        possible=_is_on,
    )


STEPS = Steps(
    blueprint=review_pages,
    steps=(
        _step("record", "record_review", RECORD, "The meeting is recorded."),
        _step("ask", "ask_review", ASK, "The review has been asked for."),
        _step("note-budget-change", "note_budget_change", BUDGET, "The council is told."),
    ),
)
STEPS.register()


@review_pages.get(PLACE)
@serves("reviews.read")
def reviews(id: str) -> str:
    """The reviews of one referral's support."""
    programme = unless_missing(lambda: ask(REFERRALS, "get_reviews", {"id": id}))
    if programme is None:
        referral = ask(REFERRALS, "get_referral", {"id": id})
        return render_template("reviews.html", programme={"referral_id": referral["id"]}, clocks=[], steps=[], done="")
    return render_template(
        "reviews.html",
        programme=programme,
        clocks=clock_asking.explained(programme.get("clocks", ()), service=REFERRALS),
        counts=COUNTS,
        steps=STEPS.possible(programme, id=id),
        done=STEPS.done(),
    )
