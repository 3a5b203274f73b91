"""A ledger with everything that stands around funds' money."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from services.ledger.handlers.life import LifeDesk
from services.ledger.handlers.repaying import repaying
from services.ledger.handlers.returning import returning
from services.ledger.life_rules import PackLifeRules
from services.ledger.model.arrangements import Arrangement, HighLevelOutcome
from services.ledger.store import ARRANGEMENT, ARRANGEMENTS
from services.ledger.store import life as life_store
from shared.context import Caller
from shared.messaging.aggregates import Aggregates, Kind
from shared.messaging.cause import Cause
from shared.policy.policies import Policies
from shared.store.documents import Collection
from tests.support.ledger_builders import Ledger, a_caller

FIT = HighLevelOutcome(outcome_id="outcome-fit", words="Keeps fit")
PROVIDER_STAFF = a_caller(actor_id="provider-staff-0001", roles=("isf_provider",), organisation_id="provider-0003")
SOCIAL_WORKER = a_caller(actor_id="social-worker-0001", roles=("social_worker",))


@dataclass(kw_only=True)
class LifeLedger(Ledger):
    """A ledger and the desks of a fund's life."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.known = Policies.load()
        self.rules = PackLifeRules(self.known)
        self.arrangements: Aggregates[Arrangement] = self.records(ARRANGEMENTS, ARRANGEMENT)
        self.life = LifeDesk(
            funds=self.funds,
            arrangements=self.arrangements,
            books=self.books,
            policies=self.policies,
            rules=self.rules,
            clock=self.clock,
            duties=self.records(life_store.FUND_DUTIES, life_store.DUTIES),
            variations=self.records(life_store.VARIATIONS, life_store.VARIATION),
            notices=self.records(life_store.FUND_NOTICES, life_store.FUND_NOTICE),
            surpluses=self.records(life_store.SURPLUSES, life_store.SURPLUS),
            terminations=self.records(life_store.TERMINATIONS, life_store.TERMINATION),
            shortfalls=self.records(life_store.SHORTFALLS, life_store.SHORTFALL),
            attempts=self.attempts,
        )
        self.processes = replace(self.processes, kinds=[*self.kinds, returning(self.life), repaying(self.life)])

    def records(self, collection: Collection, kind: Kind[Any]) -> Aggregates[Any]:
        """The records of a collection."""
        return Aggregates(documents=self.store.documents(collection), kind=kind, clock=self.clock, nudge=lambda _: None)

    def by(self, caller: Caller, operation: str = "command", asked: Any = None, *, key: str | None = None) -> Cause:
        """The cause behind a command of this caller."""
        return self.cause(operation, asked, key=key, caller=caller)

    def types_told(self, collection: Collection) -> list[str]:
        """The types of events that wait in this collection's records."""
        found = self.store.documents(collection).find().items
        return [envelope["type"] for document in found for envelope in document["outbox"]]
