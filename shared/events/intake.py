"""What a council's case system may send, and the answers it gets on its results queue.

The incoming types are a language of their own: lenient where the council's policy decides what is missing, with names and
addresses, and never published onward in this form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
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
    communication_needs: Annotated[tuple[str, ...], "codes of the council's policy (CE 4.9, 4.11)"] = ()
    language: Annotated[str | None, "the language to translate or interpret into (CE 4.11)"] = None
    font_size_points: Annotated[int | None, "the size of print that they read (CE 7.1(e))"] = None
    feedback_method: Annotated[str | None, "how they would like to be asked, a code of the council's policy"] = None


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
    capital_pence: Annotated[
        int | None, "savings and assets; used to tell a self-funder and not kept (CE Definitions)"
    ] = None
    weekly_income_covers_fees: Annotated[bool | None, "whether their income pays their own fees (CE Definitions)"] = (
        None
    )
    asks_for_brokerage: Annotated[bool | None, "false when they ask for information and advice only (CE 3.1)"] = None
    has_section_117_aftercare: Annotated[bool | None, "aftercare under the Mental Health Act 1983 (CP 3.1)"] = None
    registered_with_local_gp: Annotated[bool | None, "with a GP of the local integrated care board (CP 3.1)"] = None
    resident: Annotated[bool | None, "whether they live in the council's area (CE 1.1; CP 3.1)"] = None
    from_childrens_direct_payment: Annotated[bool | None, "moving over from a child's payment (CE 1.8)"] = None
    client_group: Annotated[str | None, "one of `client_groups`, for senders that know only one"] = None
    client_groups: Annotated[tuple[str, ...], "any combination (CE 3.2)"] = ()
    primary_support_reason: Annotated[str | None, "the national reason (CE 1.9)"] = None
    contact_type: Annotated[str | None, "what the contact is about (CE 1.9)"] = None
    priority_groups: Annotated[tuple[str, ...], "priority and under-represented groups (CE 4.11)"] = ()
    care_and_support_plan: Annotated[str | None, "reference of the Care and Support Plan (CE 4.3)"] = None
    care_act_assessment: Annotated[str | None, "reference of the assessment (CP 6.5)"] = None
    mental_capacity_assessment: Annotated[str | None, "reference of the assessment, if there is one (CP 6.5)"] = None
    weekly_budget_pence: Annotated[int | None, "indicative weekly personal budget, pence"] = None
    lot: Annotated[int | None, "ISF lot: 1 or 2 (CP 3.1)"] = None
    updated_at: Annotated[
        datetime | None, "when the sender last changed it; what is older than the last is refused"
    ] = None


@dataclass(frozen=True, kw_only=True)
class ReferralUpdate(ReferralSubmission):
    """`referral.updated` as a council sends it: an active referral as it now is. What is left out stays as it was."""


@dataclass(frozen=True, kw_only=True)
class ReferralCancellation:
    """`referral.cancelled` as a council sends it: an active referral is taken back."""

    referral_reference: str
    reason: Annotated[str | None, "why, in a few words"] = None
    updated_at: Annotated[datetime | None, "when the sender cancelled it; what is older than the last is refused"] = (
        None
    )


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
        "referral.updated": ReferralUpdate,
        "referral.cancelled": ReferralCancellation,
        "directpayment.implemented": DirectPaymentNotice,
        "provider.listed": ProviderListing,
    }
)
