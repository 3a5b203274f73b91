"""Setting a direct payment up, and its checks."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas import payment_setup as shapes
from gateway.schemas.direct_payments import DirectPayment
from gateway.services import REFERRALS

Fields = dict[str, Any]

payment_setup = ApiBlueprint("payment_setup", __name__, description="Setting a direct payment up, and its checks.")
PLACE = "/referrals/<id:referral_id>/direct-payment"


@payment_setup.operation(
    "POST", f"{PLACE}/use", "direct_payments.say_use", body=shapes.UseOfPayment, answer=DirectPayment
)
def say_use_of_payment(body: Fields, referral_id: str) -> Fields:
    """Say whether the person will employ a personal assistant: the checklist has further items then (CE 3.2)."""
    return change(REFERRALS, "say_use_of_payment", {**body, "id": referral_id})


@payment_setup.operation(
    "POST", f"{PLACE}/checklist", "direct_payments.record_set_up_item", body=shapes.DoneItem, answer=DirectPayment
)
def record_set_up_item(body: Fields, referral_id: str) -> Fields:
    """Record that an item of the set-up checklist is done (CE 3.2 "Service User Information").

    The account is in the person's name or that of whoever is responsible; the agreement counts once its signature is recorded.
    """
    return change(REFERRALS, "record_set_up_item", {**body, "id": referral_id})


@payment_setup.operation(
    "POST",
    f"{PLACE}/contingency",
    "direct_payments.plan_contingency",
    body=shapes.PlannedContingency,
    answer=DirectPayment,
)
def plan_contingency(body: Fields, referral_id: str) -> Fields:
    """Plan cover for holiday, sickness, maternity or an emergency (CE 3.2 "Brokerage")."""
    return change(REFERRALS, "plan_contingency", {**body, "id": referral_id})


@payment_setup.operation(
    "POST", f"{PLACE}/start-up", "direct_payments.ask_start_up", body=shapes.StartUpAsking, answer=DirectPayment
)
def ask_start_up_funding(body: Fields, referral_id: str) -> Fields:
    """Ask for money to start with: insurance, advertising, DBS checks (CE 3.2 "Start Up")."""
    return change(REFERRALS, "ask_start_up_funding", {**body, "id": referral_id})


@payment_setup.operation(
    "POST", f"{PLACE}/changes", "direct_payments.tell_change", body=shapes.PaymentChange, answer=DirectPayment
)
def tell_payment_change(body: Fields, referral_id: str) -> Fields:
    """Tell the council of a change in how the payment is run (CE 3.2 "Service User Information")."""
    return change(REFERRALS, "tell_payment_change", {**body, "id": referral_id})


@payment_setup.operation(
    "POST",
    f"{PLACE}/signposts",
    "direct_payments.signpost_service",
    body=shapes.SignpostedService,
    answer=DirectPayment,
)
def signpost_service(body: Fields, referral_id: str) -> Fields:
    """Point the person to payroll or a managed account, for which the payment contains nothing (CE 1.1, 1.2)."""
    return change(REFERRALS, "signpost_service", {**body, "id": referral_id})


@payment_setup.operation(
    "POST", f"{PLACE}/checks", "direct_payments.record_check", body=shapes.CheckContact, answer=DirectPayment
)
def record_check(body: Fields, referral_id: str) -> Fields:
    """Record a contact of a check (CE 3.2 "Early Help check").

    Only a contact that reached the person makes the check. An issue goes to adult social care at once, and its clock runs until
    somebody records that they were told.
    """
    return change(REFERRALS, "record_check", {**body, "id": referral_id})


@payment_setup.operation(
    "POST",
    f"{PLACE}/start-up/<id:request_id>/decide",
    "direct_payments.decide_start_up",
    body=shapes.StartUpDecision,
    answer=DirectPayment,
)
def decide_start_up_funding(body: Fields, referral_id: str, request_id: str) -> Fields:
    """Agree to money to start with, or not (CE 3.2 "Start Up").

    The practitioner of adult social care does; whoever asked cannot.
    """
    return change(REFERRALS, "decide_start_up_funding", {**body, "id": referral_id, "request_id": request_id})


@payment_setup.operation(
    "POST",
    f"{PLACE}/issues/<id:issue_id>/tell",
    "direct_payments.tell_issue",
    body=shapes.ToldOfIssue,
    answer=DirectPayment,
)
def tell_check_issue(body: Fields, referral_id: str, issue_id: str) -> Fields:
    """Record that social care has been told of what a check found; its clock stops (CE 3.2 "Early Help check")."""
    return change(REFERRALS, "tell_check_issue", {**body, "id": referral_id, "issue_id": issue_id})


@payment_setup.operation(
    "GET",
    "/direct-payment-checks",
    "direct_payments.summarise_checks",
    query=shapes.CheckFilter,
    answer=shapes.CheckCounts,
)
def summarise_checks(query: Fields) -> Fields:
    """Count the checks of a council's direct payments in a period (CE 3.2 "Early Help check")."""
    return ask(REFERRALS, "summarise_checks", query)
