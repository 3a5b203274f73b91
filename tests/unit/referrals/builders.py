"""Referrals, what councils send, and desks for tests; everything not named in a call is plain and complete."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from services.referrals import store
from services.referrals.case_rules import PackCaseRules
from services.referrals.handlers.agencies import AgencyDesk
from services.referrals.handlers.intake import Intake, IntakeDesk, take_in_event
from services.referrals.handlers.payments import PaymentDesk
from services.referrals.handlers.reviews import ReviewDesk
from services.referrals.model.agencies import Agency
from services.referrals.model.direct_payments import DirectPayment
from services.referrals.model.importing import AgreementRecord, Import
from services.referrals.model.parties import Person, Provider, Referrer, Worker
from services.referrals.model.referral import Offer, Referral
from services.referrals.model.reviews import ReviewProgramme
from services.referrals.payment_rules import PackPaymentRules
from services.referrals.rules import PolicyRules
from services.referrals.store import CaseLists, ReferralStore
from shared.context import Caller
from shared.events.intake import IntakeAnswered
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause, of_command
from shared.policy.clock_keeper import ClockKeeper
from shared.policy.clock_list import CLOCKS, ClockList
from shared.policy.policies import Policies
from shared.policy.running import RunningClock
from tests.support.aggregate_stores import InMemoryAggregates
from tests.support.clocks import A_MONDAY_MORNING, FixedClock
from tests.support.documents import InMemoryDocuments

CE = "cheshire-east"
CP = "cambridgeshire-peterborough"
COUNCILS = (CE, CP)
_keys = count(1)


@cache
def policies() -> Policies:
    """The councils' own packs."""
    return Policies.load()


def rules() -> PolicyRules:
    """The rules of the councils' own packs."""
    return PolicyRules(policies())


class ReferralsDesk:
    """The service's records over memory, with the councils' own rules and a clock that tests move."""

    def __init__(self, *, at: datetime = A_MONDAY_MORNING) -> None:
        self.clock = FixedClock(at)
        self.rules = rules()
        self.referrals: InMemoryAggregates[Referral] = self._kept(store.REFERRALS, store.REFERRAL)
        self.persons: InMemoryAggregates[Person] = self._kept(store.PERSONS, store.PERSON)
        self.referrers: InMemoryAggregates[Referrer] = self._kept(store.REFERRERS, store.REFERRER)
        self.providers: InMemoryAggregates[Provider] = self._kept(store.PROVIDERS, store.PROVIDER)
        self.intakes: InMemoryAggregates[Intake] = self._kept(store.INTAKES, store.INTAKE)
        self.direct_payments: InMemoryAggregates[DirectPayment] = self._kept(
            store.DIRECT_PAYMENTS, store.DIRECT_PAYMENT
        )
        self.workers: InMemoryAggregates[Worker] = self._kept(store.WORKERS, store.WORKER)
        self.programmes: InMemoryAggregates[ReviewProgramme] = self._kept(
            store.REVIEW_PROGRAMMES, store.REVIEW_PROGRAMME
        )
        self.agencies: InMemoryAggregates[Agency] = self._kept(store.AGENCIES, store.AGENCY)
        self.store = self._store()
        self._open_case_lists()
        self._add_desks()
        self.agency_desk = self._agency_desk()
        self.intake = IntakeDesk(
            intakes=self.intakes.records,
            persons=self.persons.records,
            referrers=self.referrers.records,
            providers=self.providers.records,
            referrals=self.referrals.records,
            register=self.store,
            rules=self.rules,
            clock=self.clock,
        )
        self.imports: InMemoryAggregates[Import] = self._kept(store.IMPORTS, store.IMPORT)
        self.agreements: InMemoryAggregates[AgreementRecord] = self._kept(store.AGREEMENTS, store.AGREEMENT)
        self._open_case_work()

    def _store(self) -> ReferralStore:
        return ReferralStore(
            referrals=self.referrals.records,
            persons=self.persons.records,
            referrers=self.referrers.records,
            providers=self.providers.records,
            intakes=self.intakes.records,
            direct_payments=self.direct_payments.records,
            workers=self.workers.records,
            review_programmes=self.programmes.records,
            agencies=self.agencies.records,
        )

    def _open_case_lists(self) -> None:
        self.case_kinds: dict[str, InMemoryAggregates[Any]] = {}
        self.case_lists = CaseLists.over(self._kept_case)

    def _open_case_work(self) -> None:
        self.cases = self.case_lists.desk(self.store, rules=PackCaseRules(policies()), clock=self.clock)
        self.listing = ClockList(InMemoryDocuments(CLOCKS))
        self.clocks = ClockKeeper(
            bearing=store.bearing(self.store, self.case_lists),
            listing=self.listing,
            policies=policies(),
            clock=self.clock,
        )

    def _add_desks(self) -> None:
        """What direct payments and reviews work with."""
        self.reviews = ReviewDesk(
            programmes=self.programmes.records,
            referrals=self.referrals.records,
            rules=PackPaymentRules(policies()),
            decisions=self.case_lists,
            clock=self.clock,
        )
        self.payments = PaymentDesk(
            payments=self.direct_payments.records,
            referrals=self.referrals.records,
            rules=PackPaymentRules(policies()),
            clock=self.clock,
        )

    def _agency_desk(self) -> AgencyDesk:
        return AgencyDesk(
            agencies=self.agencies.records,
            payments=self.payments,
            signposted=store.Signposts(self.direct_payments.records),
            rules=PackPaymentRules(policies()),
            clock=self.clock,
        )

    def _kept(self, collection: Any, kind: Any) -> Any:
        return InMemoryAggregates(collection=collection, kind=kind, clock=self.clock)

    def _kept_case(self, collection: Any, kind: Any) -> Any:
        self.case_kinds[collection.name] = self._kept(collection, kind)
        return self.case_kinds[collection.name].records

    def take_in(self, document: Any, council_id: str = CE) -> IntakeAnswered:
        """The answer to what this council sent."""
        return take_in_event(document, council_id=council_id, desk=self.intake)

    def taken_in(self, document: Any, council_id: str = CE) -> Stored[Referral]:
        """The referral that what this council sent became."""
        answer = self.take_in(document, council_id)
        assert answer.record_id is not None, answer
        return self.referrals.records.get(answer.record_id)

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """Every stored document but the answers, to see whether something was left half-done."""
        kept = {"referrals": self.referrals, "persons": self.persons}
        kept |= {"referrers": self.referrers, "providers": self.providers, "direct_payments": self.direct_payments}
        return {name: records.documents.find(limit=10_000).items for name, records in kept.items()}


