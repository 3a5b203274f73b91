"""Who is told what when something happens: one rule per event type, by the clause that asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from services.notifications.model.case_notices import CASE_RULES
from services.notifications.model.money_notices import FUND_RULES
from services.notifications.model.notice_kinds import (
    AnyNotice,
    FundPartyNotice,
    Notice,
    TeamNotice,
    day_in_words,
    instant_in_words,
)
from shared.events.language import Event
from shared.events.ledger import FundOpened, SpendRefused
from shared.events.pa_registry import ListingPublished, ListingRestored, ListingSuspended, ListingWithdrawn
from shared.events.referrals import (
    DirectPaymentImplemented,
    OfferSent,
    ReferralAccepted,
    ReferralAllocated,
    ReferralRefused,
    ReferralWaitlisted,
)
from shared.events.safeguarding import AlertEscalated, ConcernRaised

Listing = ListingPublished | ListingSuspended | ListingRestored | ListingWithdrawn


def notices_of(event: Event) -> list[AnyNotice]:
    """Who is to be told of this event, and what."""
    rule = RULES.get(type(event))
    return rule(event) if rule else []


def _accepted(event: ReferralAccepted) -> list[AnyNotice]:
    """The person and whoever referred them (CE 4.3: the referrer is kept informed)."""
    values = {"referral_id": event.referral_id}
    told: list[AnyNotice] = [Notice(template="referral-accepted", party_id=event.person_id, values=values)]
    if event.referrer_id:
        told.append(Notice(template="referral-accepted-referrer", party_id=event.referrer_id, values=values))
    return told


def _allocated(event: ReferralAllocated) -> list[AnyNotice]:
    """Whoever referred: the referral has a designated worker (CE 4.3)."""
    if not event.referrer_id:
        return []
    values = {"referral_id": event.referral_id, "worker_id": event.worker_id}
    return [Notice(template="referral-allocated-referrer", party_id=event.referrer_id, values=values)]


def _waitlisted(event: ReferralWaitlisted) -> list[AnyNotice]:
    """The person and whoever referred them: that they wait, and where they stand (CE 4.8)."""
    values = {
        "referral_id": event.referral_id,
        "position": str(event.position or "not given"),
        "waiting": str(event.waiting or "not given"),
    }
    told: list[AnyNotice] = [Notice(template="referral-waiting", party_id=event.person_id, values=values)]
    if event.referrer_id:
        told.append(Notice(template="referral-waiting-referrer", party_id=event.referrer_id, values=values))
    return told


def _refused(event: ReferralRefused) -> list[AnyNotice]:
    """The person, and the referrer in writing with the reason (CE 4.3)."""
    values = {"referral_id": event.referral_id, "reason": event.reason}
    told: list[AnyNotice] = [Notice(template="referral-refused", party_id=event.person_id, values=values)]
    if event.referrer_id:
        told.append(Notice(template="referral-refused-referrer", party_id=event.referrer_id, values=values))
    return told


def _offered(event: OfferSent) -> list[AnyNotice]:
    """Every provider of the lot, alike (CP 6.1)."""
    values = {"referral_id": event.referral_id, "lot": str(event.lot)}
    return [Notice(template="referral-offer", party_id=provider, values=values) for provider in event.provider_ids]


def _direct_payment(event: DirectPaymentImplemented) -> list[AnyNotice]:
    """The person, whose early help check is due from this day (CE 3.2 "Early Help check")."""
    values = {"referral_id": event.referral_id, "implemented_on": day_in_words(event.implemented_on)}
    return [Notice(template="direct-payment-implemented", party_id=event.person_id, values=values)]


def _fund_opened(event: FundOpened) -> list[AnyNotice]:
    """The person and the provider that holds the fund (CP 9.8)."""
    values = {"fund_id": event.fund_id}
    return [
        Notice(template="fund-opened", party_id=event.person_id, values=values),
        Notice(template="fund-opened-provider", party_id=event.provider_id, values=values),
    ]


def _spend_refused(event: SpendRefused) -> list[AnyNotice]:
    """The person, and the provider that asked, with the clause (CP 6.17)."""
    values = _spend_values(event)
    return [
        Notice(template="spend-refused", party_id=event.person_id, values=values),
        FundPartyNotice(template="spend-refused-provider", fund_id=event.fund_id, party="provider", values=values),
    ]


def _listing(template: str) -> Callable[[Listing], list[AnyNotice]]:
    """The personal assistant, without any cause."""
    return lambda event: [Notice(template=template, party_id=event.personal_assistant_id)]


def _concern_raised(event: ConcernRaised) -> list[AnyNotice]:
    """The council's safeguarding team at once: ids only (CE 7.9)."""
    values = {
        "concern_id": event.concern_id,
        "alert_id": event.alert_id or "not given",
        "priority": event.priority,
    }
    return [_to_safeguarding("safeguarding-alert", values)]


def _alert_escalated(event: AlertEscalated) -> list[AnyNotice]:
    """The safeguarding team again and, since it did not answer, adult social care (CE 7.9: escalating risk)."""
    values = {
        "concern_id": event.concern_id,
        "alert_id": event.alert_id,
        "priority": event.priority,
        "due_at": instant_in_words(event.due_at),
    }
    template = "safeguarding-alert-overdue"
    also = TeamNotice(template=template, mailbox="contact_adult_social_care", values=values, restricted=True)
    return [_to_safeguarding(template, values), also]


RULES: Mapping[type[Event], Callable[[Any], list[AnyNotice]]] = MappingProxyType(
    {
        ReferralAccepted: _accepted,
        ReferralAllocated: _allocated,
        ReferralWaitlisted: _waitlisted,
        ReferralRefused: _refused,
        OfferSent: _offered,
        DirectPaymentImplemented: _direct_payment,
        FundOpened: _fund_opened,
        SpendRefused: _spend_refused,
        ListingPublished: _listing("listing-published"),
        ListingSuspended: _listing("listing-suspended"),
        ListingRestored: _listing("listing-restored"),
        ListingWithdrawn: _listing("listing-withdrawn"),
        ConcernRaised: _concern_raised,
        AlertEscalated: _alert_escalated,
        **CASE_RULES,
        **FUND_RULES,
    }
)
"""Every event type that someone is told of."""


def _spend_values(event: SpendRefused) -> dict[str, str]:
    decision = "needs agreement first" if event.outcome == "needs_agreement" else "cannot be paid from the fund"
    return {"fund_id": event.fund_id, "spend_id": event.spend_id, "clause": event.clause, "decision": decision}


def _to_safeguarding(template: str, values: Mapping[str, str]) -> TeamNotice:
    return TeamNotice(
        template=template, mailbox="contact_safeguarding_team", values=values, needed=True, restricted=True
    )
