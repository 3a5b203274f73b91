"""An entry in the register: what it says, where its listing stands, and each step as a pure decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from services.pa_registry.errors import ListingSuspended, NotAnonymous, NotReadyToPublish, StepNotPossible
from services.pa_registry.model.anonymity import words_that_identify
from services.pa_registry.model.checks import AskedCheck, Check, lacking
from services.pa_registry.search.facets import FacetValues
from shared.errors import FieldError
from shared.events import pa_registry as told
from shared.events.contacts import ContactDetails
from shared.events.language import Event
from shared.messaging.aggregates import Decision

Listing = Literal["unlisted", "listed", "withdrawn"]
Status = Literal["registered", "published", "suspended", "withdrawn"]
STATUSES: tuple[Status, ...] = ("registered", "published", "suspended", "withdrawn")
Step = Literal["publish", "withdraw"]

STEPS: Mapping[Status, Mapping[Step, Listing]] = {
    "registered": {"publish": "listed", "withdraw": "withdrawn"},
    "published": {"withdraw": "withdrawn"},
    "suspended": {"withdraw": "withdrawn"},
    "withdrawn": {"publish": "listed"},
}
"""Which step leads where. Suspending and restoring are no steps of people: they follow restrictions (CE 7.9)."""


@dataclass(frozen=True, kw_only=True)
class SectorPlace:
    """The centroid of a postcode sector, in millionths of a degree: where an entry stands in search, never nearer home."""

    sector: str
    latitude_e6: int
    longitude_e6: int


@dataclass(frozen=True, kw_only=True)
class PersonalAssistant:
    """An entry as it stands.

    `owner_id` is the sign-in of a personal assistant who registered themselves. `facets` is what they say in the field
    groups of CE 3.2 "PA Finder", `shown` the groups that they agree to show; the DBS group comes from `checks`.
    `restricted` says that they may not be listed, never why.
    """

    personal_assistant_id: str
    owner_id: str | None = None
    headline: str = ""
    about: str = ""
    facets: FacetValues = field(default_factory=dict)
    shown: tuple[str, ...] = ()
    postcode: str | None = None
    place: SectorPlace | None = None
    contact: ContactDetails
    checks: tuple[Check, ...] = ()
    listing: Listing = "unlisted"
    restricted: bool = False
    withdrawn_because: str | None = None
    published_under: str | None = None
    registered_at: datetime
    updated_at: datetime

    @property
    def status(self) -> Status:
        """Where the listing stands, for people. Who is restricted without being listed just stays as they are."""
        if self.listing == "listed":
            return "suspended" if self.restricted else "published"
        return "withdrawn" if self.listing == "withdrawn" else "registered"

    @property
    def is_published(self) -> bool:
        """Whether the entry may be found by employers."""
        return self.status == "published"


@dataclass(frozen=True, kw_only=True)
class Amendment:
    """What is to change; `None` stays as it is. Of the field groups only those named change; an empty one is cleared."""

    headline: str | None = None
    about: str | None = None
    facets: FacetValues = field(default_factory=dict)
    shown: tuple[str, ...] | None = None
    postcode: str | None = None
    place: SectorPlace | None = None
    contact: ContactDetails | None = None


def register(entry: PersonalAssistant) -> Decision[PersonalAssistant]:
    """A new entry, not yet listed (PAR-01, PAR-03)."""
    joined = told.PersonalAssistantRegistered(personal_assistant_id=entry.personal_assistant_id)
    return Decision(state=entry, events=[joined, _contact_of(entry)])


def amend(entry: PersonalAssistant, changes: Amendment, *, at: datetime) -> Decision[PersonalAssistant]:
    """The entry with what is to change. Raises `NotAnonymous` for a listed one whose words would say who it is."""
    amended = _amended(entry, changes)
    if amended == entry:
        return Decision(state=entry)
    if amended.listing == "listed":
        _check_anonymous(amended)
    events: list[Event] = []
    if replace(amended, contact=entry.contact) != entry:
        events.append(told.PersonalAssistantUpdated(personal_assistant_id=entry.personal_assistant_id))
    if amended.contact != entry.contact:
        events.append(_contact_of(amended))
    return Decision(state=replace(amended, updated_at=at), events=events)


def record_check(entry: PersonalAssistant, check: Check, *, at: datetime) -> Decision[PersonalAssistant]:
    """Adds a check to the record (CE 3.2 "Employing a PA"); the same one again changes nothing."""
    if check in entry.checks:
        return Decision(state=entry)
    verified = told.PersonalAssistantVerified(
        personal_assistant_id=entry.personal_assistant_id,
        check=check.check,
        checked_on=check.checked_on,
        expires_on=check.expires_on,
    )
    return Decision(state=replace(entry, checks=(*entry.checks, check), updated_at=at), events=[verified])


def publish(
    entry: PersonalAssistant, *, asked: Sequence[AskedCheck], policy: str, restricted: bool, today: date, at: datetime
) -> Decision[PersonalAssistant]:
    """Lists the entry once the checks asked for are on record and its words don't say who it is.

    Raises `StepNotPossible`, `ListingSuspended` (never why), `NotReadyToPublish`, `NotAnonymous`.
    """
    if entry.restricted or restricted:
        raise ListingSuspended("the listing is suspended; the entry cannot be published now")
    listing = _reached(entry, "publish")
    missing = [*_missing_words(entry), *lacking(entry.checks, asked, today=today)]
    if missing:
        raise NotReadyToPublish(" ".join(lack.message for lack in missing), errors=missing)
    _check_anonymous(entry)
    listed = replace(entry, listing=listing, withdrawn_because=None, published_under=policy, updated_at=at)
    return Decision(state=listed, events=[told.ListingPublished(personal_assistant_id=entry.personal_assistant_id)])


def withdraw(entry: PersonalAssistant, *, reason: str | None, at: datetime) -> Decision[PersonalAssistant]:
    """Takes the entry out of search. Raises `StepNotPossible`."""
    listing = _reached(entry, "withdraw")
    withdrawn = replace(entry, listing=listing, withdrawn_because=reason, updated_at=at)
    return Decision(state=withdrawn, events=[told.ListingWithdrawn(personal_assistant_id=entry.personal_assistant_id)])


def suspend(entry: PersonalAssistant) -> Decision[PersonalAssistant]:
    """Holds the entry out of search until it is restored; told only if it was listed (CE 7.9)."""
    suspended = told.ListingSuspended(personal_assistant_id=entry.personal_assistant_id)
    events = [suspended] if entry.listing == "listed" and not entry.restricted else []
    return Decision(state=replace(entry, restricted=True), events=events)


def restore(entry: PersonalAssistant) -> Decision[PersonalAssistant]:
    """Ends the hold; an entry that is still listed can be found again."""
    restored = told.ListingRestored(personal_assistant_id=entry.personal_assistant_id)
    events = [restored] if entry.listing == "listed" and entry.restricted else []
    return Decision(state=replace(entry, restricted=False), events=events)


def possible_steps(entry: PersonalAssistant) -> list[str]:
    """The steps that the entry's status allows now."""
    return sorted(STEPS[entry.status])


