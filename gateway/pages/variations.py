"""Changes of a fund: asked for in writing, decided, and those that a crisis forced; what the council is told (CP 4.1 to 4.5)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, render_template, request

from gateway import clock_asking
from gateway.api import serves
from gateway.asking import ask, caller, may
from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form, Payload
from gateway.pages.fund_life import with_life
from gateway.pages.of_fund import Nothing, fund_step, page_of_fund
from gateway.pages.options import fixed, now
from gateway.pages.plan_rows import agreed_lines, line_rows, outcome_rows, set_outcomes, with_ids
from gateway.pages.rows import Rows
from gateway.pages.steps import Record, Steps, to_the_new
from gateway.schemas import variations as shapes
from gateway.services import LEDGER

VARIATION = "/variations/<id:id>"
KINDS = {"needs_decreased": "Needs have decreased (CP 4.4)", "finances_changed": "Finances have changed (CP 4.5)"}
STATES = {
    "crisis": "Crisis",
    "requested": "Asked for",
    "approved": "Approved",
    "refused": "Refused",
    "withdrawn": "Taken back",
}

variation_pages = Blueprint("variation_pages", __name__)


def this_variation(id: str) -> Known:
    """The variation of the address."""
    found = ask(LEDGER, "get_variation", {"id": id})
    return Known(council_id=str(found["council_id"]), record=found, name="Change", address=f"/variations/{id}")


def _with_its_fund(id: str) -> Known:
    """The variation of the address, and the plan and outcomes that it would change."""
    known = this_variation(id)
    fund = with_life(str(known.record["fund_id"])).record
    return Known(
        council_id=known.council_id,
        record={**known.record, "plan": fund.get("plan"), "life": fund["life"]},
        name=known.name,
        address=known.address,
    )


def _changes_only(answers: Payload, known: Known) -> Payload:
    """What is asked for; lines and outcomes that are as they stand are left out."""
    said = with_ids(with_ids(answers, "lines", "line_id", "line"), "outcomes", "outcome_id", "outcome")
    before = {
        "lines": [_line(line) for line in (known.record.get("plan") or {}).get("lines", ())],
        "outcomes": [dict(row) for row in set_outcomes(known)],
    }
    return {name: value for name, value in said.items() if name not in before or _rows(value) != before[name]}


def _line(line: Record) -> dict[str, Any]:
    return {name: value for name, value in line.items() if value is not None}


def _rows(found: Any) -> list[Any]:
    return [found[place] for place in sorted(found, key=int)]


ASKED: tuple[Field | Rows, ...] = (
    Field(
        name="weekly_budget",
        path="weekly_budget_pence",
        label="Weekly budget asked for",
        kind="pounds",
        hint="Where it is to change",
        optional=True,
    ),
    Rows(
        name="breakdown",
        one="Part",
        heading="The additional support",
        hint="Adds up to the increase of the budget",
        first=1,
        fields=(
            Field(name="activity", label="Activity", ask="Name the activity."),
            Field(name="tasks", label="Tasks", ask="Name the tasks."),
            Field(
                name="weekly_cost",
                path="weekly_cost_pence",
                label="Cost a week",
                kind="pounds",
                ask="Enter what it costs a week.",
            ),
        ),
    ),
    Field(
        name="evidence",
        label="Documents that support the request",
        kind="lines",
        hint="One to a line",
        ask="Name the documents that support the request.",
        optional=True,
    ),
    Field(name="other_costs", label="Other cost implications", kind="area", optional=True),
    line_rows(agreed_lines, heading="The plan", hint="As it would be; leave it as it is where it stays", first=1),
    outcome_rows(
        set_outcomes, heading="Outcomes", hint="Other ones need the Commissioner's agreement (CP 6.17(g))", first=1
    ),
)
ASK = Form(
    title="Ask for a change",
    button="Ask for the change",
    shape=shapes.NewVariation,
    arrange=_changes_only,
    intro=("The council approves a change before it is made; what stays as it is need not be touched (CP 4.1, 4.2).",),
    fields=ASKED,
)
FOLLOW = Form(
    title="Ask for what follows from the crisis",
    button="Ask for the change",
    shape=shapes.NewVariation,
    arrange=_changes_only,
    intro=("The written request that a crisis is followed by (CP 4.3).",),
    fields=ASKED,
)
CRISIS = Form(
    title="Record that care was adjusted in a crisis",
    button="Record the crisis",
    shape=shapes.NewCrisis,
    intro=("The time to tell the Social Care Representative runs from then on (CP 4.3).",),
    fields=(
        Field(
            name="adjusted_at", label="When was it adjusted?", kind="moment", usual=now, ask="Enter the day and time."
        ),
        Field(name="what", label="What was done?", kind="area", ask="Say what was done."),
    ),
)
CONTACT = Form(
    title="Record that the representative was told",
    button="Record it",
    shape=shapes.Contacted,
    fields=(Field(name="how", label="How, and whom?", ask="Say how, and whom."),),
)
DECIDE = Form(
    title="Decide on the change",
    button="Record the decision",
    shape=shapes.VariationRuling,
    intro=("Never by whoever asked for it. The fund takes an approved change over a moment later (CP 4.2).",),
    fields=(
        Field(name="approved", label="Is it approved?", kind="yes_no", ask="Say whether it is approved."),
        Field(name="reason", label="Why?", kind="area", ask="Say why."),
        Field(
            name="from_on",
            label="From which day does it count?",
            kind="day",
            hint="Today when left out; back to the crisis that it follows at most",
            optional=True,
        ),
    ),
)
WITHDRAW = Form(title="Take this request back", button="Take it back", warning=True, shape=Nothing, fields=())
NOTE = Form(
    title="Note something that the council must be told",
    button="Note it",
    shape=shapes.NewNotice,
    intro=("Decreased needs are told within a working day, changed finances at once (CP 4.4, 4.5).",),
    fields=(
        Field(
            name="kind", label="What?", kind="one_of", choices=fixed(shapes.NOTICES, **KINDS), ask="Choose what it is."
        ),
        Field(name="noticed_at", label="When was it noticed?", kind="moment", usual=now, optional=True),
        Field(name="details", label="What changed?", kind="area", ask="Say what changed."),
    ),
)
GIVE = Form(
    title="Record that the council was told",
    button="Record it",
    shape=shapes.NoticeGiven,
    fields=(Field(name="to", label="Whom, and how?", ask="Say whom, and how."),),
)


def _is_untold_crisis(variation: Record) -> bool:
    return bool(variation["crisis"]) and not variation["crisis"].get("contacted_at")


def _is_to_decide(variation: Record) -> bool:
    acted = {(variation["asked"] or {}).get("by"), (variation["crisis"] or {}).get("recorded_by")}
    return variation["state"] == "requested" and caller().actor_id not in acted


def _may_be_withdrawn(variation: Record) -> bool:
    return variation["state"] == "requested" and not variation["crisis"]


def _noticed(id: str) -> Known:
    """A notice, and the fund that the link to it came from."""
    fund_id = request.values.get("fund_id", "")
    return Known(name="Fund", address=f"/funds/{quote(fund_id, safe='')}" if fund_id else "")


STEPS = Steps(
    blueprint=variation_pages,
    steps=(
        fund_step(
            "variations/new",
            "variations.request",
            "request_variation",
            ASK,
            "The change has been asked for.",
            about=with_life,
            then=to_the_new("/variations"),
        ),
        fund_step(
            "crises/new",
            "variations.open_crisis",
            "open_crisis",
            CRISIS,
            "The crisis is recorded.",
            then=to_the_new("/variations"),
        ),
        fund_step("notices/new", "fund_notices.note", "note_for_council", NOTE, "It is noted."),
    ),
)
OF_ONE = Steps(
    blueprint=variation_pages,
    steps=(
        fund_step(
            "contact",
            "variations.contact",
            "contact_representative",
            CONTACT,
            "It is recorded that they were told.",
            about=this_variation,
            possible=_is_untold_crisis,
            place=VARIATION,
        ),
        fund_step(
            "request",
            "variations.follow_crisis",
            "follow_crisis",
            FOLLOW,
            "The change has been asked for.",
            about=_with_its_fund,
            possible=lambda variation: variation["state"] == "crisis",
            place=VARIATION,
        ),
        fund_step(
            "decide",
            "variations.decide",
            "decide_variation",
            DECIDE,
            "The decision is recorded.",
            about=this_variation,
            possible=_is_to_decide,
            place=VARIATION,
        ),
        fund_step(
            "withdraw",
            "variations.withdraw",
            "withdraw_variation",
            WITHDRAW,
            "The request is taken back.",
            about=this_variation,
            possible=_may_be_withdrawn,
            place=VARIATION,
        ),
    ),
)
NOTICES = Steps(
    blueprint=variation_pages,
    steps=(
        fund_step(
            "give",
            "fund_notices.give",
            "give_notice",
            GIVE,
            "It is recorded that the council was told.",
            about=_noticed,
            then=lambda _, notice: f"/funds/{notice['fund_id']}/notices",
            elsewhere=True,
            place="/fund-notices/<id:id>",
        ),
    ),
)
for family in (STEPS, OF_ONE, NOTICES):
    family.register()


@variation_pages.get("/funds/<id:id>/variations")
@serves("variations.list")
def variations(id: str) -> str:
    """A fund's changes and crises, the newest first."""
    return page_of_fund("fund_variations.html", id, "list_variations", states=STATES)


@variation_pages.get("/funds/<id:id>/notices")
@serves("fund_notices.list")
def notices(id: str) -> str:
    """What the council was, or is to be, told about a fund, the newest first."""
    return page_of_fund(
        "fund_notices.html", id, "list_notices", may_give=may("fund_notices.give"), done=NOTICES.done() or STEPS.done()
    )


@variation_pages.get(VARIATION)
@serves("variations.read")
def variation(id: str) -> str:
    """One change: what was asked for, what was decided, and what a crisis forced."""
    found = ask(LEDGER, "get_variation", {"id": id})
    return render_template(
        "fund_variation.html",
        variation=found,
        clocks=clock_asking.explained(found["clocks"], service=LEDGER),
        states=STATES,
        steps=OF_ONE.possible(found, id=id),
        done=OF_ONE.done() or STEPS.done(),
    )
