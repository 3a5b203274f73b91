"""Direct payments: the capacity test, who signs, that they run, and their end."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas import direct_payments as shapes
from gateway.schemas.common import HistoryLine, page_of
from gateway.schemas.referrals import Referral
from gateway.services import REFERRALS

Fields = dict[str, Any]

direct_payments = ApiBlueprint("direct_payments", __name__, description="Direct payments, from their capacity test on.")
PLACE = "/referrals/<id:referral_id>/direct-payment"


@direct_payments.operation(
    "GET",
    "/direct-payments",
    "direct_payments.list",
    query=shapes.PaymentFilter,
    answer=page_of(shapes.DirectPayment),
)
def list_direct_payments(query: Fields) -> Fields:
    """List direct payments.

    The last implemented first, narrowed by status, by how the test came out, or by whether a check is overdue.
    """
    return ask(REFERRALS, "list_direct_payments", query)


@direct_payments.operation("GET", PLACE, "direct_payments.read", answer=shapes.DirectPayment)
def get_direct_payment(referral_id: str) -> Fields:
    """Read a referral's direct payment.

    `test.words` says how the capacity test came out, naming each condition that failed and its clause.
    """
    return ask(REFERRALS, "get_direct_payment", {"id": referral_id})


@direct_payments.operation("GET", f"{PLACE}/history", "direct_payments.history", answer=page_of(HistoryLine))
def direct_payment_history(referral_id: str) -> Fields:
    """Read what happened to a direct payment and its clocks, in order, and who did it."""
    return ask(REFERRALS, "direct_payment_history", {"id": referral_id})


@direct_payments.operation(
    "POST",
    f"{PLACE}/capacity-test",
    "direct_payments.begin_test",
    body=shapes.NewTest,
    answer=shapes.DirectPayment,
    status=201,
)
def begin_capacity_test(body: Fields, referral_id: str) -> Fields:
    """Begin the test of who may receive a direct payment.

    Four conditions where the person has capacity, five where not, and what bars it for everyone, all from the council's
    policy (CE 3.2 "Exclusions"). Begun anew, the test before it is kept.
    """
    return change(REFERRALS, "begin_capacity_test", {**body, "id": referral_id})


@direct_payments.operation(
    "POST",
    f"{PLACE}/conditions",
    "direct_payments.record_condition",
    body=shapes.FoundCondition,
    answer=shapes.DirectPayment,
)
def record_condition(body: Fields, referral_id: str) -> Fields:
    """Record whether a condition of the test holds, with the evidence and its day.

    The last finding counts. Only the council says that it considers somebody suitable (`council-agrees`).
    """
    return change(REFERRALS, "record_condition", {**body, "id": referral_id})


@direct_payments.operation(
    "POST",
    f"{PLACE}/conclude-capacity-test",
    "direct_payments.conclude_test",
    body=shapes.TestConclusion,
    answer=shapes.DirectPayment,
)
def conclude_capacity_test(body: Fields, referral_id: str) -> Fields:
    """Conclude the test: what it comes out as follows from the findings (CE 3.2 "Exclusions")."""
    return change(REFERRALS, "conclude_capacity_test", {**body, "id": referral_id})


@direct_payments.operation(
    "POST",
    f"{PLACE}/agreement",
    "direct_payments.sign_agreement",
    body=shapes.SignedAgreement,
    answer=shapes.DirectPayment,
)
def sign_payment_agreement(body: Fields, referral_id: str) -> Fields:
    """Record that whoever receives the payment signed the agreement and is legally responsible (CE 3.2 "Nominated")."""
    return change(REFERRALS, "sign_payment_agreement", {**body, "id": referral_id})


@direct_payments.operation(
    "POST",
    PLACE,
    "referrals.record_direct_payment",
    body=shapes.Implemented,
    answer=Referral,
)
def record_direct_payment(body: Fields, referral_id: str) -> Fields:
    """Record that a direct payment was implemented.

    Only after a capacity test that came out met. Starts the clocks of the early help check and the follow-up check, a moment
    later (CE 3.2).
    """
    return change(REFERRALS, "record_direct_payment", {**body, "id": referral_id})


@direct_payments.operation(
    "POST", f"{PLACE}/end", "direct_payments.end", body=shapes.PaymentEnding, answer=shapes.DirectPayment
)
def end_direct_payment(body: Fields, referral_id: str) -> Fields:
    """Record that a direct payment has ended; none of its clocks runs on (CE 4.4)."""
    return change(REFERRALS, "end_direct_payment", {**body, "id": referral_id})
