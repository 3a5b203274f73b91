"""The forms of a fund's life: opening, budget and outcomes, drafts, sign-offs, PATH, how broker and person work, the start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form, Payload
from gateway.pages.of_fund import Nothing
from gateway.pages.options import codes, fixed, rows_of, today
from gateway.pages.plan_rows import (
    latest_lines,
    line_rows,
    outcome_rows,
    plain_pounds,
    set_outcomes,
    with_ids,
    with_line_ids,
)
from gateway.pages.records import about_whom
from gateway.pages.rows import Filled, Rows
from gateway.schemas import fund_life as shapes
from gateway.schemas import ledger as fund_shapes
from gateway.schemas.variations import DutyMet

WAYS = {"isf": "As this fund", "direct-payment": "As a direct payment", "council-managed": "Managed by the council"}
DUTIES = {"contribution-invoice": "contribution invoice", "annual-summary": "summary", "monthly-data": "month's data"}


def _life(known: Known) -> Mapping[str, Any]:
    return known.record.get("life") or {}


def _kept(name: str) -> Any:
    """What the council set out before."""
    return lambda known: str(_life(known).get(name) or "")


def _kept_way(way: str) -> Any:
    def usual(known: Known) -> str:
        weekly = {one["way"]: one["weekly_pence"] for one in _life(known).get("deployment", ())}
        before = weekly.get(way, known.record.get("weekly_budget_pence") if way == "isf" and not weekly else None)
        return plain_pounds(before)

    return usual


def _kept_rates(known: Known) -> Filled:
    return [
        {
            "service_model": line["service_model"],
            "basis": line["basis"],
            "unit": line["unit"],
            "amount": plain_pounds(line["hundredths"]).replace(",", ""),
            "rate": plain_pounds(line["rate_pence"]) if line["basis"] == "declared" else "",
            "declared_in": line.get("declared_in", ""),
        }
        for line in _life(known).get("budget_lines", ())
    ]


def _as_arrangement(answers: Payload, _: Known) -> Payload:
    """The parts of the budget as the API lists them; what nobody said stays as it is."""
    ways = answers.get("ways", {})
    parts = [{"way": way, "weekly_pence": ways[way]} for way in WAYS if way in ways]
    said = {name: value for name, value in answers.items() if name != "ways"}
    return with_ids(said | ({"deployment": parts} if parts else {}), "outcomes", "outcome_id", "outcome")


def _items(known: Known) -> Mapping[str, str]:
    """The council's items, each with where it stands."""
    return {one["item"]: f"{one['label']} ({one['clause']}){_standing(one)}" for one in _sign_offs(known)}


def _standing(item: Mapping[str, Any]) -> str:
    if item["by_person"] and item["by_circle"]:
        return ", signed off"
    return ", signed by the person" if item["by_person"] else ""


def _sign_offs(known: Known) -> Iterable[Mapping[str, Any]]:
    found: Iterable[Mapping[str, Any]] = (_life(known).get("sign_offs") or {}).get("items", ())
    return found


def _as_sign_offs(answers: Payload, known: Known) -> Payload:
    """One signature under each of the items, in its present version, or in the next where the information has changed."""
    versions = {one["item"]: max(one["version"], 1) + bool(answers.get("changed")) for one in _sign_offs(known)}
    signature = {name: said for name, said in answers.items() if name not in ("items", "changed", "no_circle_reason")}
    items = [signature | {"item": item, "version": versions.get(item, 1)} for item in answers.get("items", ())]
    reason = {"no_circle_reason": answers["no_circle_reason"]} if "no_circle_reason" in answers else {}
    return {"items": items} | reason


def _path_rows(known: Known) -> tuple[Field | Rows, ...]:
    """Notes for each step of the council's policy; the steps that look ahead ask by when."""
    return tuple(
        Rows(
            name=f"steps.{place}.notes",
            one=f"Step {step['number']}, note",
            another=f"note to step {step['number']}",
            heading=f"{step['number']}. {step['label']}",
            hint=f"By when: {step['from_months']} to {step['to_months']} months on" if "from_months" in step else "",
            first=1,
            filled=_drawn_before(int(str(step["number"]))),
            fields=_note_fields(looks_ahead="from_months" in step),
        )
        for place, step in enumerate(rows_of(known, "plan_steps"))
    )


