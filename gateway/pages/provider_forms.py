"""The questions that end or change who supports a person (CP 5.3)."""

from __future__ import annotations

from gateway.pages.fields import Field
from gateway.pages.forms import Form
from gateway.pages.options import fixed, today
from gateway.schemas import offers as shapes

CHANGE = Form(
    title="Ask for another provider, or for none",
    button="Ask the social worker",
    shape=shapes.ProviderChangeAsk,
    intro=("Social care is told; nothing ends by asking (CP 5.3).",),
    fields=(
        Field(
            name="wish",
            label="What does the person wish?",
            kind="one_of",
            choices=fixed(("change", "end"), change="Another provider", end="No provider any more"),
            ask="Choose what the person wishes.",
        ),
        Field(name="reason", label="Why, in the person's words?", kind="area", ask="Say why."),
    ),
)
END = Form(
    title="End the provider's services",
    button="End its services",
    warning=True,
    shape=shapes.ProviderEnd,
    intro=(
        "Its reviews end, and its fund says that it is to be settled. Another round of offers may follow (CP 5.3).",
    ),
    fields=(
        Field(name="ended_on", label="The last day of its services", kind="day", usual=today, ask="Enter the day."),
        Field(
            name="at_wish_of",
            label="Who wanted it?",
            kind="one_of",
            choices=fixed(("person", "council"), person="The person", council="The council"),
            ask="Choose who wanted it.",
        ),
        Field(name="reason", label="Why?", kind="area", ask="Say why."),
    ),
)
