"""Builds what the use cases need from the service's resources and the platform's policies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog
from nameko.extensions import DependencyProvider

from services.referrals import store
from services.referrals.case_rules import PackCaseRules
from services.referrals.handlers.agencies import AgencyDesk
from services.referrals.handlers.cases import CaseDesk
from services.referrals.handlers.intake import IntakeDesk
from services.referrals.handlers.payments import PaymentDesk
from services.referrals.handlers.reviews import ReviewDesk
from services.referrals.model.importing import AgreementRecord, Import
from services.referrals.payment_rules import PackPaymentRules
from services.referrals.rules import PolicyRules
from services.referrals.settings import ReferralSettings
from services.referrals.store import CaseLists, ReferralStore
from shared.clock import Clock
from shared.messaging.aggregates import Aggregates
from shared.messaging.consuming.incoming import IntakeFormats
from shared.policy.clock_keeper import ClockKeeper
from shared.policy.policies import Policies
from shared.policy.recalculating import RECALCULATING, RECALCULATIONS, Recalculations
from shared.runtime.resources import Resources
from shared.runtime.service import platform_of, policies_of, resources_of
from shared.settings import read_settings
from shared.store.documents import StoreAway

log = structlog.get_logger(__name__)


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
    recalculations: Recalculations
    payments: PaymentDesk
    reviews: ReviewDesk
    agencies: AgencyDesk
    cases: CaseDesk
    case_lists: CaseLists
    imports: Aggregates[Import]
    agreements: Aggregates[AgreementRecord]


class Desk(DependencyProvider):
    """Gives workers the `ReferralDesk`."""

    desk: ReferralDesk

    def setup(self) -> None:
        resources = resources_of(self.container)
        records, case_lists = open_store(resources), CaseLists.over(resources.aggregates)
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
        clocks = ClockKeeper(
            bearing=store.bearing(records, case_lists),
            listing=resources.clock_list(),
            policies=policies,
            clock=resources.clock,
        )
        self.desk = ReferralDesk(
            store=records,
            rules=rules,
            policies=policies,
            clock=resources.clock,
            intake=intake,
            formats=platform.intake_formats,
            cases=_case_desk(records, case_lists, policies, resources.clock),
            case_lists=case_lists,
            imports=resources.aggregates(store.IMPORTS, store.IMPORT),
            agreements=resources.aggregates(store.AGREEMENTS, store.AGREEMENT),
            clocks=clocks,
            recalculations=_recalculations(resources, clocks),
            agencies=_agency_desk(records, policies, resources.clock),
            reviews=_review_desk(records, case_lists, policies, resources.clock),
            payments=_payment_desk(records, policies, resources.clock),
        )

    def start(self) -> None:
        """Has clocks reckoned anew that were last reckoned under other packs or bank holidays than this process knows."""
        try:
            self.desk.recalculations.order_where_needed(self.desk.policies.councils())
        except StoreAway:  # the next midnight, or the next start, will do
            log.warning("recalculations.not_ordered")

    def get_dependency(self, worker_ctx: Any) -> ReferralDesk:
        return self.desk


def _case_desk(records: ReferralStore, lists: CaseLists, policies: Policies, clock: Clock) -> CaseDesk:
    hours = read_settings(ReferralSettings).reminder_hours
    return lists.desk(records, rules=PackCaseRules(policies), clock=clock, reminder_hours=hours)


def _payment_desk(records: ReferralStore, policies: Policies, clock: Clock) -> PaymentDesk:
    return PaymentDesk(
        payments=records.direct_payments,
        referrals=records.referrals,
        rules=PackPaymentRules(policies),
        clock=clock,
    )


def _agency_desk(records: ReferralStore, policies: Policies, clock: Clock) -> AgencyDesk:
    return AgencyDesk(
        agencies=records.agencies,
        payments=_payment_desk(records, policies, clock),
        signposted=store.Signposts(records.direct_payments),
        rules=PackPaymentRules(policies),
        clock=clock,
    )


def _review_desk(records: ReferralStore, lists: CaseLists, policies: Policies, clock: Clock) -> ReviewDesk:
    return ReviewDesk(
        programmes=records.review_programmes,
        referrals=records.referrals,
        rules=PackPaymentRules(policies),
        decisions=lists,
        clock=clock,
    )


def _recalculations(resources: Resources, keeper: ClockKeeper) -> Recalculations:
    return Recalculations(
        records=resources.aggregates(RECALCULATIONS, RECALCULATING),
        keeper=keeper,
        clock=resources.clock,
        settle_seconds=2 * resources.settings.policy_refresh_seconds,
        stopping=resources.stopping,
    )


def open_store(resources: Resources) -> ReferralStore:
    """The service's records over its resources."""
    return ReferralStore(
        referrals=resources.aggregates(store.REFERRALS, store.REFERRAL),
        persons=resources.aggregates(store.PERSONS, store.PERSON),
        referrers=resources.aggregates(store.REFERRERS, store.REFERRER),
        providers=resources.aggregates(store.PROVIDERS, store.PROVIDER),
        intakes=resources.aggregates(store.INTAKES, store.INTAKE),
        direct_payments=resources.aggregates(store.DIRECT_PAYMENTS, store.DIRECT_PAYMENT),
        agencies=resources.aggregates(store.AGENCIES, store.AGENCY),
        workers=resources.aggregates(store.WORKERS, store.WORKER),
        review_programmes=resources.aggregates(store.REVIEW_PROGRAMMES, store.REVIEW_PROGRAMME),
    )