def _note_fields(*, looks_ahead: bool) -> tuple[Field, ...]:
    by_when = (Field(name="by_on", label="By when", kind="day", optional=True),) if looks_ahead else ()
    return (
        Field(name="words", label="In the person's own words", kind="area", ask="Write it down."),
        Field(name="who", label="Who helps", optional=True),
        *by_when,
    )


def _drawn_before(number: int) -> Any:
    def filled(known: Known) -> Filled:
        steps = (_life(known).get("path") or {}).get("steps", ())
        notes = next((step["notes"] for step in steps if step["number"] == number), ())
        return [{name: note.get(name) or "" for name in ("words", "who", "by_on")} for note in notes]

    return filled


def _as_path(answers: Payload, known: Known) -> Payload:
    """Each step that says something, with its number."""
    rows, steps = list(rows_of(known, "plan_steps")), answers.get("steps", {})
    said = {place: {"number": int(str(rows[int(place)]["number"])), **step} for place, step in steps.items()}
    return answers | {"steps": said or []}


OPEN = Form(
    title="Open a fund",
    button="Open the fund",
    shape=fund_shapes.NewFund,
    intro=("Each person's money is held separately (CP 9.8). A fund opens by itself when a provider is chosen.",),
    fields=(
        *about_whom(person=False),
        Field(name="person_id", label="Person", hint="Their id", ask="Say whose fund it is."),
        Field(name="provider_id", label="Provider", hint="Its id", ask="Say which provider holds it."),
        Field(
            name="weekly_budget",
            path="weekly_budget_pence",
            label="Weekly personal budget",
            kind="pounds",
            ask="Enter the weekly budget.",
        ),
        Field(name="starts_on", label="First day", kind="day", usual=today, ask="Enter the first day."),
        Field(name="referral_id", label="Referral", hint="Its id, where there is one", optional=True),
        Field(
            name="shared_with",
            label="Who else may see it?",
            kind="lines",
            hint="Ids, one to a line (CP 5.5)",
            optional=True,
        ),
        Rows(
            name="household",
            one="Member",
            heading="Who lives in the household and might be paid? (CP 6.17(h))",
            first=1,
            fields=(
                Field(name="party_id", label="Their id", ask="Enter their id."),
                Field(name="relation", label="What they are to the person", ask="Say what they are to the person."),
            ),
        ),
    ),
)
ARRANGE = Form(
    title="Set out the budget and its outcomes",
    button="Save",
    shape=shapes.FundArrangement,
    arrange=_as_arrangement,
    intro=("What you leave empty stays as it is (CP 1.3, 3.1, 3.2.1, 3.4).",),
    fields=(
        outcome_rows(set_outcomes, heading="High-level outcomes", hint="The lines of the plan name them"),
        *(
            Field(
                name=f"ways.{way}",
                label=text,
                kind="pounds",
                heading="The personal budget a week" if way == "isf" else "",
                usual=_kept_way(way),
                optional=True,
            )
            for way, text in WAYS.items()
        ),
        Field(
            name="lot",
            label="Lot of the provider",
            kind="one_of",
            choices=fixed(shapes.LOTS),
            usual=_kept("lot"),
            heading="Provider and right",
            optional=True,
        ),
        Field(
            name="entitlement",
            label="By which right is the person served?",
            kind="one_of",
            choices=fixed(shapes.ENTITLEMENTS, care_act="Care Act 2014", section_117="Section 117 aftercare"),
            usual=_kept("entitlement"),
            optional=True,
        ),
        Field(name="voucher_code", label="Voucher code", width=20, usual=_kept("voucher_code"), optional=True),
        Rows(
            name="budget_lines",
            one="Rate",
            heading="How the fund's budget was reckoned",
            hint="Where it was reckoned by rates: together they come to the fund's weekly budget (CP 3.4)",
            first=1,
            filled=_kept_rates,
            fields=(
                Field(name="service_model", label="Service", kind="select", choices=codes("service_models")),
                Field(
                    name="basis",
                    label="Which rate",
                    kind="select",
                    choices=fixed(shapes.BASES, declared="A declared one", average="The council's average"),
                ),
                Field(
                    name="amount", path="hundredths", label="How much a week", kind="hundredths", hint="Such as 10.5"
                ),
                Field(name="unit", label="Of what", kind="select", choices=fixed(shapes.UNITS)),
                Field(name="rate", path="rate_pence", label="The declared rate", kind="pounds", optional=True),
                Field(name="declared_in", label="Where it was declared", optional=True),
            ),
        ),
    ),
    places={"deployment": "ways.isf", "deployment.*.weekly_pence": "ways.isf"},
)
DRAFT = Form(
    title="Draw up the plan",
    button="Save this draft",
    shape=shapes.NewDraft,
    arrange=with_line_ids,
    intro=("Each line says which outcome it serves. The social worker agrees the latest draft (CP 3.2.3, 3.2.4).",),
    fields=(line_rows(latest_lines),),
)
AGREE = Form(
    title="Agree this plan",
    button="Agree this plan",
    shape=Nothing,
    intro=("From then on money may be spent under it. Whoever wrote it cannot agree it (CP 3.2.4).",),
    fields=(),
)
SIGN_OFF = Form(
    title="Record what was signed off",
    button="Record it",
    shape=shapes.SignOffs,
    arrange=_as_sign_offs,
    intro=("The person and their circle of support sign off what they were told (CP 6.6).",),
    fields=(
        Field(name="items", label="Which items?", kind="any_of", choices=_items, ask="Choose what was signed off."),
        Field(
            name="capacity",
            label="Who signed?",
            kind="one_of",
            choices=fixed(
                shapes.CAPACITIES,
                person="The person",
                nominee="The nominee, for the person",
                circle="Somebody of their circle",
                advocate="The advocate, for the person",
            ),
            ask="Choose who signed.",
        ),
        Field(name="signed_by", label="Their id", ask="Enter the id of who signed.", width=20),
        Field(name="signed_on", label="When?", kind="day", usual=today, ask="Enter the day."),
        Field(
            name="format",
            label="How was the information given?",
            kind="one_of",
            choices=fixed(shapes.FORMATS),
            ask="Choose how it was given.",
        ),
        Field(
            name="changed",
            label="Has the information changed since it was last signed off?",
            kind="yes_no",
            usual=lambda _: "no",
            optional=True,
        ),
        Field(name="reference", label="Where is the signature kept?", optional=True),
        Field(
            name="no_circle_reason",
            label="Why does nobody of a circle sign?",
            hint="Where the person has none",
            usual=lambda known: str((_life(known).get("sign_offs") or {}).get("no_circle_reason") or ""),
            optional=True,
        ),
    ),
    places={f"items.*.{name}": name for name in ("signed_by", "signed_on", "format", "capacity", "reference")},
)
PATH = Form(
    title="Record the person's PATH",
    button="Record the PATH",
    shape=shapes.NewPath,
    arrange=_as_path,
    intro=("The steps in their order, as far as it has come; none is left out (CP 6.14).",),
    fields=(Field(name="drawn_on", label="When was it drawn?", kind="day", usual=today, ask="Enter the day."),),
    further=_path_rows,
)
WORKING = Form(
    title="Record how broker and person work together",
    button="Record the agreement",
    shape=shapes.NewWorkingAgreement,
    fields=(
        Field(name="agreed_on", label="When was it agreed?", kind="day", usual=today, ask="Enter the day."),
        Field(
            name="agreed_with",
            label="With whom?",
            kind="lines",
            hint="Ids, one to a line",
            usual=lambda known: str(known.record.get("person_id") or ""),
            ask="Say with whom it was agreed.",
        ),
        Field(name="reference", label="Where is it written?", ask="Say where it is written."),
        Field(
            name="statements",
            label="Which of these was it checked against?",
            kind="any_of",
            choices=codes("broker_statements"),
            optional=True,
        ),
    ),
)
START = Form(
    title="Record that support has started",
    button="Record the start",
    shape=shapes.PlanStart,
    intro=("Not before the plan was agreed (CP 3.2.4, 3.2.5).",),
    fields=(Field(name="started_on", label="The first day", kind="day", usual=today, ask="Enter the day."),),
)
MEET = Form(
    title="Record that it was done",
    button="Record it",
    shape=DutyMet,
    fields=(
        Field(name="met_on", label="When?", kind="day", usual=today, ask="Enter the day."),
        Field(name="reference", label="The document's number", width=20, optional=True),
    ),
)
CLOSE = Form(
    title="Close this fund",
    button="Close this fund",
    warning=True,
    shape=fund_shapes.FundClosing,
    intro=("Its book ends with it. A fund that holds money stays open (CP 4.7).",),
    fields=(Field(name="reason", label="Why is it closed?", optional=True),),
)
