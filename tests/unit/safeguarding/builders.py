"""Concerns, callers and desks for tests; everything not named in a call is plain and harmless."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Any

from services.safeguarding import store
from services.safeguarding.handlers.concerns import Account, raise_concern
from services.safeguarding.model.concerns import Alert, Alleged, Concern, Consent
from services.safeguarding.model.restrictions import Restriction
from services.safeguarding.store import SafeguardingStore
from shared.context import Caller
from shared.events.envelope import Envelope
from shared.events.language import Event
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause, of_command
from tests.support.aggregate_stores import InMemoryAggregates
from tests.support.clocks import A_MONDAY_MORNING, FixedClock
from tests.support.envelopes import envelope_of

COUNCIL = "cheshire-east"
_keys = count(1)


@dataclass(frozen=True, kw_only=True)
class SixtyMinutes:
    """A policy that gives an hour to acknowledge, or whatever a test says; `None` leaves it open."""

    minutes: int | None = 60

    def acknowledgement_minutes(self, council_id: str, at: datetime) -> int | None:
        return self.minutes


class SafeguardingDesk:
    """The service's store over memory, its clock and policy."""

    def __init__(self, *, minutes: int | None = 60) -> None:
        self.clock = FixedClock()
        self.rules = SixtyMinutes(minutes=minutes)
        self.concerns: InMemoryAggregates[Concern] = InMemoryAggregates(
            collection=store.CONCERNS, kind=store.CONCERN, clock=self.clock
        )
        self.restrictions: InMemoryAggregates[Restriction] = InMemoryAggregates(
            collection=store.RESTRICTIONS, kind=store.RESTRICTION, clock=self.clock
        )
        self.store = SafeguardingStore(concerns=self.concerns.records, restrictions=self.restrictions.records)

    def raise_concern(self, *, cause: Cause | None = None, **account: Any) -> Stored[Concern]:
        """A concern as anyone would raise it."""
        return raise_concern(
            an_account(**account),
            concerns=self.concerns.records,
            rules=self.rules,
            clock=self.clock,
            cause=cause or a_command(a_caller("adviser-1")),
        )


def an_account(**changes: Any) -> Account:
    """What someone tells of neglect by a personal assistant."""
    plain = Account(
        council_id=COUNCIL,
        person_id="per-0007",
        categories=("neglect",),
        description="Meals were left out for a day.",
        alleged_kind="personal_assistant",
        alleged_id="pa-0001",
        consent_sought=True,
    )
    return replace(plain, **changes)


def a_concern(**changes: Any) -> Concern:
    """A concern just raised about a personal assistant."""
    plain = Concern(
        concern_id="con-1",
        person_id="per-0007",
        categories=("neglect",),
        description="Meals were left out for a day.",
        alleged=Alleged(kind="personal_assistant", party_id="pa-0001"),
        consent=Consent(sought=True),
        raised_by="adviser-1",
        raised_at=A_MONDAY_MORNING,
        alert=Alert(alert_id="alr-1", priority="normal", raised_at=A_MONDAY_MORNING, due_at=A_MONDAY_MORNING),
    )
    return replace(plain, **changes)


def a_caller(actor_id: str = "worker-1", **changes: Any) -> Caller:
    """A member of Cheshire East's safeguarding team."""
    return replace(Caller(actor_id=actor_id, roles=("safeguarding_team",), councils=(COUNCIL,)), **changes)


def a_command(caller: Caller, *, key: str | None = None, payload: dict[str, Any] | None = None) -> Cause:
    """The cause behind a call, under a new idempotency key or the one named."""
    keyed = replace(caller, idempotency_key=key or f"key-{next(_keys)}")
    return of_command("operation", payload or {}, keyed.as_dict())


def an_envelope(event: Event, *, subject: str = "con-1", sequence: int = 1) -> Envelope:
    """The event as it would arrive, told by a named adviser."""
    return envelope_of(
        event,
        subject=subject,
        sequence=sequence,
        correlationid="cor-of-the-concern",
        causationid="key-of-the-concern",
        traceparent="00-11111111111111111111111111111111-2222222222222222-01",
        councilid=COUNCIL,
        actorid="adviser-1",
    )
