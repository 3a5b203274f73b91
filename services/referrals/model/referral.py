"""A referral as it stands: its facts, its offers, its clocks, and who may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

from services.referrals.errors import StepNotPossible
from services.referrals.model.eligibility import Condition
from services.referrals.model.life import STEPS, Status, Step
from shared.context import Caller
from shared.events.language import Event
from shared.policy.running import RunningClock

Because = Literal["same-number", "same-details"]


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One provider's offer and answer (CP 6.1, 6.4)."""

    offer_id: str
    provider_id: str
    has_capacity: bool | None = None
    can_start_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class ProviderWish:
    """That the person wants another provider, or none any more (CP 5.3), and what became of it."""

    wish: Literal["change", "end"]
    reason: str
    asked_by: str
    asked_at: datetime
    answered_in_round: int | None = None


@dataclass(frozen=True, kw_only=True)
class FormerProvider:
    """A provider whose services the council ended (CP 5.3), with the offers of its round."""

    round: int
    provider_id: str
    ended_on: date
    at_wish_of: Literal["person", "council"]
    reason: str
    ended_by: str
    ended_at: datetime
    support_began_on: date | None = None
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a referral was refused, and the acts by which the referrer was told (CE 4.3).

    `acts` are those that the council's policy asked for on the day, under the version `policy`; `told_verbally_by` and
    `written_by` say who recorded each, `written_how` by what: a channel of notifications, or what somebody did by hand.
    """

    reason: str
    refused_by: str
    refused_at: datetime
    acts: tuple[str, ...] = ()
    told_verbally_on: date | None = None
    told_verbally_by: str | None = None
    written_on: date | None = None
    written_by: str | None = None
    written_how: str | None = None
    policy: str = ""

    def lacking(self) -> list[str]:
        """The acts that are still to be done, or to be recorded."""
        done = {"verbal": self.told_verbally_on, "written": self.written_on}
        return [act for act in self.acts if done.get(act) is None]


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Since when and why a referral waits (CE 4.8).

    `criteria` are those that somebody has judged to hold, and `policy` the version of the council's pack that has them.
    """

    started_at: datetime
    started_on: date
    reason: str
    delay_reason: str | None = None
    criteria: tuple[str, ...] = ()
    policy: str = ""


@dataclass(frozen=True, kw_only=True)
class OverTarget:
    """A year's number of referrals is past the council's target, which warns and bars nobody (CP Sch I)."""

    number: int
    target: int


@dataclass(frozen=True, kw_only=True)
class PossibleDuplicate:
    """Another referral that could be about the same person, until somebody says otherwise."""

    duplicate_id: str
    referral_id: str
    person_id: str
    because: Because
    found_at: datetime
    outside_contract: bool = False
    cleared_at: datetime | None = None
    cleared_by: str | None = None
    cleared_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Imported:
    """That a referral was brought in with the current users (CE 3.5): by which import, from a row with this hash."""

    import_id: str
    row: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Why:
    """Why something was done, in words: `type` is that of the event, which has ids and facts only."""

    type: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Referral:
    """A referral as it stands. Nobody has seen it until `seen_at`.

    `facts` are what was said of it by the policy's own names, so that other rules can be tried on it.
    """

    referral_id: str
    reference: str
    person_id: str
    referrer_id: str | None = None
    source: str
    urgency: str
    status: Status
    received_at: datetime
    seen_at: datetime | None = None
    seen_by: str | None = None
    accepted_at: datetime | None = None
    missing: tuple[str, ...] = ()
    component: str | None = None
    in_contract: bool = True
    self_funder: bool | None = None
    self_funder_because: str | None = None
    eligibility: tuple[Condition, ...] = ()
    facts: dict[str, bool] = field(default_factory=dict)
    client_group: str | None = None
    client_groups: tuple[str, ...] = ()
    primary_support_reason: str | None = None
    contact_type: str | None = None
    priority_groups: tuple[str, ...] = ()
    from_childrens_direct_payment: bool | None = None
    deployment: str | None = None
    care_and_support_plan: str | None = None
    care_act_assessment: str | None = None
    mental_capacity_assessment: str | None = None
    weekly_budget_pence: int | None = None
    lot: int | None = None
    worker_id: str | None = None
    reason: str | None = None
    told_verbally_on: date | None = None
    refusal: Refusal | None = None
    waiting: Waiting | None = None
    possible_duplicates: tuple[PossibleDuplicate, ...] = ()
    more_duplicates: int = 0
    more_duplicates_in_contract: int = 0
    """How many more there were when it was last looked than are flagged at once; and how many of them the council sees."""
    offers: tuple[Offer, ...] = ()
    provider_id: str | None = None
    provider_wishes: tuple[ProviderWish, ...] = ()
    former_providers: tuple[FormerProvider, ...] = ()
    implemented_on: date | None = None
    clocks: tuple[RunningClock, ...] = ()
    policy: str = ""
    over_target: OverTarget | None = None
    whys: tuple[Why, ...] = ()
    sender_updated_at: datetime | None = None
    """When its sender last changed it, as the sender says."""
    imported: Imported | None = None

    @property
    def round(self) -> int:
        """Which provider this is about, from 1: each one that was ended is followed by another round of offers (CP 5.3)."""
        return len(self.former_providers) + 1

    @property
    def waiting_since(self) -> datetime:
        """When the wait began; for one that waits without a record of it, when it was received."""
        return self.waiting.started_at if self.waiting else self.received_at


