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

PROVIDER = Stream(
    name="provider", owner="referrals", about="a provider of a council's framework, where offers leave it out"
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


@event("referral.seen", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ReferralSeen(Event):
    """Somebody has opened a referral that nobody had seen before (CE 4.3: the referrer is kept informed)."""

    referral_id: str
    person_id: str
    referrer_id: str | None = None


@event("referral.completed", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ReferralCompleted(Event):
    """What an incomplete referral lacked has been given."""

    referral_id: str
    person_id: str


@event("referral.amended", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ReferralAmended(Event):
    """Whoever sent a referral has brought it up to date."""

    referral_id: str
    person_id: str
    changed: Annotated[tuple[str, ...], "the names of the fields that are otherwise now"]


@event("referral.imported", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ReferralImported(Event):
    """Somebody who was in support already was brought in with the current users (CE 3.5)."""

    referral_id: str
    person_id: str
    import_id: str
    implemented_on: date


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


@event("referral.refusal.told_verbally", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class RefusalToldVerbally(Event):
    """Whoever referred has been told of the refusal by word of mouth (CE 4.3)."""

    referral_id: str
    told_on: date


@event("referral.refusal.told_in_writing", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class RefusalToldInWriting(Event):
    """The refusal has gone out to whoever referred in writing (CE 4.3)."""

    referral_id: str
    told_on: date


@event("referral.waitlisted", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ReferralWaitlisted(Event):
    """The referral was placed on the waiting list (CE 4.8). The reason stays in the record: it can be free text."""

    referral_id: str
    person_id: str
    referrer_id: Annotated[str | None, "who referred, when it was not the person"] = None
    position: Annotated[int | None, "where the person stood on the list that day"] = None
    waiting: Annotated[int | None, "how many stood on it"] = None


@event("referral.waiting.amended", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class WaitingAmended(Event):
    """Why a referral waits, or how urgent it is, has been written anew; the wait itself goes on (CE 4.8)."""

    referral_id: str


@event("referral.duplicate.suspected", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class DuplicateSuspected(Event):
    """Two referrals could be about one person; somebody has to look."""

    referral_id: str
    other_referral_id: str
    because: Annotated[str, "same-number: one person's number; same-details: one name, day of birth and postcode"]


@event("referral.duplicate.cleared", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class DuplicateCleared(Event):
    """Somebody has looked at a possible duplicate. The reason stays in the record: it can be free text."""

    referral_id: str
    other_referral_id: str


@event("referral.target.passed", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class TargetPassed(Event):
    """The year's number of referrals is past the council's target; it warns and bars nobody (CP Sch I)."""

    referral_id: str
    number: Annotated[int, "this referral's number in the twelve months up to it"]
    target: int


@event("referral.allocated", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ReferralAllocated(Event):
    """The referral has a designated worker; the referrer is told (CE 4.3)."""

    referral_id: str
    person_id: str
    referrer_id: Annotated[str | None, "who referred, when it was not the person"] = None
    worker_id: str


@event("referral.withdrawn", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ReferralWithdrawn(Event):
    """The person or the referrer took the referral back. The reason stays in the record: it can be free text."""

    referral_id: str
    person_id: str
    referrer_id: Annotated[str | None, "who referred, when it was not the person"] = None


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
    round: Annotated[int, "1 for the first provider of this referral, 2 for the one that follows it"] = 1


@event("provider.change.asked", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ProviderChangeAsked(Event):
    """The person wishes their provider to be changed, or to have it end (CP 5.3). Why stays in the record."""

    referral_id: str
    person_id: str
    provider_id: str
    wish: Literal["change", "end"]


@event("provider.ended", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ProviderEnded(Event):
    """The council ended a provider's services to this person (CP 5.3). Why stays in the record."""

    referral_id: str
    person_id: str
    provider_id: str
    ended_on: date
    at_wish_of: Literal["person", "council"]
    round: Annotated[int, "which of the referral's providers, from 1"]


@event("directpayment.implemented", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class DirectPaymentImplemented(Event):
    """A direct payment was set up; starts the early help and follow-up checks (CE 3.2 "Early Help check")."""

    referral_id: str
    person_id: str
    implemented_on: date
    by_council: Annotated[bool, "the council implemented it itself and sent notice of it"] = False


@event("provider.excluded", stream=PROVIDER)
@dataclass(frozen=True, kw_only=True)
class ProviderExcluded(Event):
    """A provider is left out of offers while it is monitored, until a day (CP 6.2)."""

    provider_id: str
    reason: Annotated[str, "a reason code of the council's policy"]
    until_on: date


@event("provider.readmitted", stream=PROVIDER)
@dataclass(frozen=True, kw_only=True)
class ProviderReadmitted(Event):
    """A provider gets offers again before its exclusion would have ended (CP 6.2)."""

    provider_id: str


@event("referral.support.started", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class SupportStarted(Event):
    """Support by the chosen provider has begun; its reviews are due from then on (CP 3.2.5, 3.2.6, 7.4)."""

    referral_id: str
    person_id: str
    provider_id: str
    began_on: date


@event("contact.recorded", stream=CONTACT)
@dataclass(frozen=True, kw_only=True)
class ContactRecorded(Event):
    """How a party can be reached, as it stands now. Restricted to notifications."""

    party_id: Annotated[str, "the person, referrer or provider"]
    kind: Literal["person", "referrer", "provider"]
    details: ContactDetails


@event("worker.contact.recorded", stream=CONTACT)
@dataclass(frozen=True, kw_only=True)
class WorkerContactRecorded(Event):
    """How somebody who works on cases can be reached, as it stands now. Restricted to notifications."""

    party_id: Annotated[str, "worker:<council>:<worker>"]
    kind: Literal["worker"] = "worker"
    details: ContactDetails
