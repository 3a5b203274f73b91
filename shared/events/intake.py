"""What a council's case system may send, and the answers it gets on its results queue.

The incoming types are a language of their own: lenient where the council's policy decides what is missing, with names and
addresses, and never published onward in this form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any, Literal

from shared.events.contacts import Channel
from shared.events.language import Event, Stream, event

RESULT = Stream(
    name="result",
    owner="referrals",
    exchange="ext.results",
    about="answers to a council's own events",
    outside=True,
)


@dataclass(frozen=True, kw_only=True)
class FieldProblem:
    """One field and the rule it breaks."""

    field: str
    rule: str
    message: str


@event("intake.answered", stream=RESULT)
@dataclass(frozen=True, kw_only=True)
class IntakeAnswered(Event):
    """What became of one event of a council: accepted, duplicate, or refused with each field named."""

    event_id: Annotated[str, "the council's own event id"]
    outcome: Literal["accepted", "duplicate", "refused"]
    record_id: Annotated[str | None, "the record it became"] = None
    missing: Annotated[tuple[str, ...], "what the policy asks for and was not given"] = ()
    problem: Annotated[str | None, "the problem's code"] = None
    detail: str | None = None
    errors: tuple[FieldProblem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SubmittedPerson:
    """The adult who is referred. The reference is the council's own and is needed to recognise the person again."""

    person_reference: Annotated[str, "the council's social care number"]
    name: str | None = None
    born_on: date | None = None
    gender: str | None = None
    ethnicity: str | None = None
    postcode: str | None = None
    email: str | None = None
    sms: str | None = None
    phone: str | None = None
    letter: str | None = None
    preferred_channel: Channel | None = None
    unsafe_channels: tuple[Channel, ...] = ()
    formats: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SubmittedReferrer:
    """Who refers: the social worker or team, with how to tell them of a refusal (CE 4.3)."""

    referrer_reference: str
    name: str | None = None
    email: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReferralSubmission:
    """`referral.submitted` as a council sends it (CE 4.3, CP 6.1)."""

    referral_reference: Annotated[str, "the council's own reference of this referral"]
    person: SubmittedPerson
    referrer: SubmittedReferrer | None = None
    source: Literal["adult-social-care", "self", "other"] = "adult-social-care"
    urgency: Literal["standard", "urgent", "emergency"] = "standard"
    deployment: Literal["direct_payment", "managed_account", "individual_service_fund"] | None = None
    has_eligible_needs: bool | None = None
    self_funder: bool | None = None
    client_group: str | None = None
    care_and_support_plan: Annotated[str | None, "reference of the Care and Support Plan (CE 4.3)"] = None
    weekly_budget_pence: Annotated[int | None, "indicative weekly personal budget, pence"] = None
    lot: Annotated[int | None, "ISF lot: 1 or 2 (CP 3.1)"] = None


@dataclass(frozen=True, kw_only=True)
class DirectPaymentNotice:
    """`directpayment.implemented` as a council sends it (CE 3.2)."""

    referral_reference: str
    implemented_on: date


@dataclass(frozen=True, kw_only=True)
class ProviderListing:
    """`provider.listed`: a provider on the council's ISF framework and the lots it serves (CP 3.1)."""

    provider_reference: str
    name: str
    lots: tuple[int, ...]
    email: str | None = None
    taking_referrals: Annotated[bool, "false while under quality monitoring (CP 6.2)"] = True


INCOMING: Mapping[str, Any] = MappingProxyType(
    {
        "referral.submitted": ReferralSubmission,
        "directpayment.implemented": DirectPaymentNotice,
        "provider.listed": ProviderListing,
    }
)
