"""The nameko class of safeguarding: each entrypoint loads, calls one use case, and dumps."""

from __future__ import annotations

from typing import Any

from services.safeguarding import schemas
from services.safeguarding.dependencies import Desk
from services.safeguarding.handlers import alerts, concerns, restrictions
from services.safeguarding.store import ALERTS_OVERDUE
from shared.context import Caller
from shared.events.envelope import Envelope
from shared.events.safeguarding import ConcernConcluded, ConcernRaised, ConcernTriaged
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command, of_schedule
from shared.messaging.consuming.durable import falls_due, handles
from shared.problems import load
from shared.runtime.policies import LearnsPolicies

JSON = dict[str, Any]


class SafeguardingService(LearnsPolicies):
    """Concerns, their alerts, and the restrictions that follow from them."""

    name = "safeguarding"
    desk: Any = Desk()

    @rpc
    def raise_concern(self, payload: JSON, caller: JSON) -> JSON:
        stored = concerns.raise_concern(
            load(schemas.RaiseConcern(), payload),
            concerns=self.desk.store.concerns,
            rules=self.desk.rules,
            clock=self.desk.clock,
            cause=of_command("raise_concern", payload, caller),
        )
        return schemas.receipt_out(stored)

    @reads
    def get_concern(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.ById(), payload)
        return schemas.concern_out(self.desk.store.concern_for(given["id"], Caller.from_dict(caller)))

    @reads
    def list_concerns(self, payload: JSON, caller: JSON) -> JSON:
        found = self.desk.store.concerns_seen_by(Caller.from_dict(caller), **load(schemas.ListConcerns(), payload))
        return {"items": [schemas.concern_out(stored) for stored in found.items], "next": found.next}

    @rpc
    def triage_concern(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.TriageConcern(), payload)
        stored = concerns.triage_concern(
            given["id"],
            procedures_apply=given["procedures_apply"],
            reason=given["reason"],
            concerns=self.desk.store.concerns,
            clock=self.desk.clock,
            cause=of_command("triage_concern", payload, caller),
        )
        return schemas.concern_out(stored)

    @rpc
    def decide_section_42(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.DecideSection42(), payload)
        stored = concerns.decide_section_42(
            given["id"],
            decision=given["decision"],
            reason=given["reason"],
            concerns=self.desk.store.concerns,
            clock=self.desk.clock,
            cause=of_command("decide_section_42", payload, caller),
        )
        return schemas.concern_out(stored)

    @rpc
    def conclude_concern(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.ConcludeConcern(), payload)
        stored = concerns.conclude_concern(
            given["id"],
            outcome=given["outcome"],
            restriction_lifted=given["restriction_lifted"],
            concerns=self.desk.store.concerns,
            clock=self.desk.clock,
            cause=of_command("conclude_concern", payload, caller),
        )
        return schemas.concern_out(stored)

    @reads
    def concern_history(self, payload: JSON, caller: JSON) -> JSON:
        """Everything that happened to a concern and its alert, in order."""
        given = load(schemas.ById(), payload)
        stored = self.desk.store.concern_for(given["id"], Caller.from_dict(caller))
        return {"items": self.history("concern", stored.id), "next": None}

    @reads
    def list_alerts(self, payload: JSON, caller: JSON) -> JSON:
        """The safeguarding board: open alerts first, the longest waiting at the top."""
        found = self.desk.store.alerts_seen_by(Caller.from_dict(caller), **load(schemas.ListAlerts(), payload))
        return {"items": [schemas.alert_out(stored) for stored in found.items], "next": found.next}

    @rpc
    def acknowledge_alert(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.ById(), payload)
        stored = alerts.acknowledge_alert(
            given["id"],
            caller=Caller.from_dict(caller),
            concerns=self.desk.store.concerns,
            board=self.desk.store,
            clock=self.desk.clock,
            cause=of_command("acknowledge_alert", payload, caller),
        )
        return schemas.alert_out(stored)

    @handles(ConcernRaised)
    def on_concern_raised(self, event: ConcernRaised, envelope: Envelope) -> None:
        restrictions.impose_restriction(
            event, envelope, restrictions=self.desk.store.restrictions, clock=self.desk.clock
        )

    @handles(ConcernTriaged)
    def on_concern_triaged(self, event: ConcernTriaged, envelope: Envelope) -> None:
        restrictions.follow_triage(event, envelope, restrictions=self.desk.store.restrictions, clock=self.desk.clock)

    @handles(ConcernConcluded)
    def on_concern_concluded(self, event: ConcernConcluded, envelope: Envelope) -> None:
        restrictions.follow_conclusion(
            event, envelope, restrictions=self.desk.store.restrictions, clock=self.desk.clock
        )

    @falls_due(ALERTS_OVERDUE)
    def escalate_overdue_alert(self, record_id: str) -> None:
        """Escalates an alert that nobody acknowledged in time; it is told once, however many replicas look."""
        alerts.escalate_alert(
            record_id, concerns=self.desk.store.concerns, clock=self.desk.clock, cause=of_schedule("alerts", record_id)
        )
