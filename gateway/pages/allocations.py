"""Money set aside by purpose: what each outcome of the plan holds, setting more aside, having it free again."""

from __future__ import annotations

from flask import Blueprint, render_template

from gateway.api import serves
from gateway.asking import ask, may
from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form
from gateway.pages.money import back_to, below_fund, fund_if_read
from gateway.pages.of_fund import PLACE, fund_step, is_open
from gateway.pages.purposes import called, outcome_words, planned, with_purposes
from gateway.pages.spending_forms import pounds
from gateway.pages.steps import Steps
from gateway.schemas import allocations as shapes
from gateway.services import LEDGER
from gateway.statements import pounds as in_pounds

BELOW = "Money set aside by purpose"

ALLOCATE = Form(
    title="Set money aside by purpose",
    button="Set it aside",
    shape=shapes.NewFundAllocation,
    intro=("It stays in hand until it is spent on that outcome, by the same rules as any spend, or is free again.",),
    fields=(
        Field(
            name="purpose",
            label="For which outcome of the plan?",
            kind="one_of",
            choices=planned,
            ask="Choose the outcome.",
        ),
        pounds("amount", "How much?"),
        Field(name="reason", label="What is being saved for?", optional=True),
    ),
)
RELEASE = Form(
    title="Have money free again",
    button="Have it free again",
    shape=shapes.FundAllocationRelease,
    fields=(
        pounds("amount", "How much?", optional=True, hint="Left empty, all that is set aside for it"),
        Field(name="reason", label="Why?", optional=True),
    ),
)


def _for_purpose(id: str, purpose: str) -> Known:
    known = with_purposes(below_fund("allocations", BELOW))(id=id)
    held = known.record["set_aside"].get(purpose, 0)
    facts = (*known.facts, ("Outcome", called(known, purpose)), ("Set aside", in_pounds(held)))
    return Known(council_id=known.council_id, record=known.record, name=BELOW, address=known.address, facts=facts)


allocation_pages = Blueprint("allocation_pages", __name__)
STEPS = Steps(
    blueprint=allocation_pages,
    steps=(
        fund_step(
            "allocations/new",
            "allocations.make",
            "allocate_money",
            ALLOCATE,
            "The money is set aside.",
            about=with_purposes(below_fund("allocations", BELOW)),
        ),
        fund_step(
            "release",
            "allocations.release",
            "release_money",
            RELEASE,
            "The money is free again.",
            about=_for_purpose,
            place=f"{PLACE}/allocations/<id:purpose>",
            elsewhere=True,
        ),
    ),
)
STEPS.register()


@allocation_pages.get(f"{PLACE}/allocations")
@serves("allocations.list")
def allocations(id: str) -> str:
    """What is set aside for each outcome of the plan, and what is free beside it."""
    fund = fund_if_read(id)
    return render_template(
        "allocations.html",
        fund_id=id,
        items=ask(LEDGER, "list_allocations", {"id": id})["items"],
        names=outcome_words(id),
        balance=ask(LEDGER, "get_balance", {"id": id}) if may("funds.balance") else None,
        back=back_to(id),
        steps=STEPS.possible(fund, id=id),
        may_release=may("allocations.release") and is_open(fund),
        may_spend=may("funds.request_spend") and is_open(fund),
        done=STEPS.done(),
    )
