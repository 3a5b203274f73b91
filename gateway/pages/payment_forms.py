"""The questions that a direct payment is asked by: its test, its set-up, its checks, its end (CE 3.2)."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.asking import ask
from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form, Payload
from gateway.pages.options import codes, fixed, texts, today
from gateway.pages.words import words
from gateway.schemas import agencies as agency_shapes
from gateway.schemas import direct_payments as shapes
from gateway.schemas import payment_setup as setup
from gateway.services import REFERRALS

MOST_AGENCIES = 100


def _to_the_person(answers: Payload, known: Known) -> Payload:
    """The person receives it under their own id, which nobody has to type."""
    recipient = answers.get("recipient", {})
    if recipient.get("kind") != "person" or "party_id" in recipient:
        return answers
    return answers | {"recipient": recipient | {"party_id": known.record["person_id"]}}


def _conditions(known: Known) -> Mapping[str, str]:
    asked = (known.record.get("test") or {}).get("conditions", ())
    return {
        one["code"]: f"{one['label']}{' (bars the payment)' if one.get('bars') else ''}"
        for one in asked
        if not one.get("left_out_because")
    }


def _items(known: Known) -> Mapping[str, str]:
    checklist = known.record.get("checklist") or ()
    wanted = {one["item"]: one["label"] for one in checklist if one.get("state") == "open"}
    return wanted or codes("setup_checklist", key="item")(known)


def _agencies(known: Known) -> Mapping[str, str]:
    page = ask(REFERRALS, "list_agencies", {"limit": MOST_AGENCIES})
    return {
        one["id"]: f"{one['name']}: {words(one['rating']['rating']).lower()}"
        for one in page["items"]
        if one["council_id"] == known.council_id
    }


def _due_check(known: Known) -> str:
    stand = known.record.get("checks_stand") or {}
    return next((kind for kind, state in stand.items() if not state.startswith("stopped")), "")


def _recipient(known: Known) -> str:
    return str((known.record.get("test") or {}).get("recipient", {}).get("party_id", ""))


def _evidence(label: str = "What shows it?") -> Field:
    return Field(name="evidence", label=label, kind="area", ask="Say what shows it.")


def _on(name: str, label: str) -> Field:
    return Field(name=name, label=label, kind="day", usual=today, ask="Enter the day.")


BEGIN = Form(
    title="Begin the capacity test",
    button="Begin the test",
    shape=shapes.NewTest,
    arrange=_to_the_person,
    intro=(
        "The conditions are those of the council's policy today: four with capacity, five without (CE 3.2).",
        "A test that was there before is kept.",
    ),
    fields=(
        Field(
            name="has_capacity",
            label="Can the person decide to ask for a direct payment?",
            kind="yes_no",
            ask="Say whether the person can decide to ask for a direct payment.",
        ),
        Field(
            name="recipient.kind",
            label="Who would receive it?",
            kind="one_of",
            choices=fixed(
                shapes.KINDS,
                person="The person",
                nominee="Somebody whom the person nominates",
                authorised_person="Somebody authorised under the Mental Capacity Act",
                suitable_person="Somebody else who is suitable",
            ),
            ask="Choose who would receive it.",
        ),
        Field(
            name="recipient.party_id",
            label="Their id or reference",
            hint="Not needed for the person",
            ask="Enter who would receive it.",
            width=20,
            optional=True,
        ),
        Field(name="recipient.scope", label="What is a nominee responsible for?", optional=True),
        Field(
            name="recipient.route",
            label="By which route do they come in?",
            heading="Where the person lacks capacity",
            kind="one_of",
            choices=codes("authorised_person_routes", key="route"),
            optional=True,
        ),
        Field(
            name="recipient.authorised_person_id",
            label="Who is authorised, and agrees?",
            hint="Their id, where the route needs it",
            width=20,
            optional=True,
        ),
        Field(name="recipient.authorised_agreed_on", label="On which day did they agree?", kind="day", optional=True),
    ),
)
CONDITION = Form(
    title="Record whether a condition holds",
    button="Record it",
    shape=shapes.FoundCondition,
    intro=("The last finding of a condition counts; all are kept.",),
    fields=(
        Field(
            name="condition",
            label="Which condition?",
            kind="one_of",
            choices=_conditions,
            ask="Choose the condition.",
        ),
        Field(name="holds", label="Is it so?", kind="yes_no", ask="Say whether it is so."),
        _evidence(),
        _on("found_on", "When was it found?"),
    ),
)
CONCLUDE = Form(
    title="Conclude the test",
    button="Conclude the test",
    shape=shapes.TestConclusion,
    intro=("What it comes out as follows from the findings.",),
    fields=(),
)
SIGN = Form(
    title="Record the signed agreement",
    button="Record it",
    shape=shapes.SignedAgreement,
    intro=("Whoever receives the payment signs, and is legally responsible from then on (CE 3.2).",),
    fields=(
        Field(
            name="signed_by", label="Who signed?", hint="Their id", usual=_recipient, ask="Enter who signed.", width=20
        ),
        _on("signed_on", "When?"),
    ),
)
USE = Form(
    title="Say what the payment is used for",
    button="Save",
    shape=setup.UseOfPayment,
    fields=(
        Field(
            name="employs_personal_assistant",
            label="Will the person employ a personal assistant?",
            kind="yes_no",
            hint="The checklist has further items then",
            ask="Say whether they will.",
        ),
    ),
)
ITEM = Form(
    title="Record an item of the checklist",
    button="Record it",
    shape=setup.DoneItem,
    fields=(
        Field(name="item", label="Which item is done?", kind="one_of", choices=_items, ask="Choose the item."),
        _on("done_on", "When was it done?"),
        _evidence(),
        Field(
            name="account_holder_id",
            label="Whose is the account?",
            hint="Of the separate account only: the id of the person, or of whoever is responsible",
            width=20,
            optional=True,
        ),
    ),
)
CONTINGENCY = Form(
    title="Plan cover",
    button="Save this plan",
    shape=setup.PlannedContingency,
    intro=("For when the usual help is away (CE 3.2).",),
    fields=(
        Field(
            name="situation",
            label="For which situation?",
            kind="one_of",
            choices=codes("contingency_situations"),
            ask="Choose the situation.",
        ),
        Field(
            name="cover",
            label="What kind of cover?",
            kind="one_of",
            choices=codes("contingency_covers"),
            ask="Choose the cover.",
        ),
        Field(name="arrangement", label="What is arranged?", kind="area", ask="Say what is arranged."),
    ),
)
START_UP = Form(
    title="Ask for start-up money",
    button="Ask for it",
    shape=setup.StartUpAsking,
    intro=("The practitioner of adult social care agrees or not; whoever asks cannot (CE 3.2).",),
    fields=(
        Field(
            name="item",
            label="What for?",
            kind="one_of",
            choices=codes("start_up_funding_items"),
            ask="Choose what for.",
        ),
        Field(name="amount", path="amount_pence", label="How much?", kind="pounds", ask="Enter the amount."),
        Field(name="purpose", label="Why is it needed?", kind="area", ask="Say why it is needed."),
    ),
)
DECIDE = Form(
    title="Decide on start-up money",
    button="Record the decision",
    shape=setup.StartUpDecision,
    fields=(
        Field(name="agreed", label="Do you agree?", kind="yes_no", ask="Say whether you agree."),
        Field(name="reason", label="Why, or why not?", ask="Say why."),
    ),
)
CHANGE = Form(
    title="Tell the council of a change",
    button="Tell the council",
    shape=setup.PaymentChange,
    intro=("Any change in how the payment is run is told to the council (CE 3.2).",),
    fields=(
        Field(
            name="reason",
            label="What kind of change?",
            kind="one_of",
            choices=codes("direct_payment_change_reasons"),
            ask="Choose the kind of change.",
        ),
        Field(name="details", label="What was noticed?", kind="area", ask="Say what was noticed."),
        _on("noticed_on", "When was it noticed?"),
    ),
)
SERVICE = Form(
    title="Point the person to a service",
    button="Record it",
    shape=setup.SignpostedService,
    intro=("The direct payment contains nothing for it (CE 1.1, 1.2).",),
    fields=(
        Field(
            name="service",
            label="Which service?",
            kind="one_of",
            choices=codes("services_out_of_scope"),
            ask="Choose the service.",
        ),
    ),
)
AGENCY = Form(
    title="Point the person to a care agency",
    button="Record it",
    shape=agency_shapes.AgencySignpost,
    intro=("Nobody is pointed to an agency that CQC rates Inadequate (CE 3.2).",),
    fields=(
        Field(name="agency_id", label="Which agency?", kind="one_of", choices=_agencies, ask="Choose the agency."),
    ),
)
CHECK = Form(
    title="Record a check",
    button="Record this contact",
    shape=setup.CheckContact,
    intro=("Only a contact that reached the person makes the check (CE 3.2).",),
    fields=(
        Field(
            name="kind",
            label="Which check?",
            kind="one_of",
            choices=fixed(setup.CHECKS),
            usual=_due_check,
            ask="Choose the check.",
        ),
        Field(
            name="method",
            label="How?",
            kind="one_of",
            choices=texts("check_methods"),
            usual=lambda _: "phone",
            ask="Choose how.",
        ),
        _on("made_on", "When?"),
        Field(name="reached", label="Was the person reached?", kind="yes_no", ask="Say whether they were reached."),
        Field(
            name="outcome",
            label="What came of it?",
            kind="area",
            hint="Needed when the person was reached",
            optional=True,
        ),
        Field(name="understands", label="Are roles and responsibilities understood?", kind="yes_no", optional=True),
        Field(name="needs_support", label="Is further support needed?", kind="yes_no", optional=True),
        Field(
            name="without_phone_because",
            label="Why did it not begin by phone?",
            hint="Of an early help check by another way only",
            optional=True,
        ),
        Field(
            name="issue",
            label="An issue that social care has to know at once",
            kind="area",
            hint="Leave it empty if there is none",
            optional=True,
        ),
    ),
)
TELL = Form(
    title="Record that social care was told",
    button="Record it",
    shape=setup.ToldOfIssue,
    fields=(
        Field(
            name="how", label="How were they told?", kind="one_of", choices=texts("check_methods"), ask="Choose how."
        ),
    ),
)
IMPLEMENT = Form(
    title="Record that the payment runs",
    button="Record it",
    shape=shapes.Implemented,
    intro=("Its early help check and its follow-up check are due from this day on (CE 3.2).",),
    fields=(_on("implemented_on", "Since when does it run?"),),
)
END = Form(
    title="End the direct payment",
    button="End the direct payment",
    warning=True,
    shape=shapes.PaymentEnding,
    intro=("No deadline of it runs on. The case stays open until somebody closes it (CE 4.4).",),
    fields=(Field(name="reason", label="Why does it end?", ask="Say why it ends."), _on("ended_on", "When?")),
)