OWN_RECORD_ROLES = frozenset({"person", "nominee", "circle", "personal_assistant", "public"})
PROVIDER_ROLES = frozenset({"isf_provider", "support_broker"})
SUPPORT_SERVICE_ROLES = frozenset({"adviser", "dpss_manager", "safeguarding_lead"})
"""Who works for the support service, and so sees what lies outside its contract with the council."""


def is_staff(caller: Caller) -> bool:
    """Whether someone works on referrals by their role, rather than being in them or being offered them."""
    return caller.organisation_id is None and not set(caller.roles) <= OWN_RECORD_ROLES | PROVIDER_ROLES


def sees_outside_contract(caller: Caller) -> bool:
    """Whether someone on the staff sees self-funders' arrangements, which the council does not (CE 1.1, 1.4)."""
    return not SUPPORT_SERVICE_ROLES.isdisjoint(caller.roles)


def is_shown_to(caller: Caller, referral: Referral) -> bool:
    """A person sees only what is about them; a provider only what it was offered (CP 6.1); staff what is in scope, and
    the council's staff nothing that lies outside the contract (CE 1.1).
    """
    if caller.organisation_id is not None:
        return caller.organisation_id in {offer.provider_id for offer in referral.offers}
    if is_staff(caller):
        return referral.in_contract or sees_outside_contract(caller)
    return caller.actor_id == referral.person_id


def offers_shown_to(caller: Caller, referral: Referral) -> list[Offer]:
    """Offers are sealed: a provider sees its own only; the person only who said yes, to choose among them (CP 6.1)."""
    if caller.organisation_id is not None:
        return [o for o in referral.offers if o.provider_id == caller.organisation_id]
    return list(referral.offers) if is_staff(caller) else [o for o in referral.offers if o.has_capacity]


def wishes_shown_to(caller: Caller, referral: Referral) -> list[ProviderWish]:
    """What the person said of a provider is for them and for staff, never for a provider."""
    return [] if caller.organisation_id is not None else list(referral.provider_wishes)


def former_providers_shown_to(caller: Caller, referral: Referral) -> list[FormerProvider]:
    """Who served the person before: for staff and the person. The offers of that round stay sealed (CP 6.1)."""
    if caller.organisation_id is not None:
        return []
    return [replace(one, offers=one.offers if is_staff(caller) else ()) for one in referral.former_providers]


def duplicates_shown_to(caller: Caller, referral: Referral) -> list[PossibleDuplicate]:
    """Flags are for staff; the council's staff get none of what lies outside the contract (CE 1.1)."""
    if not is_staff(caller):
        return []
    everything = sees_outside_contract(caller)
    return [one for one in referral.possible_duplicates if everything or not one.outside_contract]


def more_duplicates_shown_to(caller: Caller, referral: Referral) -> int:
    """How many possible duplicates there are beside those that are flagged."""
    if not is_staff(caller):
        return 0
    return referral.more_duplicates if sees_outside_contract(caller) else referral.more_duplicates_in_contract


def is_possible_duplicate(caller: Caller, referral: Referral) -> bool:
    """Whether a flag that this caller is shown is open, or there are more than are flagged."""
    flags = duplicates_shown_to(caller, referral)
    return any(one.cleared_at is None for one in flags) or more_duplicates_shown_to(caller, referral) > 0


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


def because(referral: Referral, told: Event, words: str) -> Referral:
    """The referral with why this was done, for its history: what is said of it now can be overwritten later."""
    return replace(referral, whys=(*referral.whys, Why(type=told.type, words=words)))


def with_whys(history: Sequence[Mapping[str, Any]], whys: Sequence[Why]) -> list[dict[str, Any]]:
    """The lines of a history, each with why where somebody said so.

    Those of a type are in one order in both; a history that began before whys were kept has more lines, the first without.
    """
    lines = [dict(line) for line in history]
    for name in {one.type for one in whys}:
        of_type, said = [line for line in lines if line["type"] == name], [one for one in whys if one.type == name]
        for line, one in zip(of_type[max(0, len(of_type) - len(said)) :], said, strict=False):
            line["why"] = one.words
    return lines


def seen_by(referral: Referral, *, by: str, at: datetime) -> Referral:
    """The referral, seen: by whoever was first."""
    return referral if referral.seen_at is not None else replace(referral, seen_at=at, seen_by=by)
