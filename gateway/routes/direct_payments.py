"""Direct payments and their checks."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import change
from gateway.schemas import direct_payments as shapes
from gateway.schemas.referrals import Referral
from gateway.services import REFERRALS

Fields = dict[str, Any]

direct_payments = ApiBlueprint("direct_payments", __name__, description="Direct payments and their checks.")


@direct_payments.operation(
    "POST",
    "/referrals/<id:referral_id>/direct-payment",
    "referrals.record_direct_payment",
    body=shapes.DirectPayment,
    answer=Referral,
)
def record_direct_payment(body: Fields, referral_id: str) -> Fields:
    """Record that a direct payment was implemented.

    Starts the clocks of the early help check and the follow-up check (CE 3.2).
    """
    return change(REFERRALS, "record_direct_payment", {**body, "id": referral_id})
