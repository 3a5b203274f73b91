"""What people do with a direct payment, and when each is possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.asking import ask
from gateway.pages import payment_forms as forms
from gateway.pages.fields import Known
from gateway.pages.forms import Form
from gateway.pages.showing import unless_missing
from gateway.pages.steps import Record, Step, in_status
from gateway.services import REFERRALS

PLACE = "/referrals/<id:id>/direct-payment"
NOT_BEGUN = "not_begun"
OPEN = in_status("being_set_up", "implementing", "running")
RUNNING = in_status("running")


def this_payment(id: str, **_: str) -> Known:
    """The direct payment of the referral of the address, or the referral as one that has none yet."""
    payment = payment_or_none(id)
    return Known(
        council_id=str(payment["council_id"]),
        record=payment,
        name="Direct payment",
        address=f"/referrals/{id}/direct-payment",
    )


def payment_or_none(referral_id: str) -> dict[str, Any]:
    """The referral's direct payment; what is known before it has one. Raises `NotFound` if there is no such referral."""
    payment = unless_missing(lambda: ask(REFERRALS, "get_direct_payment", {"id": referral_id}))
    if payment is not None:
        return payment
    referral = ask(REFERRALS, "get_referral", {"id": referral_id})
    kept = {name: referral[name] for name in ("council_id", "person_id")}
    return kept | {"referral_id": referral_id, "status": NOT_BEGUN, "possible_steps": referral["possible_steps"]}


def _may_be_tested(payment: Record) -> bool:
    begun = payment["status"] in ("being_set_up", "running")
    return begun or (payment["status"] == NOT_BEGUN and bool(payment["possible_steps"]))


def _test_is(*outcomes: str) -> Callable[[Record], bool]:
    return lambda payment: (payment.get("test") or {}).get("outcome") in outcomes and OPEN(payment)


def _may_come_out(payment: Record) -> bool:
    """A condition that fails decides the test; otherwise all have to be evidenced."""
    states = [one["state"] for one in (payment.get("test") or {}).get("conditions", ())]
    return _test_is("open")(payment) and ("failed" in states or "open" not in states)


def _may_be_signed(payment: Record) -> bool:
    return _test_is("met")(payment) and not payment.get("agreement")


def _may_run(payment: Record) -> bool:
    return _test_is("met")(payment) and payment["status"] != "running"


def _step(path: str, operation: str, method: str, form: Form, done: str, **more: Any) -> Step:
    return Step(
        name=operation.rpartition(".")[2],
        address=f"{PLACE}/{path}",
        operation=operation,
        method=method,
        form=form,
        about=this_payment,
        done=done,
        **{"possible": OPEN} | more,
    )


STEPS = (
    _step(
        "test",
        "direct_payments.begin_test",
        "begin_capacity_test",
        forms.BEGIN,
        "The test has begun.",
        possible=_may_be_tested,
        group="test",
    ),
    _step(
        "condition",
        "direct_payments.record_condition",
        "record_condition",
        forms.CONDITION,
        "The finding is recorded.",
        possible=_test_is("open"),
        elsewhere=True,
    ),
    _step(
        "conclude",
        "direct_payments.conclude_test",
        "conclude_capacity_test",
        forms.CONCLUDE,
        "The test is concluded.",
        possible=_may_come_out,
        group="test",
        at_once=True,
    ),
    _step(
        "agreement",
        "direct_payments.sign_agreement",
        "sign_payment_agreement",
        forms.SIGN,
        "The agreement is recorded.",
        possible=_may_be_signed,
        group="test",
    ),
    _step(
        "implement",
        "referrals.record_direct_payment",
        "record_direct_payment",
        forms.IMPLEMENT,
        "The direct payment runs.",
        possible=_may_run,
        group="test",
    ),
    _step("use", "direct_payments.say_use", "say_use_of_payment", forms.USE, "The use is recorded.", group="set_up"),
    _step(
        "item",
        "direct_payments.record_set_up_item",
        "record_set_up_item",
        forms.ITEM,
        "The item is done.",
        group="set_up",
    ),
    _step(
        "contingency",
        "direct_payments.plan_contingency",
        "plan_contingency",
        forms.CONTINGENCY,
        "The cover is planned.",
        group="contingency",
    ),
    _step(
        "start-up",
        "direct_payments.ask_start_up",
        "ask_start_up_funding",
        forms.START_UP,
        "The money has been asked for.",
        group="money",
    ),
    _step(
        "start-up/<id:request_id>/decide",
        "direct_payments.decide_start_up",
        "decide_start_up_funding",
        forms.DECIDE,
        "The decision is recorded.",
        elsewhere=True,
    ),
    _step(
        "service",
        "direct_payments.signpost_service",
        "signpost_service",
        forms.SERVICE,
        "It is recorded.",
        group="signposts",
    ),
    _step("agency", "agencies.signpost", "signpost_agency", forms.AGENCY, "It is recorded.", group="signposts"),
    _step(
        "change",
        "direct_payments.tell_change",
        "tell_payment_change",
        forms.CHANGE,
        "The council is told.",
        group="changes",
    ),
    _step(
        "check",
        "direct_payments.record_check",
        "record_check",
        forms.CHECK,
        "The contact is recorded.",
        possible=RUNNING,
        group="checks",
    ),
    _step(
        "issues/<id:issue_id>/tell",
        "direct_payments.tell_issue",
        "tell_check_issue",
        forms.TELL,
        "It is recorded that social care was told.",
        elsewhere=True,
    ),
    _step("end", "direct_payments.end", "end_direct_payment", forms.END, "The direct payment has ended.", group="end"),
)
