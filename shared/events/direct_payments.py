"""What referrals tells of a direct payment: its capacity test, who is responsible, its set-up, its checks and its end.

Ids, codes and days. What was found and why in words stays in the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from shared.events.language import Event, Stream, event

DIRECT_PAYMENT = Stream(
    name="directpayment", owner="referrals", about="a direct payment from its capacity test to its end"
)


@dataclass(frozen=True, kw_only=True)
class RecipientOfPayment:
    """Whom a payment would be made to."""

    kind: Literal["person", "nominee", "authorised_person", "suitable_person"]
    party_id: str
    route: Annotated[str | None, "the route of someone who acts without the person's capacity: a, b or c"] = None


@event("directpayment.test.begun", stream=DIRECT_PAYMENT)
@dataclass(frozen=True, kw_only=True)
class CapacityTestBegun(Event):
    """The test of who may receive a direct payment has begun, or begun anew (CE 3.2 "Exclusions")."""

    payment_id: str
    referral_id: str
    person_id: str
    has_capacity: Annotated[bool, "whether the person can decide to ask: four conditions if so, five if not"]
    recipient: RecipientOfPayment


@event("directpayment.condition.found", stream=DIRECT_PAYMENT)
@dataclass(frozen=True, kw_only=True)
class ConditionFound(Event):
    """A condition of the test was found to hold, or not. The evidence stays in the record."""

    payment_id: str
    referral_id: str
    condition: Annotated[str, "a code of the council's policy"]
    holds: bool
    found_on: date


@event("directpayment.test.concluded", stream=DIRECT_PAYMENT)
@dataclass(frozen=True, kw_only=True)
class CapacityTestCameOut(Event):
    """The test came out met or not met, with each condition that failed and its clause (CE 3.2 "Exclusions")."""

    payment_id: str
    referral_id: str
    person_id: str
    met: bool
    not_met_because: Annotated[tuple[str, ...], "codes of the conditions that failed, each with its clause"] = ()
    policy: Annotated[str, "the version of the pack that the conditions come from"]


@event("directpayment.agreement.signed", stream=DIRECT_PAYMENT)
@dataclass(frozen=True, kw_only=True)
class AgreementSigned(Event):
    """The agreement is signed: whoever signed is legally responsible from that day (CE 3.2 "Nominated")."""

    payment_id: str
    referral_id: str
    person_id: str
    responsible_id: str
    capacity: Annotated[str, "as person, nominee, authorised_person or suitable_person"]
    signed_on: date


@event("directpayment.use.said", stream=DIRECT_PAYMENT)
@dataclass(frozen=True, kw_only=True)
class UseOfPaymentSaid(Event):
    """Whether the person will employ a personal assistant, for whom the checklist has further items (CE 3.2)."""

    payment_id: str
    referral_id: str
    employs_personal_assistant: bool


@event("directpayment.setup.done", stream=DIRECT_PAYMENT)
@dataclass(frozen=True, kw_only=True)
class SetUpItemDone(Event):
    """An item of the set-up checklist is done (CE 3.2 "Service User Information")."""

    payment_id: str
    referral_id: str
    item: Annotated[str, "a code of the council's checklist"]
    done_on: date


@event("directpayment.contingency.planned", stream=DIRECT_PAYMENT)
@dataclass(frozen=True, kw_only=True)
class ContingencyPlanned(Event):
    """Cover is arranged for when the usual help is away (CE 3.2 "Brokerage")."""

    payment_id: str
    referral_id: str
    situation: str
    cover: str


@event("directpayment.startup.asked", stream=DIRECT_PAYMENT)
@dataclass(frozen=True, kw_only=True)
class StartUpAsked(Event):
    """Money to start with was asked for; nobody has agreed yet (CE 3.2 "Start Up")."""

    payment_id: str
    referral_id: str
    request_id: str
    item: str
    amount_pence: int


@event("directpayment.startup.decided", stream=DIRECT_PAYMENT)
@dataclass(frozen=True, kw_only=True)
class StartUpDecided(Event):
    """The practitioner agreed to money to start with, or did not (CE 3.2 "Start Up")."""

    payment_id: str
    referral_id: str
    request_id: str
    agreed: bool
    decided_by: str


@event("directpayment.changed", stream=DIRECT_PAYMENT)
@dataclass(frozen=True, kw_only=True)
class DirectPaymentChanged(Event):
    """The payment is run in another way than agreed; the council is told (CE 3.2 "Service User Information")."""

    payment_id: str
    referral_id: str
    person_id: str
    reason: Annotated[str, "a reason code of the council's policy"]
    noticed_on: date


@event("directpayment.signposted", stream=DIRECT_PAYMENT)
@dataclass(frozen=True, kw_only=True)
class Signposted(Event):
    """The person was pointed to a service that the payment does not contain (CE 1.2), or to a care agency (CE 3.2)."""

    payment_id: str
    referral_id: str
    service: str
    agency_id: str | None = None


@event("directpayment.agency.barred", stream=DIRECT_PAYMENT)
@dataclass(frozen=True, kw_only=True)
class SignpostedAgencyBarred(Event):
    """An agency that the person was pointed to is rated Inadequate now (CE 3.2 "The Care Agency")."""

    payment_id: str
    referral_id: str
    person_id: str
    agency_id: str
    worker_id: Annotated[str | None, "the designated worker of the case, if it has one"] = None


@event("directpayment.check.made", stream=DIRECT_PAYMENT)
@dataclass(frozen=True, kw_only=True)
class CheckMade(Event):
    """A contact of an early help or follow-up check (CE 3.2 "Early Help check")."""

    payment_id: str
    referral_id: str
    check_id: str
    check: Literal["early_help_check", "follow_up_check"]
    method: str
    made_on: date
    reached: Annotated[bool, "only a contact that reached the person makes the check"]
    issue_found: bool


@event("directpayment.issue.found", stream=DIRECT_PAYMENT)
@dataclass(frozen=True, kw_only=True)
class IssueFound(Event):
    """A check found an issue; social care is told at once (CE 3.2 "Early Help check")."""

    payment_id: str
    referral_id: str
    person_id: str
    issue_id: str
    check: Literal["early_help_check", "follow_up_check"]


@event("directpayment.issue.told", stream=DIRECT_PAYMENT)
@dataclass(frozen=True, kw_only=True)
class IssueTold(Event):
    """Social care has been told of an issue (CE 3.2 "Early Help check")."""

    payment_id: str
    referral_id: str
    issue_id: str
    how: Annotated[str, "phone, email, face-to-face"]


@event("directpayment.ended", stream=DIRECT_PAYMENT)
@dataclass(frozen=True, kw_only=True)
class DirectPaymentEnded(Event):
    """The direct payment has ended (CE 4.4). The reason stays in the record: it can be free text."""

    payment_id: str
    referral_id: str
    person_id: str
    ended_on: date
