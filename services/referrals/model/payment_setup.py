"""Setting a direct payment up: the checklist, the contingency plan, start-up money, signposts, and changes told to the council."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from services.referrals.errors import PaymentStepNotPossible, SameHands
from services.referrals.model.direct_payments import DirectPayment, recipient_of
from services.referrals.model.payment_parts import Contingency, SetUpItem, Signpost, StartUpRequest, ToldChange
from shared.errors import NotFound, invalid
from shared.events.direct_payments import (
    ContingencyPlanned,
    DirectPaymentChanged,
    SetUpItemDone,
    Signposted,
    SignpostedAgencyBarred,
    StartUpAsked,
    StartUpDecided,
    UseOfPaymentSaid,
)
from shared.messaging.aggregates import Decision

Row = Mapping[str, Any]
ACCOUNT, AGREEMENT = "separate-account", "agreement-signed"
PERSONAL_ASSISTANT = "personal-assistant"


def say_use(payment: DirectPayment, *, employs: bool, rows: Iterable[Row]) -> Decision[DirectPayment]:
    """Whether the person will employ a personal assistant: the checklist has further items then."""
    told = UseOfPaymentSaid(
        payment_id=payment.payment_id, referral_id=payment.referral_id, employs_personal_assistant=employs
    )
    state = replace(_open(payment), employs_personal_assistant=employs, checklist=_checklist(payment, rows))
    return Decision(state=state, events=[told])


def items_asked(payment: DirectPayment) -> tuple[SetUpItem, ...]:
    """The items that this payment needs."""
    return tuple(
        item
        for item in payment.checklist
        if item.only_for is None or (item.only_for == PERSONAL_ASSISTANT and payment.employs_personal_assistant)
    )


def do_item(
    payment: DirectPayment,
    *,
    item: str,
    done_on: date,
    done_by: str,
    evidence: str,
    account_holder_id: str | None,
    rows: Iterable[Row],
) -> Decision[DirectPayment]:
    """An item of the checklist is done. Raises `PaymentStepNotPossible`, and `Invalid` for an account in another's name."""
    checklist = _checklist(_open(payment), rows)
    known = {one.item for one in checklist}
    if item not in known:
        raise invalid("item", "policy", f"the checklist has: {', '.join(sorted(known))}")
    _refuse_unfounded(payment, item, account_holder_id)
    done = tuple(
        replace(one, done_on=done_on, done_by=done_by, evidence=evidence, account_holder_id=account_holder_id)
        if one.item == item
        else one
        for one in checklist
    )
    told = SetUpItemDone(payment_id=payment.payment_id, referral_id=payment.referral_id, item=item, done_on=done_on)
    return Decision(state=replace(payment, checklist=done), events=[told])


def plan_contingency(
    payment: DirectPayment,
    *,
    situation: str,
    cover: str,
    arrangement: str,
    by: str,
    at: datetime,
    situations: Iterable[Row],
) -> Decision[DirectPayment]:
    """What is arranged for holiday, sickness, maternity, emergency (CE 3.2 "Brokerage"). Raises `Invalid`."""
    plan = _open(payment).contingency or tuple(
        Contingency(situation=row["code"], label=row["label"], clause=row["clause"]) for row in situations
    )
    known = {one.situation for one in plan}
    if situation not in known:
        raise invalid("situation", "policy", f"the council's policy has: {', '.join(sorted(known))}")
    planned = tuple(
        replace(one, cover=cover, arrangement=arrangement, planned_by=by, planned_at=at)
        if one.situation == situation
        else one
        for one in plan
    )
    told = ContingencyPlanned(
        payment_id=payment.payment_id, referral_id=payment.referral_id, situation=situation, cover=cover
    )
    return Decision(state=replace(payment, contingency=planned), events=[told])


def ask_start_up(payment: DirectPayment, request: StartUpRequest) -> Decision[DirectPayment]:
    """Start-up money is asked for; nobody has agreed yet (CE 3.2 "Start Up")."""
    told = StartUpAsked(
        payment_id=payment.payment_id,
        referral_id=payment.referral_id,
        request_id=request.request_id,
        item=request.item,
        amount_pence=request.amount_pence,
    )
    return Decision(state=replace(_open(payment), start_up=(*payment.start_up, request)), events=[told])


