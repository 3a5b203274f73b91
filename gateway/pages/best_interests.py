"""Decisions in the best interests of somebody without the capacity to make them: who decides, the advocate, what was weighed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from gateway.asking import ask
from gateway.pages.casework import step
from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form
from gateway.pages.options import codes, fixed, today
from gateway.pages.records import Family, Shown, register_families, yes_no
from gateway.pages.steps import Record, Step, to_the_new
from gateway.pages.words import london, short_day, words
from gateway.schemas import best_interests as shapes
from gateway.services import REFERRALS

PATH = "/best-interests"
best_interests_pages = Blueprint("best_interests_pages", __name__)

BEGIN = Form(
    title="Begin a best-interest decision",
    button="Begin it",
    shape=shapes.NewBestInterests,
    intro=("For somebody without the capacity to make the decision (CP 5.2). Until it is made no provider is chosen.",),
    fields=(
        Field(name="matter", label="What is to be decided?", ask="Say what is to be decided."),
        Field(
            name="has_family",
            label="Does the person have family?",
            kind="yes_no",
            hint="Without family an advocate is involved",
            ask="Say whether they have family.",
        ),
        Field(
            name="decision_maker",
            label="Who decides?",
            kind="one_of",
            choices=codes("best_interest_decision_makers"),
            ask="Choose who decides.",
        ),
        Field(name="decision_maker_name", label="Their name, or that of the court", ask="Enter the name."),
        Field(
            name="assessment",
            label="Reference of the capacity assessment",
            hint="The referral's, if you leave it empty",
            ask="The referral names no capacity assessment: enter its reference.",
            width=20,
            optional=True,
        ),
    ),
)
ADVOCATE = Form(
    title="Name the advocate",
    button="Name the advocate",
    shape=shapes.NewAdvocate,
    fields=(
        Field(name="advocate_id", label="The advocate's id", ask="Enter their id.", width=20),
        Field(name="name", label="Their name", ask="Enter their name."),
        Field(name="organisation", label="Whom they work for", optional=True),
    ),
)
DECIDE = Form(
    title="Record the decision",
    button="Record the decision",
    shape=shapes.NewOutcome,
    fields=(
        Field(
            name="outcome",
            label="What was decided?",
            kind="one_of",
            choices=fixed(shapes.OUTCOMES, **{"for": "It is in the person's best interests", "against": "It is not"}),
            ask="Choose what was decided.",
        ),
        Field(name="decided_on", label="When?", kind="day", usual=today, ask="Enter the day."),
        Field(name="reasons", label="What was weighed?", kind="area", ask="Say what was weighed."),
        Field(name="consulted", label="Who was consulted?", kind="area", ask="Say who was consulted."),
        Field(name="doubts", label="Which doubts has anybody involved?", kind="area", optional=True),
    ),
)
OF_DECISION: dict[str, Any] = {"get": "get_best_interests", "one": "Best-interest decision"}


def _referral(referral_id: str) -> Known:
    referral = ask(REFERRALS, "get_referral", {"id": referral_id})
    reference = str(referral["reference"])
    return Known(
        council_id=str(referral["council_id"]),
        record=referral,
        name=f"Referral {reference}",
        address=f"/referrals/{referral_id}",
        facts=(("Referral", reference),),
    )


def _who(decision: Record) -> list[tuple[str, str]]:
    maker, advocate, decided = (decision.get(name) or {} for name in ("decision_maker", "advocate", "decided"))
    facts = [
        ("Who decides", f"{maker.get('name', '')} ({words(maker.get('role', '')).lower()})"),
        ("Advocate", " ".join(filter(None, (advocate.get("name"), advocate.get("organisation"))))),
        ("Decided", decided and f"{short_day(decided['decided_on'])}: {words(decided['outcome']).lower()}"),
        ("What was weighed", decided.get("reasons")),
        ("Who was consulted", decided.get("consulted")),
        ("Doubts", decided.get("doubts")),
    ]
    return [(label, str(text)) for label, text in facts if text]


def _is_open(decision: Record) -> bool:
    return not decision.get("decided")


DECISIONS = Family(
    path=PATH,
    area="best_interests",
    one="Best-interest decision",
    many="Best-interest decisions",
    get="get_best_interests",
    listing="list_best_interests",
    about="For people without the capacity to make a decision themselves (CP 5.2). One is begun on the page of a referral.",
    columns=(
        Shown(name="matter", label="What is to be decided"),
        Shown(name="decided", label="Decided", how=lambda decided: words(str(decided["outcome"]))),
        Shown(name="recorded_at", label="Begun", how=london),
    ),
    facts=(
        Shown(name="matter", label="What is to be decided"),
        Shown(name="has_family", label="They have family", how=yes_no),
        Shown(name="assessment", label="Capacity assessment"),
        Shown(name="recorded_at", label="Begun", how=london),
    ),
    told=_who,
    steps=(
        Step(
            name="begin_best_interests",
            address="/referrals/<id:referral_id>/best-interests",
            operation="best_interests.begin",
            method="begin_best_interests",
            form=BEGIN,
            about=_referral,
            done="The decision is begun.",
            then=to_the_new(PATH),
            elsewhere=True,
        ),
        step(
            PATH,
            "best_interests.name_advocate",
            "name_advocate",
            ADVOCATE,
            "The advocate is named.",
            possible=_is_open,
            **OF_DECISION,
        ),
        step(
            PATH,
            "best_interests.decide",
            "decide_best_interests",
            DECIDE,
            "The decision is recorded.",
            possible=_is_open,
            **OF_DECISION,
        ),
    ),
)
register_families(best_interests_pages, DECISIONS)
