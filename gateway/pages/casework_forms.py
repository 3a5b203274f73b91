"""The questions of messages, visits, onward referrals and problems with resources (CE 3.2, 3.3, 7.7; CP 2.12, 6.8)."""

from __future__ import annotations

from gateway.pages.fields import Field
from gateway.pages.forms import Form
from gateway.pages.options import codes, fixed, whoever_asks
from gateway.pages.records import about_whom
from gateway.schemas import casework as shapes
from gateway.schemas.cases import Note

KIND_ASK = "Choose the kind."
NOTE = Field(
    name="note", label="Note", kind="area", hint="For those who read this record; never told on", optional=True
)


def note_form(title: str, button: str, *, warning: bool = False) -> Form:
    """A step that may have a note, and needs nothing else."""
    return Form(title=title, button=button, shape=Note, fields=(NOTE,), warning=warning)


NEW_MESSAGE = Form(
    title="Record a message",
    button="Record the message",
    shape=shapes.NewMessage,
    intro=("It is answered within the council's time, from when it was left (CE 3.2).",),
    fields=(
        Field(
            name="channel", label="How was it left?", kind="one_of", choices=fixed(shapes.CHANNELS), ask="Choose how."
        ),
        Field(name="text", label="What did they say?", kind="area", ask="Write what they said."),
        Field(name="left_by", label="Who, and how to call them back", optional=True),
        Field(
            name="left_at", label="When was it left?", kind="moment", hint="Now, if you leave it empty", optional=True
        ),
        *about_whom(),
    ),
)
NEW_VISIT = Form(
    title="Plan a visit",
    button="Plan the visit",
    shape=shapes.NewVisit,
    fields=(
        Field(name="kind", label="What kind?", kind="one_of", choices=codes("referral_activities"), ask=KIND_ASK),
        Field(
            name="off_premises",
            label="Does the worker leave the provider's premises?",
            kind="yes_no",
            hint="A visit off premises needs its safeguarding and lone-working pathway before it is confirmed",
            ask="Say whether the worker leaves the premises.",
        ),
        Field(
            name="worker_id", label="Who goes?", hint="Their id", usual=whoever_asks, ask="Enter who goes.", width=20
        ),
        Field(
            name="joint_with_id",
            label="Which social worker or assessor comes along?",
            hint="Their id; a joint visit needs one",
            width=20,
            optional=True,
        ),
        Field(name="starts_at", label="From when?", kind="moment", ask="Enter when it begins."),
        Field(name="ends_at", label="Until when?", kind="moment", ask="Enter when it ends."),
        Field(name="place", label="Where?", optional=True),
        *about_whom(),
    ),
)
PATHWAY = Form(
    title="Record the safeguarding and lone-working pathway",
    button="Record the pathway",
    shape=shapes.NewPathway,
    intro=("Before a visit off premises is confirmed (CE 3.3, 7.7).",),
    fields=(
        Field(
            name="safeguarding",
            label="What was agreed on safeguarding?",
            kind="area",
            ask="Say what was agreed.",
        ),
        Field(
            name="lone_working",
            label="What was agreed on lone working?",
            kind="area",
            ask="Say what was agreed.",
        ),
        Field(
            name="contact_id",
            label="Who looks for the worker if they are not back?",
            hint="Their id",
            ask="Enter who looks for the worker.",
            width=20,
        ),
    ),
)
NEW_ONWARD = Form(
    title="Refer a person on",
    button="Refer them on",
    shape=shapes.NewOnward,
    fields=(
        Field(
            name="kind", label="What kind of help?", kind="one_of", choices=codes("onward_referral_kinds"), ask=KIND_ASK
        ),
        Field(name="to", label="Whom to?", ask="Say whom to."),
        Field(name="reason", label="Why?", kind="area", ask="Say why."),
        Field(name="consented", label="Does the person agree?", kind="yes_no", ask="Say whether the person agrees."),
        Field(
            name="without_consent_because",
            label="Why is it done without their agreement?",
            hint="Needed if they do not agree",
            ask="They do not agree: say why it is done all the same.",
            kind="area",
            optional=True,
        ),
        *about_whom(),
    ),
)
OUTCOME = Form(
    title="Record what became of it",
    button="Record it",
    shape=shapes.OnwardOutcome,
    fields=(
        Field(
            name="outcome",
            label="What became of it?",
            kind="one_of",
            choices=fixed(shapes.OUTCOMES),
            ask="Choose the outcome.",
        ),
        NOTE,
    ),
)
NEW_PROBLEM = Form(
    title="Log a problem with a resource",
    button="Log it",
    shape=shapes.NewProblem,
    intro=("With day, time and names (CP 6.8).",),
    fields=(
        Field(
            name="kind",
            label="What could not be had?",
            kind="one_of",
            choices=codes("resource_problem_kinds"),
            ask=KIND_ASK,
        ),
        Field(name="happened_at", label="When was that?", kind="moment", ask="Enter the day and the time."),
        Field(
            name="names",
            label="Who was spoken to?",
            kind="lines",
            hint="One name to a line",
            ask="Write who was spoken to.",
            optional=True,
        ),
        Field(name="text", label="What happened?", kind="area", ask="Say what happened."),
        *about_whom(),
    ),
)
