"""Following concerns: who may not work meanwhile, and who may again (CE 7.9).

Nothing of what is told may lead back to the concern: not its id, who raised it, nor its story's correlation or trace.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from services.safeguarding.model import restrictions as model
from services.safeguarding.model.concerns import RESTRICTED_KINDS
from services.safeguarding.model.restrictions import Kind, Restriction
from services.safeguarding.ports import Records
from shared.clock import Clock
from shared.errors import Conflict
from shared.events.envelope import Envelope
from shared.events.safeguarding import ConcernConcluded, ConcernRaised, ConcernTriaged
from shared.ids import derived_id, fresh_id
from shared.messaging.cause import Cause, of_event

ACTOR = "service:safeguarding"


def impose_restriction(
    event: ConcernRaised, envelope: Envelope, *, restrictions: Records[Restriction], clock: Clock
) -> None:
    """Holds the party alleged back, if they work with people and the platform knows them."""
    party_id, kind = event.alleged_id, _restricted_kind(event)
    if party_id is None or kind is None:
        return
    restriction_id, at = restriction_of(party_id), clock.now()
    new = Restriction(restriction_id=restriction_id, party_id=party_id)
    cause = without_story(envelope)
    decision = model.impose(new, concern_id=event.concern_id, kind=kind, at=at)
    try:
        restrictions.create(restriction_id, decision, council_id=envelope.councilid, cause=cause)
    except Conflict:
        restrictions.change(
            restriction_id,
            lambda known: model.impose(known, concern_id=event.concern_id, kind=kind, at=at),
            cause=cause,
        )


def follow_triage(
    event: ConcernTriaged, envelope: Envelope, *, restrictions: Records[Restriction], clock: Clock
) -> None:
    """Where safeguarding procedures don't apply, the concern holds nobody back."""
    if not event.procedures_apply:
        _release(event, envelope, restrictions=restrictions, clock=clock)


def follow_conclusion(
    event: ConcernConcluded, envelope: Envelope, *, restrictions: Records[Restriction], clock: Clock
) -> None:
    """Where the council says that those alleged may work again, the concern no longer holds them back."""
    if event.restriction_lifted:
        _release(event, envelope, restrictions=restrictions, clock=clock)


def restriction_of(party_id: str) -> str:
    """The id of a party's one restriction."""
    return derived_id("rst", party_id)


def without_story(envelope: Envelope) -> Cause:
    """The cause as others may see it: safeguarding itself, in a story of its own."""
    story = fresh_id("cor")
    return replace(of_event(envelope), actor_id=ACTOR, correlation_id=story, causation_id=story, traceparent="")


def _release(
    event: ConcernTriaged | ConcernConcluded,
    envelope: Envelope,
    *,
    restrictions: Records[Restriction],
    clock: Clock,
) -> None:
    if event.alleged_id is None or _restricted_kind(event) is None:
        return
    at = clock.now()
    restrictions.change(
        restriction_of(event.alleged_id),
        lambda restriction: model.release(restriction, concern_id=event.concern_id, at=at),
        cause=without_story(envelope),
    )


def _restricted_kind(event: ConcernRaised | ConcernTriaged | ConcernConcluded) -> Kind | None:
    return cast(Kind, event.alleged_kind) if event.alleged_kind in RESTRICTED_KINDS else None
