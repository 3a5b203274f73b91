"""What referrals tells: the referral's life, offers to providers, direct payments, and the people's contact details."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from shared.events.contacts import ContactDetails
from shared.events.language import Event, Stream, event

REFERRAL = Stream(name="referral", owner="referrals", about="a referral from submission to closure")
CONTACT = Stream(
    name="contact",
    owner="referrals",
    exchange="referrals.contacts",
    about="how a person, referrer or provider can be reached",
    personal_data=True,
)

Component = Literal["universal-information", "brokerage", "self-funder"]
Deployment = Literal["direct_payment", "managed_account", "individual_service_fund"]


@event("referral.submitted", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ReferralSubmitted(Event):
    """A referral was taken in (CE 4.3); what is missing is named field by field."""

    referral_id: str
    person_id: str
    referrer_id: Annotated[str | None, "who referred, when it was not the person"] = None
    source: Annotated[str, "adult-social-care, self, other"]
    missing: Annotated[tuple[str, ...], "fields that the council's policy asks for and that were not given"] = ()


@event("referral.completed", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ReferralCompleted(Event):
    """What an incomplete referral lacked has been given."""

    referral_id: str
    person_id: str


@event("referral.accepted", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ReferralAccepted(Event):
    """A worker took the referral on (CE 4.3)."""

    referral_id: str
    person_id: str
    referrer_id: str | None = None
    worker_id: Annotated[str, "the designated worker"]


@event("referral.refused", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ReferralRefused(Event):
    """The referral was refused; the referrer is told verbally and in writing (CE 4.3)."""

    referral_id: str
    person_id: str
    referrer_id: str | None = None
    reason: Annotated[str, "a reason code of the council's policy"]


@event("referral.waitlisted", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ReferralWaitlisted(Event):
    """The referral was placed on the waiting list (CE 4.8). The reason stays in the record: it can be free text."""

    referral_id: str
    person_id: str


@event("referral.allocated", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ReferralAllocated(Event):
    """The referral has a designated worker (CE 4.3)."""

    referral_id: str
    person_id: str
    worker_id: str


@event("referral.closed", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ReferralClosed(Event):
    """The case was closed (CE 4.4). The reason stays in the record: it can be free text."""

    referral_id: str
    person_id: str


@event("referral.offer.sent", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class OfferSent(Event):
    """The referral was offered to every provider of a lot (CP 6.1)."""

    referral_id: str
    person_id: str
    lot: Annotated[int, "1 care providers, 2 support brokers (CP 3.1)"]
    provider_ids: tuple[str, ...]


@event("referral.offer.answered", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class OfferAnswered(Event):
    """A provider answered an offer: yes with capacity, or no (CP 6.1)."""

    referral_id: str
    offer_id: str
    provider_id: str
    has_capacity: bool
    can_start_on: Annotated[date | None, "when the service could start (CP 6.4)"] = None


@event("provider.chosen", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ProviderChosen(Event):
    """The person chose among the providers with capacity (CP 3.2.2)."""

    referral_id: str
    person_id: str
    provider_id: str
    lot: int
    weekly_budget_pence: Annotated[int, "indicative weekly personal budget, pence"]


@event("directpayment.implemented", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class DirectPaymentImplemented(Event):
    """A direct payment was set up; starts the early help and follow-up checks (CE 3.2 "Early Help check")."""

    referral_id: str
    person_id: str
    implemented_on: date


@event("contact.recorded", stream=CONTACT)
@dataclass(frozen=True, kw_only=True)
class ContactRecorded(Event):
    """How a party can be reached, as it stands now. Restricted to notifications."""

    party_id: Annotated[str, "the person, referrer or provider"]
    kind: Literal["person", "referrer", "provider"]
    details: ContactDetails
