"""A surplus, from its being told to its return: notice, answer, decision, challenge (CP 5.4, 9.5)."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, render_template

from gateway.api import serves
from gateway.asking import ask, caller, gateway
from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form
from gateway.pages.of_fund import EVIDENCE, fund_step, page_of_fund
from gateway.pages.options import today
from gateway.pages.steps import Record, Steps, to_the_new
from gateway.pages.words import day
from gateway.schemas import surplus as shapes
from gateway.services import LEDGER
from gateway.statements import pounds
from shared.dates import add_days, london_day, parse_day, parse_instant
from shared.errors import NotFound, PolicyIncomplete

SURPLUS = "/surpluses/<id:id>"
STATES = {
    "told": "Told",
    "noticed": "Notice given",
    "replied": "Answered",
    "ordered": "To go back",
    "kept": "Stays",
    "challenged": "Challenged",
    "returned": "Came back",
    "lapsed": "Nothing left of it",
}

surplus_pages = Blueprint("surplus_pages", __name__)


def this_surplus(id: str) -> Known:
    """The surplus of the address."""
    found = ask(LEDGER, "get_surplus", {"id": id})
    facts = (
        ("In hand when it was told", pounds(found["in_hand_pence"])),
        ("Above the limit", pounds(found["over_pence"])),
    )
    return Known(
        council_id=str(found["council_id"]), record=found, name="Surplus", address=f"/surpluses/{id}", facts=facts
    )


def _words(label: str, ask_for: str) -> tuple[Field, ...]:
    return (Field(name="words", label=label, kind="area", ask=ask_for),)


REPORT = Form(
    title="Tell the council of a surplus",
    button="Tell the council of a surplus",
    shape=shapes.SurplusReport,
    intro=("The ledger does so by itself when a payment comes in (CP 5.4).",),
    fields=(),
)
NOTICE = Form(
    title="Give notice of the surplus",
    button="Give notice",
    shape=shapes.SurplusWords,
    intro=("The person and the provider may answer it before anything is decided (CP 9.5).",),
    fields=_words("What may go back and why, in plain words", "Write the notice."),
)
REPLY = Form(
    title="Answer the notice",
    button="Send the answer",
    shape=shapes.SurplusWords,
    fields=_words("Why should the money stay?", "Say why the money should stay."),
)
DECIDE = Form(
    title="Decide on the surplus",
    button="Record the decision",
    shape=shapes.SurplusRuling,
    intro=("Not by whoever answered, or decided what is challenged (CP 9.5).",),
    fields=(
        Field(
            name="keep",
            label="Does the money stay?",
            kind="yes_no",
            hint="If not, what is above the limit goes back",
            ask="Say whether the money stays.",
        ),
        Field(name="reason", label="Why?", kind="area", ask="Say why."),
    ),
)
CHALLENGE = Form(
    title="Challenge the decision",
    button="Challenge it",
    shape=shapes.SurplusWords,
    intro=("Nothing goes back until another officer has decided.",),
    fields=_words("Why is it wrong?", "Say why it is wrong."),
)
RETURN = Form(
    title="Record that the money came back",
    button="Record it",
    shape=shapes.SurplusReturn,
    fields=(
        Field(name="returned_on", label="When?", kind="day", usual=today, ask="Enter the day."),
        Field(name="reference", label="The payment's reference", width=20, optional=True),
        EVIDENCE,
    ),
)


def _is_to_decide(surplus: Record) -> bool:
    heard = {said["by"] for said in (surplus["reply"], surplus["challenge"]) if said}
    ruled = {ruling["by"] for ruling in surplus["rulings"]}
    return surplus["state"] in ("noticed", "replied", "challenged") and caller().actor_id not in heard | ruled


STEPS = Steps(
    blueprint=surplus_pages,
    steps=(
        fund_step(
            "surpluses/report",
            "surpluses.report",
            "report_surplus",
            REPORT,
            "The council has been told of the surplus.",
            then=to_the_new("/surpluses"),
        ),
    ),
)
OF_ONE = Steps(
    blueprint=surplus_pages,
    steps=(
        fund_step(
            "notice",
            "surpluses.give_notice",
            "give_surplus_notice",
            NOTICE,
            "Notice is given.",
            about=this_surplus,
            possible=lambda surplus: surplus["state"] == "told",
            place=SURPLUS,
        ),
        fund_step(
            "reply",
            "surpluses.reply",
            "reply_to_surplus",
            REPLY,
            "The answer is sent.",
            about=this_surplus,
            possible=lambda surplus: surplus["state"] == "noticed",
            place=SURPLUS,
        ),
        fund_step(
            "decide",
            "surpluses.decide",
            "decide_surplus",
            DECIDE,
            "The decision is recorded.",
            about=this_surplus,
            possible=_is_to_decide,
            place=SURPLUS,
        ),
        fund_step(
            "challenge",
            "surpluses.challenge",
            "challenge_surplus",
            CHALLENGE,
            "The decision is challenged.",
            about=this_surplus,
            possible=lambda surplus: surplus["state"] == "ordered" and not surplus["challenge"],
            place=SURPLUS,
        ),
        fund_step(
            "return",
            "surpluses.return",
            "return_surplus",
            RETURN,
            "It is recorded that the money came back.",
            about=this_surplus,
            possible=lambda surplus: surplus["state"] == "ordered",
            place=SURPLUS,
        ),
    ),
)
STEPS.register()
OF_ONE.register()


@surplus_pages.get("/funds/<id:id>/surpluses")
@serves("surpluses.list")
def surpluses(id: str) -> str:
    """A fund's surpluses, the newest first."""
    return page_of_fund("fund_surpluses.html", id, "list_surpluses", states=STATES)


@surplus_pages.get(SURPLUS)
@serves("surpluses.read")
def surplus(id: str) -> str:
    """One surplus: what was said of it and decided, and what came back."""
    found = ask(LEDGER, "get_surplus", {"id": id})
    return render_template(
        "fund_surplus.html",
        surplus=found,
        answering=_answering(found),
        states=STATES,
        steps=OF_ONE.possible(found, id=id),
        done=OF_ONE.done() or STEPS.done(),
    )


def _answering(found: Record) -> dict[str, Any] | None:
    """How the last day to answer a notice was worked out, as a clock tells it."""
    if not (found["notice"] and found["reply_by_on"]):
        return None
    noticed_on, last_on = london_day(parse_instant(found["notice"]["at"])), parse_day(found["reply_by_on"])
    first_on, days = add_days(noticed_on, 1), (last_on - noticed_on).days
    told = {
        "summary": f"{days} days after the notice of {day(noticed_on.isoformat())}. Every day counts.",
        "steps": [
            {
                "first_on": first_on.isoformat(),
                "last_on": last_on.isoformat(),
                "counted": True,
                "reason": "Every day counts",
            }
        ],
        **_rule_of_answering(str(found["council_id"]), noticed_on, days),
    }
    return {"name": "time to answer", "explanation": told}


def _rule_of_answering(council_id: str, noticed_on: date, days: int) -> dict[str, str]:
    """The council's rule, where it is the one that was in force then."""
    try:
        pack = gateway().policies.pack(council_id, on=noticed_on)
        rule = pack.entry("surplus_reply_days")
    except (NotFound, PolicyIncomplete):
        return {}
    return {"note": f"{rule.note} ({rule.clause})", "policy_version": pack.version} if rule.value == days else {}
