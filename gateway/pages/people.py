"""How a person wants to be told things, and which channels are unsafe for them (CE 4.9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from flask import Blueprint

from gateway.asking import ask, may
from gateway.pages.fields import Choices, Field, Known
from gateway.pages.forms import Form
from gateway.pages.options import codes, fixed
from gateway.pages.showing import unless_missing
from gateway.pages.steps import Step, Steps
from gateway.pages.words import words
from gateway.schemas.common import CHANNELS
from gateway.schemas.people import NewCommunicationNeeds
from gateway.services import REFERRALS

people_pages = Blueprint("people_pages", __name__)
NAMED = {"sms": "Text message", "letter": "Letter", "phone": "Phone call", "email": "Email"}


def _person(id: str) -> Known:
    """What is known of how the person is told things; nothing yet, where nobody has said so."""
    needs = unless_missing(lambda: ask(REFERRALS, "get_communication_needs", {"id": id})) or {}
    place = f"/people/{id}/communication-needs"
    may_list = may("pages.referrals")
    return Known(
        council_id=str(needs.get("council_id", "")),
        record=needs,
        name="Referrals" if may_list else "How the person is told things",
        address="/referrals" if may_list else place,
        facts=(("Person", id),),
    )


def _kept(name: str) -> Callable[[Known], str]:
    """What was said before; several codes, one to a line."""

    def usual(known: Known) -> str:
        found = known.record.get(name)
        return "\n".join(found) if isinstance(found, list) else str(found or "")

    return usual


def _and_kept(name: str, choices: Choices) -> Choices:
    """The choices, and what was chosen under an older policy, so that saving forgets nothing unseen."""

    def all_of_them(known: Known) -> Mapping[str, str]:
        found = dict(choices(known))
        kept = [code for code in _kept(name)(known).split("\n") if code] if found else []
        return found | {code: words(code) for code in kept if code not in found}

    return all_of_them


def _recalled(*fields: Field) -> tuple[Field, ...]:
    """The questions, each with what was said before at first."""
    return tuple(replace(field, usual=_kept(field.name)) for field in fields)


NEEDS = Form(
    title="How the person wants to be told things",
    button="Save",
    shape=NewCommunicationNeeds,
    intro=("What stands here afterwards holds: what you empty is forgotten. A channel marked unsafe is never used.",),
    fields=_recalled(
        Field(name="name", label="How to address them", ask="Say how to address them."),
        Field(name="email", label="Email", optional=True, type="email"),
        Field(name="sms", label="Mobile number for texts", optional=True, type="tel", width=20),
        Field(name="phone", label="Number to call", optional=True, type="tel", width=20),
        Field(name="letter", label="Postal address", optional=True, kind="area"),
        Field(
            name="preferred_channel",
            label="Which do they prefer?",
            optional=True,
            kind="one_of",
            choices=fixed(CHANNELS, **NAMED),
        ),
        Field(
            name="unsafe_channels",
            label="Which could put them at risk?",
            optional=True,
            kind="any_of",
            choices=fixed(CHANNELS, **NAMED),
            hint="Never used, for anything",
        ),
        Field(
            name="communication_needs",
            label="What helps them?",
            optional=True,
            kind="any_of",
            choices=_and_kept("communication_needs", codes("communication_needs")),
            hint="Codes of the council's policy, where it has a list; otherwise one to a line",
        ),
        Field(
            name="formats",
            label="Which formats?",
            optional=True,
            kind="lines",
            hint="Such as large print, easy read or BSL, one to a line",
        ),
        Field(name="language", label="Into which language?", optional=True, hint="To translate or interpret", width=20),
        Field(name="font_size_points", label="Which size of print, in points?", optional=True, kind="number"),
        Field(
            name="feedback_method",
            label="How would they like to be asked what they think?",
            optional=True,
            kind="one_of",
            choices=_and_kept("feedback_method", codes("feedback_methods")),
        ),
    ),
)
STEPS = Steps(
    blueprint=people_pages,
    steps=(
        Step(
            name="communication_needs",
            address="/people/<id:id>/communication-needs",
            operation="communication_needs.set",
            method="set_communication_needs",
            form=NEEDS,
            about=_person,
            done="It is saved.",
            then=lambda known, _: f"/people/{dict(known.facts)['Person']}/communication-needs",
        ),
    ),
)
STEPS.register()
