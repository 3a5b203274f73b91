"""The end of a provider's agreement: every balance comes back at once, the council settles in its time (CP 4.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request

from gateway import clock_asking
from gateway.api import serves
from gateway.asking import ask, gateway, may
from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form
from gateway.pages.of_fund import EVIDENCE, fund_step
from gateway.pages.options import fixed, today
from gateway.pages.records import about_whom
from gateway.pages.showing import next_address
from gateway.pages.steps import Record, Step, Steps, to_the_new
from gateway.schemas import surplus as shapes
from gateway.services import LEDGER
from gateway.statements import pounds

TERMINATION = "/terminations/<id:id>"

termination_pages = Blueprint("termination_pages", __name__)


def this_termination(id: str) -> Known:
    """The ended agreement of the address."""
    found = ask(LEDGER, "get_termination", {"id": id})
    facts = (("Provider", str(found["provider_id"])),)
    return Known(
        council_id=str(found["council_id"]),
        record=found,
        name="Ended agreement",
        address=f"/terminations/{id}",
        facts=facts,
    )


def _still_held(known: Known) -> Mapping[str, str]:
    """The funds that hold money still, and how much."""
    return {one["fund_id"]: f"{one['fund_id']}: {pounds(one['in_hand_pence'])}" for one in known.record["outstanding"]}


END = Form(
    title="Record the end of a provider's agreement",
    button="Record the end",
    warning=True,
    shape=shapes.NewTermination,
    intro=("For all its people. Balances come back at once, the council pays within its time (CP 4.7).",),
    fields=(
        *about_whom(person=False),
        Field(name="provider_id", label="Provider", hint="Its id", ask="Say whose agreement ended."),
        Field(name="terminated_on", label="When did it end?", kind="day", usual=today, ask="Enter the day."),
        Field(
            name="by_party",
            label="Who terminated it?",
            kind="one_of",
            choices=fixed(("council", "provider"), council="The council", provider="The provider"),
            ask="Choose who terminated it.",
        ),
        Field(name="reason", label="Why?", kind="area", optional=True),
    ),
)
REPAY = Form(
    title="Record that a balance came back",
    button="Record it",
    shape=shapes.NewRepayment,
    intro=("The whole balance of one fund (CP 4.7).",),
    fields=(
        Field(name="fund_id", label="Of which fund?", kind="one_of", choices=_still_held, ask="Choose the fund."),
        Field(name="repaid_on", label="When?", kind="day", usual=today, ask="Enter the day."),
        Field(name="reference", label="The payment's reference", width=20, optional=True),
        EVIDENCE,
    ),
)
SETTLE = Form(
    title="Record what the council paid the provider",
    button="Record it",
    shape=shapes.NewSettlement,
    fields=(
        Field(
            name="amount",
            path="amount_pence",
            label="What was paid",
            kind="pounds",
            hint="0 where nothing was owed",
            ask="Enter what was paid.",
        ),
        Field(name="settled_on", label="When?", kind="day", usual=today, ask="Enter the day."),
        Field(name="reference", label="The payment's reference", width=20, optional=True),
    ),
)


def _holds_money(termination: Record) -> bool:
    return bool(termination["outstanding"])


NEW = Step(
    name="terminate_agreement",
    address="/terminations/new",
    operation="terminations.record",
    method="terminate_agreement",
    form=END,
    about=lambda: Known(name="Ended agreements", address="/terminations"),
    done="The end of the agreement is recorded.",
    service=LEDGER,
    then=to_the_new("/terminations"),
    elsewhere=True,
)
STEPS = Steps(
    blueprint=termination_pages,
    steps=(
        NEW,
        fund_step(
            "repayments",
            "terminations.repay",
            "record_repayment",
            REPAY,
            "The repayment is recorded.",
            about=this_termination,
            possible=_holds_money,
            place=TERMINATION,
        ),
        fund_step(
            "settle",
            "terminations.settle",
            "settle_agreement",
            SETTLE,
            "The settlement is recorded.",
            about=this_termination,
            possible=lambda termination: not termination["settlement"],
            place=TERMINATION,
        ),
    ),
)
STEPS.register()


@termination_pages.get("/terminations")
@serves("terminations.list")
def terminations() -> str:
    """Ended agreements, the latest first."""
    query: dict[str, Any] = {"limit": gateway().settings.page_size}
    query |= {"after": request.args["after"]} if request.args.get("after") else {}
    page = ask(LEDGER, "list_terminations", query)
    return render_template(
        "terminations.html",
        terminations=page["items"],
        may_record=may(NEW.operation),
        next=page["next"],
        next_address=next_address(page["next"]),
    )


@termination_pages.get(TERMINATION)
@serves("terminations.read")
def termination(id: str) -> str:
    """One ended agreement: what came back, what has still to, and what the council paid."""
    found = ask(LEDGER, "get_termination", {"id": id})
    return render_template(
        "termination.html",
        termination=found,
        clocks=clock_asking.explained(found["clocks"], service=LEDGER),
        may_read=may("pages.fund"),
        steps=STEPS.possible(found, id=id),
        done=STEPS.done(),
    )
