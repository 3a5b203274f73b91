"""Builds what the use cases need from the service's resources and the platform's policies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nameko.extensions import DependencyProvider

from services.referrals import store
from services.referrals.handlers.intake import IntakeDesk
from services.referrals.rules import PolicyRules
from services.referrals.store import ReferralStore
from shared.clock import Clock
from shared.messaging.consuming.incoming import IntakeFormats
from shared.policy.clock_keeper import ClockKeeper
from shared.policy.policies import Policies
from shared.runtime.resources import Resources
from shared.runtime.service import platform_of, policies_of, resources_of


@dataclass(frozen=True, kw_only=True)
class ReferralDesk:
    """The store, rules, clock, intake formats and running clocks that referrals' entrypoints hand to use cases."""

    store: ReferralStore
    rules: PolicyRules
    policies: Policies
    clock: Clock
    intake: IntakeDesk
    formats: IntakeFormats
    clocks: ClockKeeper


class Desk(DependencyProvider):
    """Gives workers the `ReferralDesk`."""

    desk: ReferralDesk

    def setup(self) -> None:
        resources = resources_of(self.container)
        records = open_store(resources)
        platform = platform_of(self.container)
        policies = policies_of(self.container)
        rules = PolicyRules(policies)
        intake = IntakeDesk(
            intakes=records.intakes,
            persons=records.persons,
            referrers=records.referrers,
            providers=records.providers,
            referrals=records.referrals,
            register=records,
            rules=rules,
            clock=resources.clock,
            figures=resources.figures.own,
        )
        self.desk = ReferralDesk(
            store=records,
            rules=rules,
            policies=policies,
            clock=resources.clock,
            intake=intake,
            formats=platform.intake_formats,
            clocks=ClockKeeper(
                bearing=store.bearing(records),
                listing=resources.clock_list(),
                policies=policies,
                clock=resources.clock,
            ),
        )

    def get_dependency(self, worker_ctx: Any) -> ReferralDesk:
        return self.desk


def open_store(resources: Resources) -> ReferralStore:
    """The service's records over its resources."""
    return ReferralStore(
        referrals=resources.aggregates(store.REFERRALS, store.REFERRAL),
        persons=resources.aggregates(store.PERSONS, store.PERSON),
        referrers=resources.aggregates(store.REFERRERS, store.REFERRER),
        providers=resources.aggregates(store.PROVIDERS, store.PROVIDER),
        intakes=resources.aggregates(store.INTAKES, store.INTAKE),
    )
