"""A direct payment: its test with why it was not met, its checklist, and its checks with how their deadlines were worked out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gateway.api import serves
from gateway.asking import ask, gateway, may
from gateway.pages.showing import fresh_key, submit
from gateway.services import REFERRALS
from shared.dates import london_day

YES = "yes"

payment_pages = Blueprint("payment_pages", __name__)


@payment_pages.get("/referrals/<id:referral_id>/direct-payment")
@serves("pages.direct_payment")
def payment_page(referral_id: str) -> str:
    """One direct payment."""
    payment = ask(REFERRALS, "get_direct_payment", {"id": referral_id})
    return render_template(
        "direct_payment.html",
        payment=payment,
        clocks=[_explained(clock) for clock in payment.get("clocks", ())],
        due=[kind for kind, state in payment.get("checks_stand", {}).items() if not state.startswith("stopped")],
        may_check=may("direct_payments.record_check") and payment["status"] == "running",
        key=fresh_key(),
    )


@payment_pages.post("/referrals/<id:referral_id>/direct-payment/check")
@serves("direct_payments.record_check")
def make_check(referral_id: str) -> Response:
    """Records a phone call of today that reached the person, and what came of it."""
    form = request.form
    contact: dict[str, Any] = {
        "id": referral_id,
        "kind": form.get("kind", ""),
        "method": "phone",
        "made_on": london_day(gateway().clock.now()).isoformat(),
        "reached": form.get("reached") == YES,
    }
    contact |= {name: form[name].strip() for name in ("outcome", "issue") if form.get(name, "").strip()}
    submit(REFERRALS, "record_check", contact)
    return redirect(url_for("payment_pages.payment_page", referral_id=referral_id), 303)


def _explained(clock: dict[str, Any]) -> dict[str, Any]:
    return ask(REFERRALS, "get_clock", {"id": clock["id"]}) if may("clocks.read") else clock
