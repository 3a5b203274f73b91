"""The questions that a complaint and its kin are asked by (CE 7.1, 7.4, 8.2; CP 9.1)."""

from __future__ import annotations

from gateway.asking import caller
from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form
from gateway.pages.options import fixed, today
from gateway.pages.records import about_whom
from gateway.schemas import complaints as shapes


def _who(_: Known) -> str:
    """A person speaks for themselves."""
    return "person" if "person" in caller().roles else ""


NEW = Form(
    title="Record a complaint or a compliment",
    button="Record it",
    shape=shapes.NewComplaint,
    intro=("From its receipt run the times in which it is passed on and acknowledged.",),
    fields=(
        Field(
            name="kind",
            label="What is it?",
            kind="one_of",
            choices=fixed(shapes.KINDS, negative_feedback="Negative feedback in writing"),
            ask="Choose what it is.",
        ),
        Field(name="text", label="What was said?", kind="area", ask="Write what was said."),
        Field(
            name="reporter",
            label="Who said it?",
            kind="one_of",
            choices=fixed(
                shapes.REPORTERS,
                person="The person who uses the service",
                family="Their family or a friend",
                staff="A member of staff",
                other="Somebody else",
            ),
            usual=_who,
            ask="Choose who said it.",
        ),
        Field(name="in_writing", label="Did it come in writing?", kind="yes_no", optional=True),
        Field(
            name="subject",
            label="What is it about?",
            kind="one_of",
            choices=fixed(
                shapes.SUBJECTS, service="The service", worker="A worker", partner="A partner or sub-contractor"
            ),
            usual=lambda _: "service",
        ),
        Field(
            name="partner_id",
            label="Which partner or sub-contractor?",
            hint="Their id",
            ask="Enter the partner.",
            width=20,
            optional=True,
        ),
        Field(
            name="received_at",
            label="When was it received?",
            kind="moment",
            hint="Now, if you leave it empty",
            optional=True,
        ),
        Field(
            name="happened_on",
            label="When did the matter happen?",
            kind="day",
            hint="A complaint needs this day or the next one",
            ask="Enter when it happened, or when they learned of it.",
            optional=True,
        ),
        Field(name="learned_on", label="When did they learn of it?", kind="day", optional=True),
        Field(
            name="late_reason",
            label="Why is a late complaint taken anyway?",
            hint="Past the law's limit only",
            ask="It came past the law's limit: say why it is taken anyway.",
            optional=True,
        ),
        Field(
            name="reporter_id",
            label="Who can be written to?",
            hint="The id of a party, such as whoever referred; not needed for the person themselves",
            width=20,
            optional=True,
        ),
        *about_whom(),
    ),
)
ANSWER = Form(
    title="Answer",
    button="Send the answer",
    shape=shapes.NewAnswer,
    intro=(
        "Negative feedback in writing gets a written answer that says what follows, with a copy to the council (CE 7.1(f)).",
    ),
    fields=(
        Field(name="text", label="What is answered?", kind="area", ask="Write the answer."),
        Field(
            name="next_action",
            label="What follows?",
            kind="one_of",
            choices=fixed(shapes.NEXT_ACTIONS),
            hint="Negative feedback in writing needs it",
            ask="Choose what follows.",
            optional=True,
        ),
        Field(
            name="written_on",
            label="When was it written by hand?",
            kind="day",
            hint="Where nobody is known to write to",
            ask="Nobody is known to write to: enter when it was written by hand.",
            optional=True,
        ),
    ),
)
REVIEW = Form(
    title="Record that a monitoring meeting discussed it",
    button="Record it",
    shape=shapes.NewReview,
    fields=(
        Field(name="held_on", label="When was the meeting?", kind="day", usual=today, ask="Enter the day."),
        Field(name="outcome", label="What came of it?", kind="area", optional=True),
    ),
)
ESCALATE = Form(
    title="Take a dispute to the commissioners",
    button="Take it to the commissioners",
    shape=shapes.Escalation,
    fields=(Field(name="note", label="What is in dispute?", kind="area", ask="Say what is in dispute."),),
)
OMBUDSMAN = Form(
    title="Record the Ombudsman's case",
    button="Record it",
    shape=shapes.NewOmbudsmanCase,
    fields=(Field(name="reference", label="The Ombudsman's reference", ask="Enter the reference.", width=20),),
)
RECOMMEND = Form(
    title="Record what the Ombudsman recommends",
    button="Record it",
    shape=shapes.NewRecommendation,
    fields=(
        Field(name="text", label="What is recommended?", kind="area", ask="Say what is recommended."),
        Field(name="due_on", label="By when?", kind="day", optional=True),
    ),
)
CARRY_OUT = Form(
    title="Record that a recommendation was carried out",
    button="Record it",
    shape=shapes.CarriedOut,
    fields=(
        Field(name="done_on", label="When?", kind="day", usual=today, ask="Enter the day."),
        Field(name="how", label="How?", kind="area", ask="Say how it was carried out."),
    ),
)
