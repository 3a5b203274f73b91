"""What people do with a referral: answer it, refuse it, have it wait, offer it, hand it on, end it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint

from gateway.asking import ask, caller, may
from gateway.pages import provider_forms
from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form, Payload
from gateway.pages.options import codes, today, whoever_asks
from gateway.pages.steps import Record, Step, Steps
from gateway.pages.words import day
from gateway.schemas import offers as offer_shapes
from gateway.schemas import referrals as shapes
from gateway.schemas import reviews as review_shapes
from gateway.schemas import waiting as waiting_shapes
from gateway.schemas.common import Asked
from gateway.services import REFERRALS
from shared.errors import StewardError

PLACE = "/referrals/<id:id>"
REFERRAL_ANSWERS = frozenset({"emergency", "urgent", "priority-group", "week-waited"})
"""Criteria of the waiting list that the referral itself answers, so that nobody is asked to judge them."""
YES_LEADS = "Only those who said yes can be chosen (CP 3.2.2)."


class Nothing(Asked):
    """A step that takes no words."""


def this_referral(id: str) -> Known:
    """The referral of the address."""
    referral = ask(REFERRALS, "get_referral", {"id": id})
    return known_of(referral)


def known_of(referral: Record, *facts: tuple[str, str]) -> Known:
    """What a form knows of a referral."""
    reference = str(referral["reference"])
    return Known(
        council_id=str(referral["council_id"]),
        record=referral,
        name=f"Referral {reference}",
        address=f"/referrals/{referral['id']}",
        facts=(("Referral", reference), *facts),
    )


def allows(step: str) -> Any:
    """Whether the status of a referral allows a step."""
    return lambda referral: step in referral.get("possible_steps", ())


def _is_unseen(referral: Record) -> bool:
    return not referral.get("seen_at") and allows("see")(referral)


def _has_a_provider(referral: Record) -> bool:
    return bool(referral.get("provider_id")) and referral.get("status") in ("provider_chosen", "in_support")


def _lacks_an_act(referral: Record) -> bool:
    return bool(_lacking_acts(referral))


def _lacking_acts(referral: Record) -> list[str]:
    refusal = referral.get("refusal") or {}
    recorded = {"verbal": refusal.get("told_verbally_on"), "written": refusal.get("written_on")}
    return [act for act in refusal.get("acts", ()) if not recorded.get(act)]


def _acts(known: Known) -> Mapping[str, str]:
    told = {"verbal": "By word of mouth", "written": "In writing"}
    return {act: told[act] for act in _lacking_acts(known.record) or told}


def _judged(known: Known) -> Mapping[str, str]:
    rows = codes("waiting_list_priorities", key="criterion")(known)
    return {code: text for code, text in rows.items() if code not in REFERRAL_ANSWERS}


def _with_caseloads(id: str) -> Known:
    """The referral, and what each worker has in hand."""
    referral = ask(REFERRALS, "get_referral", {"id": id})
    try:
        loads = ask(REFERRALS, "caseloads", {})["items"] if may("referrals.caseloads") else []
    except StewardError:
        loads = []  # the form does without
    text = ", ".join(f"{one['worker_id']}: {one['open_referrals']}" for one in loads)
    return known_of(referral, *([("Open referrals of each worker", text)] if text else []))


def _who_said_yes(known: Known) -> Mapping[str, str]:
    return {
        str(offer["provider_id"]): _provider(offer)
        for offer in known.record.get("offers", ())
        if offer.get("has_capacity")
    }


def _provider(offer: Record) -> str:
    start = f", can start on {day(offer['can_start_on'])}" if offer.get("can_start_on") else ""
    return f"{offer['provider_id']}{start}"


def _as_lot(answers: Payload, _: Known) -> Payload:
    lot = str(answers.get("lot", ""))
    return answers | ({"lot": int(lot)} if lot.isdecimal() else {})


def _worker(answers: Payload, _: Known) -> Payload:
    return {"worker_id": caller().actor_id} | answers


def _reason(label: str, ask_for: str) -> Field:
    return Field(name="reason", label=label, ask=ask_for)


ACCEPT = Form(
    title="Accept this referral",
    button="Accept this referral",
    shape=shapes.Acceptance,
    arrange=_worker,
    fields=(
        Field(
            name="worker_id", label="Designated worker", hint="Their id; yours at first", usual=whoever_asks, width=20
        ),
    ),
)
SEE = Form(title="Mark as seen", button="Mark as seen", shape=Nothing, fields=())
REFUSE = Form(
    title="Refuse this referral",
    button="Refuse this referral",
    warning=True,
    shape=shapes.Refused,
    intro=(
        "Whoever referred is told by word of mouth and in writing, where the council asks for both (CE 4.3).",
        "The letter is asked for at once. The case can be closed when both are recorded.",
    ),
    fields=(
        Field(
            name="reason",
            label="Why is it refused?",
            kind="one_of",
            choices=codes("refusal_reasons"),
            ask="Choose why it is refused.",
        ),
        Field(
            name="told_verbally_on",
            label="When was whoever referred told by word of mouth?",
            kind="day",
            hint="Needed where the council asks for the spoken word",
            optional=True,
        ),
    ),
)
REFUSAL_ACT = Form(
    title="Record how the refusal was told",
    button="Record it",
    shape=shapes.RefusalAct,
    fields=(
        Field(name="act", label="How were they told?", kind="one_of", choices=_acts, ask="Choose how they were told."),
        Field(name="told_on", label="When?", kind="day", usual=today, ask="Enter the day on which they were told."),
        Field(name="how", label="In which form?", hint="Such as a letter by hand", optional=True),
    ),
)
WAIT = Form(
    title="Place on the waiting list",
    button="Place on the waiting list",
    shape=waiting_shapes.Waiting,
    intro=("The person and whoever referred are told where the referral stands and why (CE 4.8).",),
    fields=(
        _reason("Why do they wait?", "Say why the person is on the list."),
        Field(
            name="delay_reason",
            label="Why does it take longer?",
            kind="one_of",
            choices=codes("waiting_list_delay_reasons"),
            optional=True,
        ),
        Field(
            name="criteria",
            label="Which of these hold?",
            kind="any_of",
            choices=_judged,
            hint="They move the referral up the list",
            optional=True,
        ),
    ),
)
ALLOCATE = Form(
    title="Name the designated worker",
    button="Name this worker",
    shape=shapes.Allocation,
    intro=("Whoever referred is told who it is (CE 4.3).",),
    fields=(
        Field(
            name="worker_id",
            label="Designated worker",
            hint="Their id",
            usual=whoever_asks,
            ask="Enter the worker.",
            width=20,
        ),
    ),
)
OFFER = Form(
    title="Offer it to providers",
    button="Offer it to every provider of the lot",
    shape=offer_shapes.OfferRound,
    arrange=_as_lot,
    intro=("Every provider of the lot is asked at once; each sees its own offer only (CP 6.1).",),
    fields=(
        Field(
            name="lot",
            label="To which lot?",
            kind="one_of",
            choices=codes("lots", key="lot"),
            usual=lambda known: str(known.record.get("lot") or ""),
            optional=True,
            hint="That of the referral, if you choose none",
        ),
    ),
)
CHOOSE = Form(
    title="Record the person's choice of provider",
    button="Record the choice",
    shape=offer_shapes.Choice,
    intro=(YES_LEADS,),
    fields=(
        Field(
            name="provider_id",
            label="Whom did they choose?",
            kind="one_of",
            choices=_who_said_yes,
            ask="Choose the provider.",
        ),
    ),
)
START = Form(
    title="Record that support has begun",
    button="Record it",
    shape=review_shapes.SupportBegun,
    intro=("Its reviews are due from this day on (CP 3.2.5, 6.4).",),
    fields=(Field(name="began_on", label="The first day of support", kind="day", usual=today, ask="Enter the day."),),
)
WITHDRAW = Form(
    title="Take this referral back",
    button="Take it back",
    warning=True,
    shape=shapes.ReferralWithdrawal,
    intro=("For the person, or for whoever referred. Nothing leads back: who is referred again has a new referral.",),
    fields=(_reason("Why is it taken back?", "Say why it is taken back."),),
)
CLOSE = Form(
    title="Close this case",
    button="Close this case",
    warning=True,
    shape=shapes.ReferralClosing,
    intro=("Deadlines that still run stop. Nothing leads back from a closed case (CE 4.4).",),
    fields=(_reason("Why is it closed?", "Say why it is closed."),),
)
CLEAR = Form(
    title="Clear a possible duplicate",
    button="Clear this flag",
    shape=shapes.Cleared,
    intro=("Nothing is merged.",),
    fields=(_reason("What did you find?", "Say what you found."),),
)
ANSWER = Form(
    title="Answer an offer",
    button="Send the answer",
    shape=offer_shapes.OfferAnswer,
    fields=(
        Field(name="has_capacity", label="Can you take the person on?", kind="yes_no", ask="Say whether you can."),
        Field(name="can_start_on", label="When could the service start?", kind="day", optional=True),
    ),
)


def _step(
    name: str,
    operation: str,
    method: str,
    form: Form,
    done: str,
    *,
    possible: Any = None,
    at_once: bool = False,
    path: str = "",
) -> Step:
    return Step(
        name=name,
        address=f"{PLACE}/{path or name.replace('_', '-')}",
        operation=operation,
        method=method,
        form=form,
        about=_with_caseloads if name == "allocate" else this_referral,
        done=done,
        possible=possible or allows(name),
        at_once=at_once,
    )


STEPS = (
    _step("accept", "referrals.accept", "accept_referral", ACCEPT, "The referral is accepted.", at_once=True),
    _step("see", "referrals.see", "see_referral", SEE, "Marked as seen.", possible=_is_unseen, at_once=True),
    _step("allocate", "referrals.allocate", "allocate_referral", ALLOCATE, "The worker is named."),
    _step("offer", "referrals.offer", "offer_referral", OFFER, "The providers have been asked."),
    _step("choose_provider", "referrals.choose_provider", "choose_provider", CHOOSE, "The choice is recorded."),
    _step(
        "support",
        "reviews.start_support",
        "start_support",
        START,
        "Support has begun.",
        possible=lambda record: record.get("status") == "provider_chosen",
    ),
    _step(
        "place_on_waiting_list",
        "referrals.place_on_waiting_list",
        "place_on_waiting_list",
        WAIT,
        "The referral is on the waiting list.",
    ),
    _step("refuse", "referrals.refuse", "refuse_referral", REFUSE, "The referral is refused."),
    _step(
        "refusal_act",
        "referrals.record_refusal_act",
        "record_refusal_act",
        REFUSAL_ACT,
        "It is recorded that they were told.",
        possible=_lacks_an_act,
    ),
    _step(
        "ask_provider_change",
        "referrals.ask_provider_change",
        "ask_provider_change",
        provider_forms.CHANGE,
        "The social worker is asked.",
        possible=_has_a_provider,
        path="provider/change",
    ),
    _step(
        "end_provider",
        "referrals.end_provider",
        "end_provider",
        provider_forms.END,
        "The provider's services are ended.",
        path="provider/end",
    ),
    _step("withdraw", "referrals.withdraw", "withdraw_referral", WITHDRAW, "The referral is taken back."),
    _step("close", "referrals.close", "close_referral", CLOSE, "The case is closed."),
    Step(
        name="clear",
        address=f"{PLACE}/possible-duplicates/<id:duplicate_id>/clear",
        operation="referrals.clear_possible_duplicate",
        method="clear_possible_duplicate",
        form=CLEAR,
        about=lambda id, **_: this_referral(id),
        done="The flag is cleared.",
        elsewhere=True,
    ),
)
"""In the order in which they are usually taken."""


def referral_steps(blueprint: Blueprint) -> Steps:
    """The steps of a referral."""
    return Steps(blueprint=blueprint, steps=STEPS)


def offer_steps(blueprint: Blueprint) -> Steps:
    """What a provider does with an offer."""
    answer = Step(
        name="answer",
        address="/offers/<id:id>/answer",
        operation="offers.answer",
        method="answer_offer",
        form=ANSWER,
        about=lambda id: Known(name="Offers", address="/offers", facts=(("Offer", id),)),
        done="The answer is sent.",
    )
    return Steps(blueprint=blueprint, steps=(answer,))
