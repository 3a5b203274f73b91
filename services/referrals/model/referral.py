"""A referral as it stands: its facts, its offers, its clocks, and who may see it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from services.referrals.errors import StepNotPossible
from services.referrals.model.life import STEPS, Status, Step
from shared.context import Caller
from shared.policy.running import RunningClock


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One provider's offer and answer (CP 6.1, 6.4)."""

    offer_id: str
    provider_id: str
    has_capacity: bool | None = None
    can_start_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Referral:
    """A referral as it stands."""

    referral_id: str
    reference: str
    person_id: str
    referrer_id: str | None = None
    source: str
    urgency: str
    status: Status
    received_at: datetime
    missing: tuple[str, ...] = ()
    component: str | None = None
    client_group: str | None = None
    deployment: str | None = None
    care_and_support_plan: str | None = None
    weekly_budget_pence: int | None = None
    lot: int | None = None
    worker_id: str | None = None
    reason: str | None = None
    told_verbally_on: date | None = None
    offers: tuple[Offer, ...] = ()
    provider_id: str | None = None
    implemented_on: date | None = None
    clocks: tuple[RunningClock, ...] = ()
    policy: str = ""


OWN_RECORD_ROLES = frozenset({"person", "nominee", "circle", "personal_assistant"})
PROVIDER_ROLES = frozenset({"isf_provider", "support_broker"})


def is_staff(caller: Caller) -> bool:
    """Whether someone works on referrals by their role, rather than being in them or being offered them."""
    return caller.organisation_id is None and not set(caller.roles) <= OWN_RECORD_ROLES | PROVIDER_ROLES


def is_shown_to(caller: Caller, referral: Referral) -> bool:
    """A person sees only what is about them; a provider only what it was offered (CP 6.1); staff what is in scope."""
    if caller.organisation_id is not None:
        return caller.organisation_id in {offer.provider_id for offer in referral.offers}
    return is_staff(caller) or caller.actor_id == referral.person_id


def offers_shown_to(caller: Caller, referral: Referral) -> list[Offer]:
    """Offers are sealed: a provider sees its own only (CP 6.1)."""
    return [o for o in referral.offers if caller.organisation_id in (None, o.provider_id)]


def possible_steps(referral: Referral) -> list[str]:
    """The steps that the referral's status allows now."""
    return sorted(STEPS[referral.status])


def moved(referral: Referral, step: Step) -> Referral:
    """The referral after this step. Raises `StepNotPossible`, naming the steps that are."""
    reached = STEPS[referral.status].get(step)
    if reached is None:
        possible = ", ".join(possible_steps(referral)) or "none"
        raise StepNotPossible(f"a referral that is {referral.status} cannot {step}; possible now: {possible}")
    return replace(referral, status=reached)
