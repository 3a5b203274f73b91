"""The questions by which money moves on a fund's book: a spend, a booking and its end, a payment in, a correction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form, Payload
from gateway.pages.money import on_day, reason
from gateway.pages.options import fixed
from gateway.pages.purposes import PURPOSE, planned
from gateway.pages.words import words
from gateway.schemas import ledger as shapes
from gateway.schemas import reservations as bookings
from gateway.schemas import spending

AGREEMENT = ("clause", "agreed_by", "agreed_on", "reference")
_EVIDENCE = fixed(shapes.EVIDENCE)


def as_spend(answers: Payload, _: Known) -> Payload:
    """The spend as the ledger takes it: the kind that was named or chosen, and the agreement in a list."""
    said = dict(answers)
    other = said.pop("other_category", None)
    agreement = said.pop("agreement", None)
    return said | ({"category": other} if other else {}) | ({"agreements": [agreement]} if agreement else {})


def of_plan(name: str) -> Callable[[Known], Mapping[str, str]]:
    """What the fund's agreed plan has; nothing before there is one, so that it is typed."""

    def choices(known: Known) -> Mapping[str, str]:
        plan = known.record.get("plan") or {}
        return {str(line[name]): words(str(line[name])) for line in plan.get("lines") or ()}

    return choices


def pounds(name: str, label: str, *, optional: bool = False, hint: str = "", path: str = "") -> Field:
    """An amount, sent in pence."""
    return Field(
        name=name,
        path=path or f"{name}_pence",
        label=label,
        kind="pounds",
        ask="Enter the amount.",
        optional=optional,
        hint=hint,
    )


def whats_bought() -> Sequence[Field]:
    """The questions about any spend, paid at once, set aside or only thought of."""
    return (
        Field(
            name="category",
            label="What kind of spend is it?",
            kind="one_of",
            choices=of_plan("category"),
            ask="Choose the kind of spend, or enter it.",
        ),
        Field(
            name="other_category",
            label="Or another kind",
            hint="As the council's rules name it, such as short_stay",
            width=20,
            optional=True,
        ),
        Field(name="payee_id", label="Who is paid?", hint="Their id", ask="Enter who is paid.", width=20),
        Field(
            name="supply",
            label="What is bought?",
            kind="one_of",
            choices=fixed(shapes.SUPPLIES),
            optional=True,
        ),
        Field(
            name="outcome_id",
            label="Which outcome of the plan does it serve?",
            kind="one_of",
            choices=planned,
            optional=True,
        ),
        Field(
            name="delivered_by",
            label="Who delivers it, if not the payee?",
            hint="Their id",
            width=20,
            optional=True,
        ),
    )


def what_was_sought() -> Sequence[Field]:
    """What was looked for before the fund was asked to pay, which the rules ask of equipment."""
    return (
        Field(
            name="sought_first.other_funding",
            label="What came of looking for other funding?",
            heading="For equipment: what was looked for first (CP 2.3, 2.9)",
            hint="And where that is on record",
            optional=True,
        ),
        Field(
            name="sought_first.council_route",
            label="Where is the answer of the council's technology-enabled care route?",
            optional=True,
        ),
        Field(
            name="sought_first.council_answer",
            label="What does the council do about it?",
            kind="one_of",
            choices=fixed(
                shapes.COUNCIL_ANSWERS,
                cannot="It cannot get it",
                provides="It provides it",
                sources="It sources it",
            ),
            optional=True,
        ),
        pounds("sought_first.council_price", "At which price does the council get it?", optional=True),
    )


def the_stay() -> Sequence[Field]:
    """The days of a short stay."""
    return (
        Field(
            name="period.from",
            label="First day",
            heading="A short stay in residential care (CP 6.17(f))",
            kind="day",
            optional=True,
        ),
        Field(name="period.to", label="Last day", kind="day", optional=True),
    )


def the_agreement() -> Sequence[Field]:
    """An agreement that was given already."""
    return (
        Field(
            name="agreement.clause",
            label="Under which clause?",
            heading="An agreement that was given already (CP 6.17(g), (h))",
            hint="Such as CP 6.17(h)",
            width=20,
            optional=True,
        ),
        Field(name="agreement.agreed_by", label="Who agreed?", width=20, optional=True),
        Field(name="agreement.agreed_on", label="When?", kind="day", optional=True),
        Field(name="agreement.reference", label="Where is it written?", optional=True),
    )


