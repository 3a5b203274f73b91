"""The nameko class of the register: each entrypoint loads, calls one use case, and dumps."""

from __future__ import annotations

from typing import Any

from services.pa_registry import schemas
from services.pa_registry.dependencies import Desk
from services.pa_registry.handlers import entries, finding, indexing, restrictions
from services.pa_registry.handlers.finding import Asked
from services.pa_registry.model.entries import PersonalAssistant
from services.pa_registry.model.showing import keeps_the_register
from services.pa_registry.store import councils_of
from shared.context import Caller
from shared.dates import london_day
from shared.errors import Unavailable
from shared.events.envelope import Envelope
from shared.events.language import Event
from shared.events.pa_registry import (
    ListingPublished,
    ListingRestored,
    ListingSuspended,
    ListingWithdrawn,
    PersonalAssistantRegistered,
    PersonalAssistantUpdated,
    PersonalAssistantVerified,
)
from shared.events.safeguarding import RestrictionImposed, RestrictionLifted
from shared.messaging.aggregates import Stored
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.messaging.consuming.durable import handles
from shared.problems import load
from shared.runtime.policies import LearnsPolicies

JSON = dict[str, Any]


class PaRegistryService(LearnsPolicies):
    """Personal assistants: their entries, their checks, and the search for them."""

    name = "pa_registry"
    desk: Any = Desk()

    @rpc
    def register_personal_assistant(self, payload: JSON, caller: JSON) -> JSON:
        stored = entries.register_personal_assistant(
            load(schemas.Register(), payload),
            desk=self.desk.entries,
            cause=of_command("register_personal_assistant", payload, caller),
        )
        return self._entry_out(stored, caller)

    @reads
    def get_personal_assistant(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.ById(), payload)
        stored = entries.get_personal_assistant(
            given["id"], records=self.desk.store.entries, caller=Caller.from_dict(caller)
        )
        return self._entry_out(stored, caller)

    @reads
    def list_personal_assistants(self, payload: JSON, caller: JSON) -> JSON:
        """The whole register for those who keep it; for anyone else their own entry."""
        given, who = load(schemas.ListEntries(), payload), Caller.from_dict(caller)
        owner_id = None if keeps_the_register(who) else who.actor_id
        found = self.desk.store.entries_seen_by(who, owner_id=owner_id, **given)
        return {"items": [self._entry_out(stored, caller) for stored in found.items], "next": found.next}

    @rpc
    def amend_personal_assistant(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.Amend(), payload)
        stored = entries.amend_personal_assistant(
            given["id"],
            given["changes"],
            desk=self.desk.entries,
            cause=of_command("amend_personal_assistant", payload, caller),
        )
        return self._entry_out(stored, caller)

    @rpc
    def record_check(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.RecordCheck(), payload)
        stored = entries.record_check(
            given["id"],
            given["check"],
            desk=self.desk.entries,
            cause=of_command("record_check", payload, caller),
        )
        return self._entry_out(stored, caller)

    @rpc
    def publish_personal_assistant(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.ById(), payload)
        stored = entries.publish_personal_assistant(
            given["id"],
            desk=self.desk.entries,
            cause=of_command("publish_personal_assistant", payload, caller),
        )
        return self._entry_out(stored, caller)

    @rpc
    def withdraw_personal_assistant(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.Withdraw(), payload)
        stored = entries.withdraw_personal_assistant(
            given["id"],
            reason=given["reason"],
            desk=self.desk.entries,
            cause=of_command("withdraw_personal_assistant", payload, caller),
        )
        return self._entry_out(stored, caller)

    @reads
    def search_personal_assistants(self, payload: JSON, caller: JSON) -> JSON:
        """For verified employers and staff (the gateway's rule); always within the caller's councils."""
        given = load(schemas.Search(), payload)
        council_ids = councils_of(Caller.from_dict(caller), given.pop("council_id"))
        page = finding.search_personal_assistants(Asked(council_ids=council_ids, **given), desk=self.desk.finding)
        return schemas.found_out(page)

    @reads
    def summarise_personal_assistants(self, payload: JSON, caller: JSON) -> JSON:
        """For anyone: rounded totals, one choice at a time, no list."""
        given = load(schemas.Summarise(), payload)
        council_ids = self.desk.councils if given["council_id"] is None else (given["council_id"],)
        table = finding.summarise_personal_assistants(
            council_ids, facet=given["facet"], value=given["value"], desk=self.desk.summary
        )
        return schemas.table_out(table)

    @reads
    def health(self, payload: JSON, caller: JSON) -> JSON:
        """Whether store, broker and search answer, and what waits."""
        result: JSON = self.resources.health()
        return result | self._search_health()

    @handles(RestrictionImposed)
    def on_restriction_imposed(self, event: RestrictionImposed, envelope: Envelope) -> None:
        restrictions.impose_restriction(
            event, envelope, records=self.desk.store.entries, restrictions=self.desk.store.restrictions
        )

    @handles(RestrictionLifted)
    def on_restriction_lifted(self, event: RestrictionLifted, envelope: Envelope) -> None:
        restrictions.lift_restriction(
            event, envelope, records=self.desk.store.entries, restrictions=self.desk.store.restrictions
        )

    @handles(PersonalAssistantRegistered)
    def on_personal_assistant_registered(self, event: PersonalAssistantRegistered, envelope: Envelope) -> None:
        """Holds whoever was restricted before they joined; then the index follows as after any change."""
        restrictions.hold_if_restricted(
            event.personal_assistant_id, envelope, records=self.desk.store.entries, register=self.desk.store
        )
        self._index(envelope)

    @handles(PersonalAssistantUpdated)
    @handles(PersonalAssistantVerified)
    @handles(ListingPublished)
    @handles(ListingSuspended)
    @handles(ListingRestored)
    @handles(ListingWithdrawn)
    def on_entry_changed(self, event: Event, envelope: Envelope) -> None:
        """The register's own events: the index follows them, so a crash after a write is made good by redelivery."""
        self._index(envelope)

    def _index(self, envelope: Envelope) -> None:
        indexing.index_entry(
            envelope.subject, records=self.desk.store.entries, engine=self.desk.engine, clock=self.desk.clock
        )

    def _entry_out(self, stored: Stored[PersonalAssistant], caller: JSON) -> JSON:
        return schemas.entry_out(stored, Caller.from_dict(caller), today=london_day(self.desk.clock.now()))

    def _search_health(self) -> JSON:
        try:
            state = self.desk.engine.check()
        except Unavailable:
            return {"search": "away"}
        return {"search": "ok", "indexed": state.documents}
