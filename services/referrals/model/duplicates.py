"""Referrals that could be about one person: shown to somebody who decides, never merged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.referrals.errors import NoSuchDuplicate
from services.referrals.model.parties import Person
from services.referrals.model.referral import Because, PossibleDuplicate, Referral
from shared.events.referrals import DuplicateCleared, DuplicateSuspected
from shared.ids import derived_id, input_hash
from shared.messaging.aggregates import Decision


@dataclass(frozen=True, kw_only=True)
class Alike:
    """Referrals that could be about one person: some, and how many more there are, of them within the contract."""

    some: Sequence[Referral] = ()
    more: int = 0
    more_in_contract: int = 0


def looked_at_once(referral: Referral, most: int) -> int:
    """How many others to look at: so many, and beside them those that somebody has cleared, so that the next come up."""
    return most + sum(one.cleared_at is not None for one in referral.possible_duplicates)


def details_key(person: Person) -> str | None:
    """The same for everyone of one name, day of birth and postcode, however they are written; none where one lacks."""
    if not (person.contact.name.strip() and person.born_on and person.postcode):
        return None
    name = " ".join(person.contact.name.casefold().split())
    return input_hash([name, person.born_on.isoformat(), "".join(person.postcode.upper().split())])


def suspected(
    referral: Referral, others: Iterable[Referral], *, because: Because, at: datetime
) -> list[PossibleDuplicate]:
    """A flag for each other referral that this one could be a duplicate of."""
    return [
        PossibleDuplicate(
            duplicate_id=derived_id("dup", referral.referral_id, other.referral_id),
            referral_id=other.referral_id,
            person_id=other.person_id,
            because=because,
            found_at=at,
            outside_contract=not other.in_contract,
        )
        for other in others
        if other.referral_id != referral.referral_id
    ]


def is_news(referral: Referral, found: Sequence[PossibleDuplicate], alike: Sequence[Alike]) -> bool:
    """Whether there is a new flag, or another number of those beyond."""
    known = {one.duplicate_id for one in referral.possible_duplicates}
    return _beyond(alike) != _beyond_now(referral) or any(one.duplicate_id not in known for one in found)


def flag(referral: Referral, found: Sequence[PossibleDuplicate], *, alike: Sequence[Alike]) -> Decision[Referral]:
    """Flags what is new, and says how many more there are; what somebody has cleared stays cleared."""
    known = {one.duplicate_id for one in referral.possible_duplicates}
    new = [one for one in found if one.duplicate_id not in known]
    events = [
        DuplicateSuspected(referral_id=referral.referral_id, other_referral_id=one.referral_id, because=one.because)
        for one in new
    ]
    more, in_contract = _beyond(alike)
    after = replace(
        referral,
        possible_duplicates=(*referral.possible_duplicates, *new),
        more_duplicates=more,
        more_duplicates_in_contract=in_contract,
    )
    return Decision(state=after, events=events)


def _beyond(alike: Sequence[Alike]) -> tuple[int, int]:
    return sum(one.more for one in alike), sum(one.more_in_contract for one in alike)


def _beyond_now(referral: Referral) -> tuple[int, int]:
    return referral.more_duplicates, referral.more_duplicates_in_contract


def clear(referral: Referral, duplicate_id: str, *, reason: str, by: str, at: datetime) -> Decision[Referral]:
    """Somebody has looked and says why it is none, or what was done about it. Raises `NoSuchDuplicate`."""
    flagged = next((one for one in referral.possible_duplicates if one.duplicate_id == duplicate_id), None)
    if flagged is None or flagged.cleared_at is not None:
        raise NoSuchDuplicate(f"there is no open flag {duplicate_id} on this referral")
    cleared = replace(flagged, cleared_at=at, cleared_by=by, cleared_reason=reason)
    told = DuplicateCleared(referral_id=referral.referral_id, other_referral_id=flagged.referral_id)
    after = tuple(cleared if one.duplicate_id == duplicate_id else one for one in referral.possible_duplicates)
    return Decision(state=replace(referral, possible_duplicates=after), events=[told])
