"""Making a referral: the single point of access, for whoever has no case system (CE 3.1, 3.2)."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from gateway.api import serves
from gateway.pages.fields import Field, Given, Known
from gateway.pages.forms import Form, Payload, show_again, show_form
from gateway.pages.options import codes, councils, fixed, only_council
from gateway.pages.showing import form_key, submit
from gateway.schemas.referrals import DEPLOYMENTS, NewReferral
from gateway.services import REFERRALS
from shared.errors import StewardError

OWN_LENGTH = 12
SAFE_WAY = "Only a way that is safe for the person"


def with_references(answers: Payload, _: Known) -> Payload:
    """The answers with a reference of the form's own where nobody knew one.

    The same form sent twice, or a later one under the same reference, is one referral of one person.
    """
    own = answers.get("referral_reference") or f"FORM-{form_key()[:OWN_LENGTH]}"
    return answers | {"referral_reference": own, "person": {"person_reference": own} | answers.get("person", {})}


FORM = Form(
    title="Make a referral",
    button="Make the referral",
    shape=NewReferral,
    arrange=with_references,
    intro=(
        "For an adult who would like help with a direct payment or an individual service fund.",
        "What you do not know can be added later.",
    ),
    fields=(
        Field(
            name="council_id",
            label="Which council?",
            kind="one_of",
            choices=councils,
            usual=only_council,
            ask="Choose the council.",
            closed=True,
        ),
        Field(
            name="source",
            label="Who refers?",
            kind="one_of",
            choices=fixed(
                ("self", "adult-social-care", "other"),
                self="The person, or someone close to them",
                other="Someone else",
            ),
            ask="Say who refers.",
            needed=True,
        ),
        Field(
            name="referrer.referrer_reference",
            label="Your team, or your name",
            hint="If you refer for someone else",
            ask="Enter your team, or your name.",
            optional=True,
        ),
        Field(name="referrer.email", label="Your email", hint="Where you are answered", type="email", optional=True),
        Field(name="name", path="person.name", label="Name", heading="The person"),
        Field(
            name="person_reference",
            path="person.person_reference",
            label="The council's social care number",
            hint="Leave it empty if you do not know it",
            width=20,
            optional=True,
        ),
        Field(name="born_on", path="person.born_on", label="Date of birth", kind="day", optional=True),
        Field(name="postcode", path="person.postcode", label="Postcode", width=10, optional=True),
        Field(name="phone", path="person.phone", label="Phone", hint=SAFE_WAY, type="tel", width=20, optional=True),
        Field(name="email", path="person.email", label="Email", hint=SAFE_WAY, type="email", optional=True),
        Field(
            name="client_groups",
            label="Which of these describe the person?",
            kind="any_of",
            choices=codes("client_groups"),
            hint="Choose all that apply",
            optional=True,
            only_choices=True,
        ),
        Field(
            name="has_eligible_needs",
            label="Has the council found that they need care and support?",
            kind="yes_no",
            heading="The support",
            optional=True,
        ),
        Field(
            name="deployment",
            label="How is the personal budget to be used?",
            kind="one_of",
            choices=fixed(DEPLOYMENTS),
            optional=True,
        ),
        Field(name="care_and_support_plan", label="Reference of the care and support plan", width=20, optional=True),
        Field(
            name="urgency",
            label="Is it urgent?",
            kind="one_of",
            choices=fixed(
                ("standard", "urgent", "emergency"),
                standard="No",
                urgent="Yes, support must start by tomorrow",
                emergency="It is an emergency",
            ),
            usual=lambda _: "standard",
        ),
        Field(
            name="referral_reference",
            label="Your own reference",
            hint="Sending the same reference again completes the referral",
            width=20,
            optional=True,
        ),
    ),
)

referring_pages = Blueprint("referring_pages", __name__)


@referring_pages.get("/make-a-referral")
@serves("pages.make_referral")
def referral_form() -> str:
    """The form."""
    return show_form(FORM, Given(request.args.items(multi=True)), _known())


@referring_pages.post("/make-a-referral")
@serves("referrals.submit")
def make_referral() -> str | tuple[str, int]:
    """Submits the referral; what is wrong is said beside its field, and what the policy misses is named afterwards."""
    form_key()
    try:
        referral = submit(REFERRALS, "submit_referral", FORM.checked(request.form, _known()))
    except StewardError as refusal:
        return show_again(FORM, _known(), refusal)
    return render_template("referral_made.html", referral=referral, clocks=referral.get("clocks", ()))


def _known() -> Known:
    """The council that is chosen already, whose groups are asked for."""
    return Known(council_id=request.values.get("council_id", ""))
