"""The life of a fund: its steps by form, and what stands around its money (CP 3.1 to 3.4, 6.6, 6.14, Sch V)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from gateway.api import serves
from gateway.asking import ask, caller, may
from gateway.pages import fund_forms as forms
from gateway.pages.fields import Known
from gateway.pages.of_fund import fund_or_sums, fund_step, is_open, known_of
from gateway.pages.steps import Record, Step, Steps, to_the_new
from gateway.pages.words import words
from gateway.services import LEDGER
from gateway.statements import pounds

life_pages = Blueprint("life_pages", __name__)


def with_life(id: str, **_: str) -> Known:
    """The fund of the address with the steps of its life."""
    return known_of(fund_or_sums(id) | {"life": ask(LEDGER, "get_fund_life", {"id": id})})


def _draft(id: str, draft: int) -> Known:
    """The fund with a draft of its plan."""
    known = with_life(id)
    found = next((one for one in known.record["life"]["drafts"] if one["draft"] == draft), None)
    facts = [("Draft", str(draft))]
    if found is not None:
        facts += [("Written by", str(found["written_by"])), ("Costs a week", pounds(found["weekly_cost_pence"]))]
    return known_of(known.record, *facts)


def _duty(id: str, duty: str) -> Known:
    return known_of(fund_or_sums(id), ("What was due", forms.DUTIES.get(duty, duty)))


def _has_no_plan(fund: Record) -> bool:
    return is_open(fund) and not fund.get("plan")


def _may_start(fund: Record) -> bool:
    life = fund.get("life") or {}
    return is_open(fund) and bool(fund.get("plan")) and not life.get("started_on")


STEPS = Steps(
    blueprint=life_pages,
    steps=(
        Step(
            name="open_fund",
            address="/funds/new",
            operation="funds.open",
            method="open_fund",
            form=forms.OPEN,
            about=lambda: Known(name="Funds", address="/funds"),
            done="The fund is open.",
            service=LEDGER,
            then=to_the_new("/funds"),
            elsewhere=True,
        ),
        fund_step(
            "arrange",
            "funds.arrange",
            "arrange_fund",
            forms.ARRANGE,
            "The budget and its outcomes are set out.",
            about=with_life,
        ),
        fund_step(
            "draft-plan",
            "funds.draft_plan",
            "draft_plan",
            forms.DRAFT,
            "The draft is saved.",
            about=with_life,
            possible=_has_no_plan,
        ),
        fund_step(
            "plan-drafts/<int:draft>/agree",
            "funds.agree_draft",
            "agree_draft",
            forms.AGREE,
            "The plan is agreed.",
            about=_draft,
            elsewhere=True,
        ),
        fund_step("sign-off", "funds.sign_off", "sign_off", forms.SIGN_OFF, "It is recorded.", about=with_life),
        fund_step("path", "funds.record_path", "record_path", forms.PATH, "The PATH is recorded.", about=with_life),
        fund_step(
            "working-agreement",
            "funds.record_working_agreement",
            "record_working_agreement",
            forms.WORKING,
            "The agreement is recorded.",
        ),
        fund_step(
            "start",
            "funds.start_plan",
            "start_plan",
            forms.START,
            "Support has started.",
            possible=_may_start,
        ),
        fund_step(
            "duties/<id:duty>/meet",
            "funds.meet_duty",
            "meet_duty",
            forms.MEET,
            "It is recorded.",
            about=_duty,
            elsewhere=True,
        ),
        fund_step("close", "funds.close", "close_fund", forms.CLOSE, "The fund is closed.", elsewhere=True),
    ),
)
STEPS.register()


def next_draft(fund: Record) -> dict[str, Any] | None:
    """The latest draft, where it is still to be agreed, for who may agree it."""
    drafts = (fund.get("life") or {}).get("drafts") or ()
    latest = drafts[-1] if drafts else None
    if latest is None or latest["agreed"] or not is_open(fund) or not may("funds.agree_draft"):
        return None
    return latest if latest["written_by"] != caller().actor_id else None


@life_pages.get("/funds/<id:id>/life")
@serves("funds.life")
def life(id: str) -> str:
    """What stands around a fund's money: budget, drafts of the plan, sign-offs, PATH, how broker and person work."""
    known = with_life(id)
    return render_template(
        "fund_life.html",
        fund=known.record,
        known=known,
        life=known.record["life"],
        budget=_budget(known.record),
        outcomes={one["outcome_id"]: one["words"] for one in known.record["life"]["outcomes"]},
        to_agree=next_draft(known.record),
        steps=STEPS.possible(known.record, id=id),
    )


def _budget(fund: Record) -> list[tuple[str, str]]:
    found = fund["life"]
    right = {"section-117": "Section 117 aftercare", "care-act": "Care Act 2014"}
    facts = [("Weekly budget of the fund", pounds(fund["weekly_budget_pence"]))]
    facts += (
        [("Whole personal budget", pounds(found["personal_budget_pence"]))] if found["personal_budget_pence"] else []
    )
    facts += [(forms.WAYS[part["way"]], pounds(part["weekly_pence"])) for part in found["deployment"]]
    said = (
        ("Lot", words(found["lot"] or "")),
        ("By right of", right.get(found["entitlement"], "")),
        ("Voucher code", found["voucher_code"]),
    )
    return facts + [(label, text) for label, text in said if text]
