"""Who is in a referral: the person, whoever referred, and the providers. How each can be reached is told as it changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from services.referrals.model.parties import Person, Provider, Referrer, updated
from services.referrals.model.referral import is_staff
from services.referrals.ports import Records
from shared.context import Caller
from shared.errors import Conflict
from shared.events.contacts import ContactDetails
from shared.events.intake import ProviderListing, SubmittedPerson, SubmittedReferrer
from shared.events.language import Event
from shared.events.referrals import ContactRecorded
from shared.ids import derived_id
from shared.messaging.aggregates import Decision
from shared.messaging.cause import Cause

S = TypeVar("S", Person, Referrer, Provider)


def person_of(given: SubmittedPerson, council_id: str) -> Person:
    """The person as a submission tells of them."""
    return Person(
        person_id=derived_id("per", council_id, given.person_reference),
        reference=given.person_reference,
        born_on=given.born_on,
        gender=given.gender,
        ethnicity=given.ethnicity,
        postcode=given.postcode,
        contact=ContactDetails(
            name=given.name or "",
            preferred_channel=given.preferred_channel,
            unsafe_channels=given.unsafe_channels,
            email=_address(given.email),
            sms=given.sms,
            phone=given.phone,
            letter=given.letter,
            formats=given.formats,
            communication_needs=given.communication_needs,
            language=given.language,
            font_size_points=given.font_size_points,
            feedback_method=given.feedback_method,
        ),
    )


def referrer_of(given: SubmittedReferrer | None, council_id: str) -> Referrer | None:
    """Who refers, if the submission says."""
    if given is None:
        return None
    return Referrer(
        referrer_id=derived_id("rfr", council_id, given.referrer_reference),
        reference=given.referrer_reference,
        contact=ContactDetails(name=given.name or "", email=_address(given.email), preferred_channel="email"),
    )


def _address(given: str | None) -> str | None:
    """As it is used: without the blanks around it, and none where there is nothing else."""
    return (given or "").strip() or None


def record_person(person: Person, *, persons: Records[Person], council_id: str, cause: Cause) -> None:
    """Keeps the person's record. Someone who is not staff changes nobody's but their own: a reference can be guessed."""
    told = _telling(person.person_id, "person")
    may_change = _is_trusted(cause.caller) or (cause.caller is not None and cause.caller.actor_id == person.person_id)
    _put(persons, person.person_id, person, told, council_id=council_id, cause=cause, may_change=may_change)


def record_referrer(referrer: Referrer, *, referrers: Records[Referrer], council_id: str, cause: Cause) -> None:
    """Keeps who refers."""
    told = _telling(referrer.referrer_id, "referrer")
    may_change = _is_trusted(cause.caller)
    _put(referrers, referrer.referrer_id, referrer, told, council_id=council_id, cause=cause, may_change=may_change)


def list_provider(message: ProviderListing, *, providers: Records[Provider], council_id: str, cause: Cause) -> str:
    """Adds a provider to the council's framework, or updates it (CP 3.1, 6.2); its id."""
    provider = Provider(
        provider_id=derived_id("prov", council_id, message.provider_reference),
        reference=message.provider_reference,
        contact=ContactDetails(name=message.name, email=_address(message.email), preferred_channel="email"),
        lots=message.lots,
        taking_referrals=message.taking_referrals,
    )
    told = _telling(provider.provider_id, "provider")
    _put(providers, provider.provider_id, provider, told, council_id=council_id, cause=cause, may_change=True)
    return provider.provider_id


def _put(
    records: Records[S],
    id: str,
    given: S,
    told: Callable[[ContactDetails], Event],
    *,
    council_id: str,
    cause: Cause,
    may_change: bool,
) -> None:
    """Creates the record, or brings the one that is there up to date; tells only what is new."""

    def decide(known: S) -> Decision[S]:
        now = updated(known, given)
        return Decision(state=now, events=[told(now.contact)] if now.contact != known.contact else [])

    try:
        records.create(id, Decision(state=given, events=[told(given.contact)]), council_id=council_id, cause=cause)
    except Conflict:
        known = records.get(id).state
        if may_change and updated(known, given) != known:
            records.change(id, decide, cause=cause)


def _telling(party_id: str, kind: str) -> Callable[[ContactDetails], Event]:
    def told(details: ContactDetails) -> Event:
        return ContactRecorded(party_id=party_id, kind=kind, details=details)  # type: ignore[arg-type]

    return told


def _is_trusted(caller: Caller | None) -> bool:
    """A council's own system (no caller) and staff."""
    return caller is None or is_staff(caller)
