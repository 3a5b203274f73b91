"""Who is in a referral: the person, whoever referred, and the providers on a council's framework."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import TypeVar

from shared.events.contacts import ContactDetails


@dataclass(frozen=True, kw_only=True)
class Person:
    """The adult who draws on care: the platform's one record of who they are and how to reach them."""

    person_id: str
    reference: str
    born_on: date | None = None
    gender: str | None = None
    ethnicity: str | None = None
    postcode: str | None = None
    contact: ContactDetails


@dataclass(frozen=True, kw_only=True)
class Referrer:
    """Who referred, and how to answer them."""

    referrer_id: str
    reference: str
    contact: ContactDetails


@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """A provider is left out of offers while it is monitored, at the council's discretion (CP 6.2).

    It ends after the day `until_on`, or when somebody ends it before. `policy` is the version of the council's pack that
    has its reason.
    """

    exclusion_id: str
    reason: str
    author_id: str
    since_at: datetime
    until_on: date
    ended_at: datetime | None = None
    ended_by: str | None = None
    ended_reason: str | None = None
    policy: str = ""


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A provider on the council's ISF framework (CP 3.1)."""

    provider_id: str
    reference: str
    contact: ContactDetails
    lots: tuple[int, ...]
    taking_referrals: bool = True
    exclusions: tuple[Exclusion, ...] = ()

    def is_excluded(self, on: date) -> bool:
        """Whether an exclusion is in force on this day."""
        return any(one.ended_at is None and on <= one.until_on for one in self.exclusions)


@dataclass(frozen=True, kw_only=True)
class Worker:
    """Somebody who works on cases of a council, and how to reach them when something is due or amiss (CE 4.3, 7.7)."""

    worker_id: str
    contact: ContactDetails


def with_contact(person: Person, contact: ContactDetails) -> Person:
    """The person, to be reached in this way from now on."""
    return replace(person, contact=contact)


P = TypeVar("P", "Person", "Referrer", "Provider")


def updated(known: P, given: P) -> P:
    """What is known of a party with what is now said of them on top.

    What a submission leaves out is kept. A channel once marked unsafe stays so, whatever a submission says: only
    someone who sets the communication needs themselves takes the mark away (safe contact).
    """
    said = {f.name: getattr(given, f.name) for f in fields(given) if getattr(given, f.name) not in _UNSAID}
    return replace(known, **said | {"contact": _reached_by(known.contact, given.contact)})


def _reached_by(known: ContactDetails, given: ContactDetails) -> ContactDetails:
    said = {f.name: getattr(given, f.name) for f in fields(given) if getattr(given, f.name) not in _UNSAID}
    unsafe = tuple(dict.fromkeys((*known.unsafe_channels, *given.unsafe_channels)))
    return replace(known, **said | {"unsafe_channels": unsafe})


_UNSAID = (None, "", ())
