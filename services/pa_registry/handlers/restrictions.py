"""Following what safeguarding tells: who may not be listed, from when, never why (CE 7.9)."""

from __future__ import annotations

from datetime import datetime

from services.pa_registry.model import entries as model
from services.pa_registry.model.entries import PersonalAssistant
from services.pa_registry.model.restrictions import Restriction, follow
from services.pa_registry.ports import Records, Register
from shared.errors import NotFound
from shared.events.envelope import Envelope
from shared.events.safeguarding import RestrictionImposed, RestrictionLifted
from shared.messaging.aggregates import Decision
from shared.messaging.cause import of_event

KIND = "personal_assistant"


def impose_restriction(
    event: RestrictionImposed,
    envelope: Envelope,
    *,
    records: Records[PersonalAssistant],
    restrictions: Records[Restriction],
) -> None:
    """Suspends the party's listing, and remembers it for one who is not on the register yet."""
    if event.kind != KIND:
        return
    _remember(event.party_id, in_force=True, from_at=event.from_at, envelope=envelope, restrictions=restrictions)
    _change_if_known(event.party_id, suspends=True, envelope=envelope, records=records)


def lift_restriction(
    event: RestrictionLifted,
    envelope: Envelope,
    *,
    records: Records[PersonalAssistant],
    restrictions: Records[Restriction],
) -> None:
    """Restores the party's listing, if it was listed."""
    if event.kind != KIND:
        return
    _remember(event.party_id, in_force=False, from_at=event.from_at, envelope=envelope, restrictions=restrictions)
    _change_if_known(event.party_id, suspends=False, envelope=envelope, records=records)


def hold_if_restricted(
    personal_assistant_id: str, envelope: Envelope, *, records: Records[PersonalAssistant], register: Register
) -> None:
    """A new entry whose person was restricted before it came is held from its first event on."""
    if not register.is_restricted(personal_assistant_id):
        return

    def decide(entry: PersonalAssistant) -> Decision[PersonalAssistant]:
        # Asked again once the entry is loaded: a lift that comes between changes the entry too, and is then seen here.
        return model.suspend(entry) if register.is_restricted(personal_assistant_id) else Decision(state=entry)

    records.change(personal_assistant_id, decide, cause=of_event(envelope))


def _remember(
    party_id: str, *, in_force: bool, from_at: datetime, envelope: Envelope, restrictions: Records[Restriction]
) -> None:
    cause = of_event(envelope)

    def decide(known: Restriction) -> Decision[Restriction]:
        return follow(known, in_force=in_force, from_at=from_at)

    try:
        restrictions.change(party_id, decide, cause=cause)
    except NotFound:
        first = Restriction(party_id=party_id, in_force=in_force, from_at=from_at)
        restrictions.create(party_id, Decision(state=first), council_id=envelope.councilid, cause=cause)


def _change_if_known(party_id: str, *, suspends: bool, envelope: Envelope, records: Records[PersonalAssistant]) -> None:
    try:
        records.change(party_id, model.suspend if suspends else model.restore, cause=of_event(envelope))
    except NotFound:
        return  # not on the register: what was remembered holds from the day they join