def decide_start_up(
    payment: DirectPayment, *, request_id: str, agreed: bool, reason: str, by: str, at: datetime
) -> Decision[DirectPayment]:
    """The practitioner agrees, or not (CE 3.2 "Start Up"). Raises `SameHands`, `NotFound`, `PaymentStepNotPossible`."""
    asked = next((one for one in payment.start_up if one.request_id == request_id), None)
    if asked is None:
        raise NotFound(f"there is no request {request_id}")
    if asked.agreed is not None:
        raise PaymentStepNotPossible("this request has been decided")
    if asked.asked_by == by:
        raise SameHands('whoever asks for start-up money cannot agree to it (CE 3.2 "Start Up")')
    decided = replace(asked, agreed=agreed, decided_by=by, decided_at=at, reason=reason)
    told = StartUpDecided(
        payment_id=payment.payment_id,
        referral_id=payment.referral_id,
        request_id=request_id,
        agreed=agreed,
        decided_by=by,
    )
    requests = tuple(decided if one.request_id == request_id else one for one in payment.start_up)
    return Decision(state=replace(payment, start_up=requests), events=[told])


def tell_change(payment: DirectPayment, change: ToldChange) -> Decision[DirectPayment]:
    """The council is told of a change in how the payment is run (CE 3.2 "Service User Information")."""
    told = DirectPaymentChanged(
        payment_id=payment.payment_id,
        referral_id=payment.referral_id,
        person_id=payment.person_id,
        reason=change.reason,
        noticed_on=change.noticed_on,
    )
    return Decision(state=replace(_open(payment), changes=(*payment.changes, change)), events=[told])


def signpost(payment: DirectPayment, given: Signpost) -> Decision[DirectPayment]:
    """The person is pointed to a service; nothing of it is in the payment (CE 1.1, 1.2)."""
    told = Signposted(
        payment_id=payment.payment_id,
        referral_id=payment.referral_id,
        service=given.service,
        agency_id=given.agency_id,
    )
    return Decision(state=replace(_open(payment), signposts=(*payment.signposts, given)), events=[told])


def withdraw_signpost(
    payment: DirectPayment, *, agency_id: str, at: datetime, worker_id: str | None = None
) -> Decision[DirectPayment]:
    """The person and their worker are told that nobody is signposted to this agency any more (CE 3.2 "The Care Agency"); once."""
    pointed = tuple(
        replace(one, withdrawn_at=at) if one.agency_id == agency_id and one.withdrawn_at is None else one
        for one in payment.signposts
    )
    if pointed == payment.signposts:
        return Decision(state=payment)
    told = SignpostedAgencyBarred(
        payment_id=payment.payment_id,
        referral_id=payment.referral_id,
        person_id=payment.person_id,
        agency_id=agency_id,
        worker_id=worker_id,
    )
    return Decision(state=replace(payment, signposts=pointed), events=[told])


def _checklist(payment: DirectPayment, rows: Iterable[Row]) -> tuple[SetUpItem, ...]:
    """The payment's own copy of the pack's checklist, made with its first use."""
    return payment.checklist or tuple(
        SetUpItem(item=row["item"], label=row["label"], clause=row["clause"], only_for=row.get("only_for"))
        for row in rows
    )


def _refuse_unfounded(payment: DirectPayment, item: str, account_holder_id: str | None) -> None:
    if item == AGREEMENT and payment.agreement is None:
        raise PaymentStepNotPossible("record who signed the agreement first; then this item can be done")
    holders = {payment.person_id, recipient_of(payment)}
    if item == ACCOUNT and account_holder_id not in holders:
        raise invalid(
            "account_holder_id",
            "holder",
            "the account is in the person's name or that of whoever is responsible for the payment "
            '(CE 3.2 "Service User Information")',
        )


def _open(payment: DirectPayment) -> DirectPayment:
    if payment.status == "ended":
        raise PaymentStepNotPossible("the direct payment has ended")
    return payment
