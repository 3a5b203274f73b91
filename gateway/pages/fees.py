"""The provider's fee for a fund: which holds and why, taking it, and the contribution that the council invoices (CP 3.3, 5.4)."""

from __future__ import annotations

from flask import Blueprint, render_template

from gateway.api import serves
from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form
from gateway.pages.of_fund import PLACE, fund_step, of_fund, this_fund
from gateway.pages.options import fixed, today
from gateway.pages.steps import Record, Steps
from gateway.schemas import fees as shapes
from gateway.schemas.fund_overview import NewContribution

fee_pages = Blueprint("fee_pages", __name__)


def _to_its_fee(known: Known, _: Record) -> str:
    return f"{known.address}/fee"


SET = Form(
    title="Set the provider's fee",
    button="Set the fee",
    shape=shapes.NewFee,
    intro=("What the council's policy gives for the fund; nobody enters an amount (CP 3.3, Sch III, IV).",),
    fields=(
        Field(
            name="lot",
            label="The provider's lot",
            kind="one_of",
            choices=fixed(shapes.LOTS),
            hint="That of the fund's arrangement when left out (CP 3.1)",
            optional=True,
        ),
        Field(name="from_on", label="From which day?", kind="day", usual=today, ask="Enter the day."),
        Field(
            name="negotiated_percent",
            label="Percentage of the weekly budget",
            kind="number",
            hint="Where one was negotiated for Lot 2 (CP Sch IV)",
            optional=True,
        ),
    ),
)
ACCRUE = Form(
    title="Take the fees of the weeks that have ended",
    button="Take the fees",
    shape=shapes.NewAccrual,
    intro=("Of each whole week that has ended and has none, all of them or none.",),
    fields=(
        Field(
            name="until",
            label="The last day that may be in a week taken",
            kind="day",
            hint="Yesterday when left out",
            optional=True,
        ),
    ),
)
CONTRIBUTION = Form(
    title="Note that the contribution was invoiced",
    button="Note the invoice",
    shape=NewContribution,
    intro=("By the council, four weeks in arrears; none of the fund's money moves (CP 5.4).",),
    fields=(
        Field(name="amount", path="amount_pence", label="Amount", kind="pounds", ask="Enter the amount."),
        Field(
            name="first_on",
            label="A day of the stretch that it is for",
            kind="day",
            hint="The next one not invoiced when left out",
            optional=True,
        ),
        Field(name="invoiced_on", label="The day of the invoice", kind="day", usual=today, ask="Enter the day."),
        Field(name="reference", label="Invoice number", width=20, optional=True),
    ),
)
STEPS = Steps(
    blueprint=fee_pages,
    steps=(
        fund_step("set-fee", "funds.set_fee", "set_fee", SET, "The fee is set.", then=_to_its_fee),
        fund_step("take-fees", "funds.accrue_fees", "accrue_fees", ACCRUE, "The fees are taken.", then=_to_its_fee),
    ),
)
CONTRIBUTIONS = Steps(
    blueprint=fee_pages,
    steps=(
        fund_step(
            "contributions", "funds.note_contribution", "note_contribution", CONTRIBUTION, "The invoice is noted."
        ),
    ),
)
STEPS.register()
CONTRIBUTIONS.register()


@fee_pages.get(f"{PLACE}/fee")
@serves("funds.fee")
def fee(id: str) -> str:
    """A fund's fee through time, each change explained."""
    known = this_fund(id)
    found = of_fund("funds.fee", "get_fee", id)
    return render_template(
        "fund_fee.html",
        known=known,
        settings=(found or {"settings": []})["settings"],
        steps=STEPS.possible(known.record, id=id),
        done=STEPS.done(),
    )
