"""A direct payment: its test with why it was not met, its set-up, its money, its checks with how deadlines were worked out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from gateway import clock_asking
from gateway.api import serves
from gateway.asking import ask, caller, may
from gateway.pages.payment_steps import NOT_BEGUN, STEPS, payment_or_none
from gateway.pages.steps import Steps
from gateway.services import REFERRALS

payment_pages = Blueprint("payment_pages", __name__)
PAYMENT = Steps(blueprint=payment_pages, steps=STEPS)
PAYMENT.register()


@payment_pages.get("/referrals/<id:referral_id>/direct-payment")
@serves("pages.direct_payment")
def payment_page(referral_id: str) -> str:
    """One direct payment, or that there is none yet."""
    payment = payment_or_none(referral_id)
    return render_template(
        "direct_payment.html",
        payment=payment,
        is_begun=payment["status"] != NOT_BEGUN,
        clocks=clock_asking.explained(payment.get("clocks", ()), service=REFERRALS),
        steps=PAYMENT.by_group(payment, id=referral_id),
        may_decide=may("direct_payments.decide_start_up"),
        me=caller().actor_id,
        may_tell=may("direct_payments.tell_issue"),
        may_find=may("direct_payments.record_condition"),
        may_read_referral=may("pages.referral"),
        history=_history(referral_id) if payment["status"] != NOT_BEGUN else [],
        done=PAYMENT.done(),
    )


def _history(referral_id: str) -> list[dict[str, Any]]:
    if not may("direct_payments.history"):
        return []
    return list(ask(REFERRALS, "direct_payment_history", {"id": referral_id})["items"])
