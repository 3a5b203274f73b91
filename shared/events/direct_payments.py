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


@event("directpayment.ended", stream=DIRECT_PAYMENT)
@dataclass(frozen=True, kw_only=True)
class DirectPaymentEnded(Event):
    """The direct payment has ended (CE 4.4). The reason stays in the record: it can be free text."""

    payment_id: str
    referral_id: str
    person_id: str
    ended_on: date