AGREEMENT_PLACES = {"agreements": "agreement"} | {f"agreements.0.{name}": f"agreement.{name}" for name in AGREEMENT}


def _evidence() -> Field:
    return Field(name="evidence", label="What proves it?", kind="select", choices=_EVIDENCE, optional=True)


def _reference(label: str) -> Field:
    return Field(name="reference", label=label, width=20, optional=True)


SPEND = Form(
    title="Ask for a spend",
    button="Ask for it",
    shape=shapes.NewSpend,
    arrange=as_spend,
    places=AGREEMENT_PLACES,
    intro=("What the rules allow is posted at once. What they do not is refused, with the clause (CP 6.17).",),
    fields=(
        pounds("amount", "How much?"),
        on_day("effective_on", "On which day is it incurred?"),
        *whats_bought(),
        PURPOSE,
        _reference("Invoice number or the like"),
        _evidence(),
        *what_was_sought(),
        *the_stay(),
        *the_agreement(),
    ),
)
BOOK = Form(
    title="Set money aside for a booking",
    button="Set it aside",
    shape=bookings.NewReservation,
    arrange=as_spend,
    places=AGREEMENT_PLACES,
    intro=(
        "Rules and balance are asked now, as for a spend. Money that is not paid by its last day is free again by itself.",
    ),
    fields=(
        pounds("amount", "How much?"),
        on_day("effective_on", "From which day is it set aside?"),
        Field(
            name="expires_on",
            label="Until which day can it be paid?",
            kind="day",
            ask="Enter the last day on which it can be paid.",
        ),
        *whats_bought(),
        _reference("Booking number or the like"),
        *what_was_sought(),
        *the_stay(),
        *the_agreement(),
    ),
)
PAY = Form(
    title="Pay a booking",
    button="Pay it",
    shape=bookings.ReservationPaid,
    intro=("In full or in part; the rest is free again. A booking is paid or called off once.",),
    fields=(
        pounds("amount", "How much?", optional=True, hint="Left empty, all that was set aside"),
        on_day("effective_on", "On which day was it paid?"),
        _reference("Invoice number or the like"),
        _evidence(),
    ),
)
CALL_OFF = Form(
    title="Call a booking off",
    button="Call it off",
    warning=True,
    shape=bookings.ReservationVoid,
    intro=("Its money is free again. This cannot be taken back.",),
    fields=(reason(),),
)
AGREE = Form(
    title="Agree to this spend",
    button="Agree to it",
    warning=True,
    shape=spending.SpendAgreement,
    intro=("It is then posted, once. Whoever asked for it cannot agree to it.",),
    fields=(
        reason("Why is it agreed?"),
        Field(
            name="reference",
            label="Where is the written agreement kept?",
            hint="CP 6.17(h) asks for one in writing",
            optional=True,
        ),
    ),
)
REVERSE = Form(
    title="Reverse this entry",
    button="Reverse it",
    warning=True,
    shape=shapes.Reversal,
    intro=("The entry stays; its opposite is posted beside it, once. Post what is right anew after that.",),
    fields=(
        reason(),
        on_day("effective_on", "From which day does the correction count?", optional=True, hint="Left empty, today"),
    ),
)
PAY_IN = Form(
    title="Record a payment in",
    button="Record it",
    shape=shapes.NewPayment,
    intro=("Money that the council paid into the fund in advance (CP 5.4).",),
    fields=(
        on_day("effective_on", "On which day did it come in?"),
        pounds("amount", "How much?", optional=True, hint="Left empty, what the council's policy sets for the weeks"),
        on_day(
            "first_on", "First day of the weeks that it pays for", optional=True, hint="Left empty, the next unpaid"
        ),
        Field(name="difference_reason", label="Why is the amount another than policy sets?", optional=True),
        _reference("The payer's reference"),
        _evidence(),
    ),
)
ATTACH = Form(
    title="Attach evidence",
    button="Attach it",
    shape=spending.NewEvidence,
    intro=("The entry itself stays as it was posted; the document is kept beside it (CP 9.5).",),
    fields=(
        Field(
            name="kind", label="What kind of document is it?", kind="one_of", choices=_EVIDENCE, ask="Choose the kind."
        ),
        Field(name="reference", label="Its number, or where it is kept", ask="Enter its number, or where it is kept."),
    ),
)