def an_event(*, council_id: str = CE, type: str = "referral.submitted", **changes: Any) -> dict[str, Any]:
    """A complete, standard referral as the council's case system sends it; `data__x=...` changes its data."""
    data = submission() | {name[6:]: value for name, value in changes.items() if name.startswith("data__")}
    attributes = {name: value for name, value in changes.items() if not name.startswith("data__")}
    return {
        "specversion": "1.0",
        "id": f"event-{next(_keys)}",
        "source": f"/councils/{council_id}",
        "type": type,
        "time": "2026-03-02T09:00:00Z",
        "data": {name: value for name, value in data.items() if value is not None},
        **attributes,
    }


def submission(**changes: Any) -> dict[str, Any]:
    """The data of a complete referral."""
    plain = {
        "referral_reference": "REF-0007",
        "source": "adult-social-care",
        "urgency": "standard",
        "has_eligible_needs": True,
        "care_and_support_plan": "CSP-0007",
        "weekly_budget_pence": 18200,
        "lot": 1,
        "person": {
            "person_reference": "P-00007",
            "name": "Sample Person 0007",
            "born_on": "1961-04-05",
            "postcode": "CW1 2AB",
            "email": "person-0007@example.org",
            "sms": "07700 900007",
            "preferred_channel": "email",
            "unsafe_channels": ["sms"],
        },
        "referrer": {
            "referrer_reference": "SW-01",
            "name": "Sample Social Worker 01",
            "email": "social-worker-01@example.org",
        },
    }
    return plain | changes


def a_provider(number: int, **changes: Any) -> dict[str, Any]:
    """`provider.listed`, of lot 1, from Cambridgeshire and Peterborough."""
    data = {
        "provider_reference": f"PROV-{number:02d}",
        "name": f"Sample Provider {number:02d}",
        "lots": [1],
        "email": f"provider-{number:02d}@example.org",
    }
    return an_event(council_id=CP, type="provider.listed") | {"data": data | changes}


def a_referral(**changes: Any) -> Referral:
    """A complete referral, just submitted."""
    plain = Referral(
        referral_id="ref-7",
        reference="REF-0007",
        person_id="per-7",
        referrer_id="rfr-1",
        source="adult-social-care",
        urgency="standard",
        status="submitted",
        received_at=A_MONDAY_MORNING,
        component="brokerage",
        weekly_budget_pence=18200,
        lot=1,
    )
    return replace(plain, **changes)


def a_clock(rule: str = "C1", **changes: Any) -> RunningClock:
    """A clock that runs for five days."""
    plain = RunningClock(
        clock_id=f"clk-{rule.lower()}",
        rule=rule,
        name="referral_response",
        record_id="ref-7",
        started_at=A_MONDAY_MORNING,
        due_at=A_MONDAY_MORNING + timedelta(days=5),
        clause="CE 4.3",
        policy="cheshire-east/2019-04-01",
        calendar_version="england-1",
        provisional=False,
        explanation={"summary": "five days", "steps": []},
    )
    return replace(plain, **changes)


def an_offer(number: int = 1, **changes: Any) -> Offer:
    """An offer that waits for its answer."""
    return replace(Offer(offer_id=f"off-{number}", provider_id=f"prov-{number}"), **changes)


def an_adviser(**changes: Any) -> Caller:
    """An adviser of Cheshire East's support service."""
    return replace(Caller(actor_id="adviser-1", roles=("adviser",), councils=(CE,)), **changes)


def a_command(caller: Caller | None = None, *, key: str | None = None, **payload: Any) -> Cause:
    """The cause behind a call, under a new idempotency key or the one named."""
    keyed = replace(caller or an_adviser(), idempotency_key=key or f"key-{next(_keys)}")
    return of_command("operation", payload, keyed.as_dict())