def _reached(entry: PersonalAssistant, step: Step) -> Listing:
    reached = STEPS[entry.status].get(step)
    if reached is None:
        possible = ", ".join(possible_steps(entry))
        raise StepNotPossible(f"an entry that is {entry.status} cannot {step}; possible now: {possible}")
    return reached


def _amended(entry: PersonalAssistant, changes: Amendment) -> PersonalAssistant:
    facets = {name: values for name, values in {**entry.facets, **changes.facets}.items() if values}
    moved = entry if changes.postcode is None else replace(entry, postcode=changes.postcode, place=changes.place)
    return replace(
        moved,
        facets=facets,
        headline=entry.headline if changes.headline is None else changes.headline,
        about=entry.about if changes.about is None else changes.about,
        shown=entry.shown if changes.shown is None else changes.shown,
        contact=changes.contact or entry.contact,
    )


def _missing_words(entry: PersonalAssistant) -> Iterator[FieldError]:
    if not entry.headline.strip():
        yield FieldError(field="headline", rule="required", message="An entry is published under a headline.")


def _check_anonymous(entry: PersonalAssistant) -> None:
    faults = words_that_identify(
        {"headline": entry.headline, "about": entry.about}, entry.contact, name_is_shown="name" in entry.shown
    )
    if faults:
        raise NotAnonymous("the published words must not say who the personal assistant is", errors=faults)


def _contact_of(entry: PersonalAssistant) -> told.PersonalAssistantContactRecorded:
    return told.PersonalAssistantContactRecorded(party_id=entry.personal_assistant_id, details=entry.contact)
