"""Keeping an entry: register, amend, record checks, publish, withdraw (CE 3.2 "PA Finder", "Employing a PA")."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.pa_registry.errors import OwnEntry
from services.pa_registry.model import entries as model
from services.pa_registry.model.anonymity import check_contact
from services.pa_registry.model.checks import Check, check_check
from services.pa_registry.model.entries import Amendment, PersonalAssistant
from services.pa_registry.model.showing import (
    THEMSELVES,
    check_facets,
    check_shown,
    is_own,
    keeps_the_register,
    may_read,
    sees_all,
)
from services.pa_registry.ports import Places, Records, Register, Rules
from services.pa_registry.search.facets import FacetValues
from shared.clock import Clock
from shared.context import Caller
from shared.dates import london_day
from shared.errors import NotFound
from shared.events.contacts import ContactDetails
from shared.ids import derived_id
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause


@dataclass(frozen=True, kw_only=True)
class NewEntry:
    """What somebody tells when they, or the support service for them, join the register."""

    council_id: str
    contact: ContactDetails
    headline: str = ""
    about: str = ""
    facets: FacetValues
    shown: tuple[str, ...] = ()
    postcode: str | None = None


@dataclass(frozen=True, kw_only=True)
class EntryDesk:
    """The records, rules and places that these use cases work with."""

    records: Records[PersonalAssistant]
    register: Register
    rules: Rules
    places: Places
    clock: Clock


def register_personal_assistant(given: NewEntry, *, desk: EntryDesk, cause: Cause) -> Stored[PersonalAssistant]:
    """Adds an entry, not yet listed (PAR-01); who registers themselves owns it and can have only one (PAR-03).

    Raises `Invalid` naming each field at fault, `UnknownCouncil`, `Conflict` for a second entry of the same sign-in.
    """
    now = desk.clock.now()
    desk.rules.version(given.council_id, now)
    check_facets(given.facets)
    check_shown(given.shown)
    check_contact(given.contact)
    postcode, place = desk.places.home(given.postcode) if given.postcode else (None, None)
    owner_id = _registering_themselves(cause.caller)
    entry = PersonalAssistant(
        personal_assistant_id=_id_for(given.council_id, owner_id, cause),
        owner_id=owner_id,
        headline=given.headline,
        about=given.about,
        facets=given.facets,
        shown=given.shown,
        postcode=postcode,
        place=place,
        contact=given.contact,
        registered_at=now,
        updated_at=now,
    )
    return desk.records.create(
        entry.personal_assistant_id, model.register(entry), council_id=given.council_id, cause=cause
    )


def get_personal_assistant(
    personal_assistant_id: str, *, records: Records[PersonalAssistant], caller: Caller
) -> Stored[PersonalAssistant]:
    """The entry, for whoever may read it. Raises `NotFound`, also for entries hidden from the caller."""
    stored = records.get(personal_assistant_id, caller=caller)
    if not may_read(stored.state, caller):
        raise NotFound(f"there is no personal assistant {personal_assistant_id}")
    return stored


def amend_personal_assistant(
    personal_assistant_id: str, changes: Amendment, *, desk: EntryDesk, cause: Cause
) -> Stored[PersonalAssistant]:
    """Changes what an entry says, and what of it is shown. For its person and the support service."""
    check_facets(changes.facets)
    check_shown(changes.shown or ())
    if changes.contact is not None:
        check_contact(changes.contact)
    if changes.postcode is not None:
        postcode, place = desk.places.home(changes.postcode)
        changes = replace(changes, postcode=postcode, place=place)
    at = desk.clock.now()
    _require_whole_sight(personal_assistant_id, desk, cause)
    return desk.records.change(personal_assistant_id, lambda e: model.amend(e, changes, at=at), cause=cause)


def record_check(
    personal_assistant_id: str, check: Check, *, desk: EntryDesk, cause: Cause
) -> Stored[PersonalAssistant]:
    """Records a check that was made (CE 3.2 "Employing a PA"). Nobody vouches for themselves: `OwnEntry` (CE 5.4)."""
    at = desk.clock.now()
    check_check(check, today=london_day(at))
    recorded = replace(check, recorded_by=cause.actor_id, recorded_at=at)

    def decide(entry: PersonalAssistant) -> Decision[PersonalAssistant]:
        _refuse_own(entry, cause.caller)
        return model.record_check(entry, recorded, at=at)

    return desk.records.change(personal_assistant_id, decide, cause=cause)


def publish_personal_assistant(
    personal_assistant_id: str, *, desk: EntryDesk, cause: Cause
) -> Stored[PersonalAssistant]:
    """Lists the entry once the council's checks are on record.

    Raises `NotReadyToPublish`, `NotAnonymous`, `ListingSuspended`, `StepNotPossible`, `OwnEntry`, `PolicyIncomplete`.
    """
    at = desk.clock.now()
    council_id = desk.records.get(personal_assistant_id, caller=cause.caller).council_id
    asked = desk.rules.checks_before_publishing(council_id, at)
    policy = desk.rules.version(council_id, at)

    def decide(entry: PersonalAssistant) -> Decision[PersonalAssistant]:
        _refuse_own(entry, cause.caller)
        # Asked for after the entry was loaded: whoever imposes or lifts one meanwhile changes the entry too, and the
        # write is then decided again.
        restricted = desk.register.is_restricted(personal_assistant_id)
        today = london_day(at)
        return model.publish(entry, asked=asked, policy=policy, restricted=restricted, today=today, at=at)

    return desk.records.change(personal_assistant_id, decide, cause=cause)


def withdraw_personal_assistant(
    personal_assistant_id: str, *, reason: str | None, desk: EntryDesk, cause: Cause
) -> Stored[PersonalAssistant]:
    """Takes the entry out of search. For its person and the support service."""
    at = desk.clock.now()
    _require_whole_sight(personal_assistant_id, desk, cause)
    return desk.records.change(personal_assistant_id, lambda e: model.withdraw(e, reason=reason, at=at), cause=cause)


def _registering_themselves(caller: Caller | None) -> str | None:
    if caller is None or keeps_the_register(caller) or THEMSELVES not in caller.roles:
        return None
    return caller.actor_id


def _id_for(council_id: str, owner_id: str | None, cause: Cause) -> str:
    return cause.new_id("pa") if owner_id is None else derived_id("pa", council_id, owner_id)


def _require_whole_sight(personal_assistant_id: str, desk: EntryDesk, cause: Cause) -> None:
    """Who may not see the whole entry is told that there is none."""
    stored = desk.records.get(personal_assistant_id, caller=cause.caller)
    if cause.caller is not None and not sees_all(stored.state, cause.caller):
        raise NotFound(f"there is no personal assistant {personal_assistant_id}")


def _refuse_own(entry: PersonalAssistant, caller: Caller | None) -> None:
    if caller is not None and is_own(entry, caller):
        raise OwnEntry("nobody checks or publishes themselves; the support service does (CE 3.2, 5.4)")
