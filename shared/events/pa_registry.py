"""What the PA registry tells: a personal assistant's listing and, on the restricted exchange, how to reach them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from shared.events.contacts import ContactDetails
from shared.events.language import Event, Stream, event

PERSONAL_ASSISTANT = Stream(name="pa", owner="pa_registry", about="a personal assistant's entry in the register")
PA_CONTACT = Stream(
    name="pacontact",
    owner="pa_registry",
    exchange="pa_registry.contacts",
    about="how a personal assistant can be reached",
    personal_data=True,
)


@event("pa.registered", stream=PERSONAL_ASSISTANT)
@dataclass(frozen=True, kw_only=True)
class PersonalAssistantRegistered(Event):
    """A personal assistant joined the register, not yet listed (CE 3.2 "PA Finder")."""

    personal_assistant_id: str


@event("pa.updated", stream=PERSONAL_ASSISTANT)
@dataclass(frozen=True, kw_only=True)
class PersonalAssistantUpdated(Event):
    """The entry changed; ask the registry for what it now says."""

    personal_assistant_id: str


@event("pa.verified", stream=PERSONAL_ASSISTANT)
@dataclass(frozen=True, kw_only=True)
class PersonalAssistantVerified(Event):
    """A check was recorded (CE 3.2 "Employing a PA")."""

    personal_assistant_id: str
    check: Annotated[str, "dbs, right-to-work, references, identity, training"]
    checked_on: date
    expires_on: date | None = None


@event("pa.listing.published", stream=PERSONAL_ASSISTANT)
@dataclass(frozen=True, kw_only=True)
class ListingPublished(Event):
    """The entry can be found in search."""

    personal_assistant_id: str


@event("pa.listing.suspended", stream=PERSONAL_ASSISTANT)
@dataclass(frozen=True, kw_only=True)
class ListingSuspended(Event):
    """The entry can no longer be found in search; no cause is given."""

    personal_assistant_id: str


@event("pa.listing.restored", stream=PERSONAL_ASSISTANT)
@dataclass(frozen=True, kw_only=True)
class ListingRestored(Event):
    """A suspended entry can be found again."""

    personal_assistant_id: str


@event("pa.listing.withdrawn", stream=PERSONAL_ASSISTANT)
@dataclass(frozen=True, kw_only=True)
class ListingWithdrawn(Event):
    """The entry was taken out of search at the personal assistant's or the register's wish."""

    personal_assistant_id: str


@event("pa.contact.recorded", stream=PA_CONTACT)
@dataclass(frozen=True, kw_only=True)
class PersonalAssistantContactRecorded(Event):
    """How a personal assistant can be reached, as it stands now. Restricted to notifications."""

    party_id: str
    kind: Literal["personal_assistant"] = "personal_assistant"
    details: ContactDetails
