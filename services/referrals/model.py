"""A referral's life as values and pure rules. No store, no clock, no broker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Literal, TypeVar

from services.referrals.errors import NoProviders, NoSuchOffer, ReferralExists, ReferralIncomplete, StepNotPossible
from shared.context import Caller
from shared.events.contacts import ContactDetails
from shared.events.language import Event
from shared.events.referrals import (
    ClockBreached,
    ClockStarted,
    ClockStopped,
    DirectPaymentImplemented,
    OfferAnswered,
    OfferSent,
    ProviderChosen,
    ReferralAccepted,
    ReferralAllocated,
    ReferralClosed,
    ReferralCompleted,
    ReferralRefused,
    ReferralSubmitted,
    ReferralWaitlisted,
)
from shared.messaging.aggregates import Decision
from shared.policy.running import RunningClock, breach_overdue, stop_clocks

Status = Literal[
    "incomplete", "submitted", "accepted", "refused", "waiting", "offered", "provider_chosen", "in_support", "closed"
]
Step = Literal[
    "complete",
    "accept",
    "refuse",
    "place_on_waiting_list",
    "allocate",
    "offer",
    "choose_provider",
    "implement",
    "close",
]

STEPS: Mapping[Status, Mapping[Step, Status]] = {
    "incomplete": {"complete": "submitted", "refuse": "refused", "close": "closed"},
    "submitted": {"accept": "accepted", "refuse": "refused", "place_on_waiting_list": "waiting", "close": "closed"},
    "waiting": {"accept": "accepted", "refuse": "refused", "close": "closed"},
    "accepted": {
        "allocate": "accepted",
        "offer": "offered",
        "implement": "in_support",
        "place_on_waiting_list": "waiting",
        "close": "closed",
    },
    "offered": {"offer": "offered", "choose_provider": "provider_chosen", "close": "closed"},
    "provider_chosen": {"implement": "in_support", "close": "closed"},
    "in_support": {"allocate": "in_support", "close": "closed"},
    "refused": {},
    "closed": {},
}
"""Which step leads where: the one table of a referral's life (CE 4.3, 4.4, 4.8; CP 3.2, 6.1)."""

ANSWERED_BY = frozenset({"accept", "refuse", "place_on_waiting_list"})
"""Steps that answer the referrer and so stop the response clock (CE 4.3)."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """The adult who draws on care: the platform's one record of who they are and how to reach them."""

    person_id: str
    reference: str
    born_on: date | None = None
    gender: str | None = None
    ethnicity: str | None = None
    postcode: str | None = None
    contact: ContactDetails


@dataclass(frozen=True, kw_only=True)
class Referrer:
    """Who referred, and how to answer them."""

    referrer_id: str
    reference: str
    contact: ContactDetails


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A provider on the council's ISF framework (CP 3.1)."""

    provider_id: str
    reference: str
    contact: ContactDetails
    lots: tuple[int, ...]
    taking_referrals: bool = True


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


def submit(referral: Referral) -> Decision[Referral]:
    """A new referral, complete or with its gaps named."""
    told = ReferralSubmitted(
        referral_id=referral.referral_id,
        person_id=referral.person_id,
        referrer_id=referral.referrer_id,
        source=referral.source,
        missing=referral.missing,
    )
    return Decision(state=referral, events=[told, *map(_started, referral.clocks)])


def complete(referral: Referral, given: Referral) -> Decision[Referral]:
    """What was missing has come; gaps that remain stay named (CE 4.3). Raises `ReferralExists`."""
    if given.person_id != referral.person_id:
        raise ReferralExists(f"the reference {referral.reference} belongs to a referral of another person")
    if referral.status != "incomplete":
        raise ReferralExists(f"the referral {referral.reference} lacks nothing: it is {referral.status}")
    filled = _filled(referral, given)
    if filled.missing:
        return Decision(state=filled)
    told = ReferralCompleted(referral_id=referral.referral_id, person_id=referral.person_id)
    return Decision(state=_moved(filled, "complete"), events=[told])


def accept(referral: Referral, *, worker_id: str, at: datetime) -> Decision[Referral]:
    """A worker takes the referral on (CE 4.3). Raises `ReferralIncomplete`, `StepNotPossible`."""
    if referral.status == "incomplete":
        raise ReferralIncomplete(f"the referral still lacks: {', '.join(referral.missing)}")
    accepted, stopped = _answered(_moved(referral, "accept"), at)
    told = ReferralAccepted(
        referral_id=referral.referral_id,
        person_id=referral.person_id,
        referrer_id=referral.referrer_id,
        worker_id=worker_id,
    )
    return Decision(state=replace(accepted, worker_id=worker_id), events=[told, *stopped])


def refuse(referral: Referral, *, reason: str, told_verbally_on: date | None, at: datetime) -> Decision[Referral]:
    """Refuses with a reason, told verbally and then in writing (CE 4.3); no clock runs on. Raises `StepNotPossible`."""
    refused, stopped = _ended(_moved(referral, "refuse"), at)
    told = ReferralRefused(
        referral_id=referral.referral_id,
        person_id=referral.person_id,
        referrer_id=referral.referrer_id,
        reason=reason,
    )
    state = replace(refused, reason=reason, told_verbally_on=told_verbally_on)
    return Decision(state=state, events=[told, *stopped])


def place_on_waiting_list(referral: Referral, *, reason: str, at: datetime) -> Decision[Referral]:
    """Places the referral on the waiting list (CE 4.8). Raises `StepNotPossible`."""
    waiting, stopped = _answered(_moved(referral, "place_on_waiting_list"), at)
    told = ReferralWaitlisted(referral_id=referral.referral_id, person_id=referral.person_id)
    return Decision(state=replace(waiting, reason=reason), events=[told, *stopped])


def allocate(referral: Referral, *, worker_id: str) -> Decision[Referral]:
    """Names the designated worker (CE 4.3). Raises `StepNotPossible`."""
    told = ReferralAllocated(referral_id=referral.referral_id, person_id=referral.person_id, worker_id=worker_id)
    return Decision(state=replace(_moved(referral, "allocate"), worker_id=worker_id), events=[told])


def offer(referral: Referral, *, offers: Sequence[Offer], lot: int) -> Decision[Referral]:
    """Offers the referral to every provider of the lot at once (CP 6.1). Raises `NoProviders`, `StepNotPossible`."""
    offered = _moved(referral, "offer")
    if not offers:
        raise NoProviders(f"no provider of lot {lot} is taking referrals")
    new = [o for o in offers if o.provider_id not in {old.provider_id for old in referral.offers}]
    told = OfferSent(
        referral_id=referral.referral_id,
        person_id=referral.person_id,
        lot=lot,
        provider_ids=tuple(o.provider_id for o in new),
    )
    return Decision(state=replace(offered, offers=(*referral.offers, *new), lot=lot), events=[told] if new else [])


def answer_offer(
    referral: Referral, *, offer_id: str, has_capacity: bool, can_start_on: date | None
) -> Decision[Referral]:
    """Records a provider's answer: yes with capacity and start, or no (CP 6.1, 6.4). Raises `NoSuchOffer`."""
    asked = next((o for o in referral.offers if o.offer_id == offer_id), None)
    if asked is None or asked.has_capacity is not None or referral.status != "offered":
        raise NoSuchOffer(f"offer {offer_id} is not open to an answer")
    answered = replace(asked, has_capacity=has_capacity, can_start_on=can_start_on)
    told = OfferAnswered(
        referral_id=referral.referral_id,
        offer_id=offer_id,
        provider_id=asked.provider_id,
        has_capacity=has_capacity,
        can_start_on=can_start_on,
    )
    offers = tuple(answered if o.offer_id == offer_id else o for o in referral.offers)
    return Decision(state=replace(referral, offers=offers), events=[told])


def choose_provider(referral: Referral, *, provider_id: str) -> Decision[Referral]:
    """The person chooses among the providers that answered yes (CP 3.2.2, 6.1). Raises `NoSuchOffer`."""
    chosen = _moved(referral, "choose_provider")
    willing = {o.provider_id for o in referral.offers if o.has_capacity}
    if provider_id not in willing:
        raise NoSuchOffer(f"provider {provider_id} has not answered yes to this referral")
    if referral.weekly_budget_pence is None or referral.lot is None:
        raise ReferralIncomplete("the referral still lacks: weekly_budget_pence or lot")
    told = ProviderChosen(
        referral_id=referral.referral_id,
        person_id=referral.person_id,
        provider_id=provider_id,
        lot=referral.lot,
        weekly_budget_pence=referral.weekly_budget_pence,
    )
    return Decision(state=replace(chosen, provider_id=provider_id), events=[told])


def implement_direct_payment(
    referral: Referral, *, implemented_on: date, clocks: Sequence[RunningClock]
) -> Decision[Referral]:
    """The direct payment runs; its checks are due from now (CE 3.2 "Early Help check"). Raises `StepNotPossible`."""
    told = DirectPaymentImplemented(
        referral_id=referral.referral_id, person_id=referral.person_id, implemented_on=implemented_on
    )
    implemented = replace(
        _moved(referral, "implement"), implemented_on=implemented_on, clocks=(*referral.clocks, *clocks)
    )
    return Decision(state=implemented, events=[told, *map(_started, clocks)])


def close(referral: Referral, *, reason: str, at: datetime) -> Decision[Referral]:
    """Closes the case; no clock runs on (CE 4.4). Raises `StepNotPossible`."""
    closed, stopped = _ended(_moved(referral, "close"), at)
    told = ReferralClosed(referral_id=referral.referral_id, person_id=referral.person_id)
    return Decision(state=replace(closed, reason=reason), events=[told, *stopped])


def breach(referral: Referral, *, at: datetime) -> Decision[Referral]:
    """Marks the clocks that have run past their due instant."""
    clocks, breached = breach_overdue(referral.clocks, at=at)
    events = [
        ClockBreached(
            clock_id=clock.clock_id,
            rule=clock.rule,
            record_id=referral.referral_id,
            clause=clock.clause,
            due_at=clock.due_at,
        )
        for clock in breached
    ]
    return Decision(state=replace(referral, clocks=clocks), events=events)


def with_contact(person: Person, contact: ContactDetails) -> Person:
    """The person, to be reached in this way from now on."""
    return replace(person, contact=contact)


P = TypeVar("P", "Person", "Referrer", "Provider")


def updated(known: P, given: P) -> P:
    """What is known of a party with what is now said of them on top.

    What a submission leaves out is kept. A channel once marked unsafe stays so, whatever a submission says: only
    someone who sets the communication needs themselves takes the mark away (safe contact).
    """
    said = {f.name: getattr(given, f.name) for f in fields(given) if getattr(given, f.name) not in _UNSAID}
    return replace(known, **said | {"contact": _reached_by(known.contact, given.contact)})


def _reached_by(known: ContactDetails, given: ContactDetails) -> ContactDetails:
    said = {f.name: getattr(given, f.name) for f in fields(given) if getattr(given, f.name) not in _UNSAID}
    unsafe = tuple(dict.fromkeys((*known.unsafe_channels, *given.unsafe_channels)))
    return replace(known, **said | {"unsafe_channels": unsafe})


_UNSAID = (None, "", ())
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


def _moved(referral: Referral, step: Step) -> Referral:
    reached = STEPS[referral.status].get(step)
    if reached is None:
        possible = ", ".join(possible_steps(referral)) or "none"
        raise StepNotPossible(f"a referral that is {referral.status} cannot {step}; possible now: {possible}")
    return replace(referral, status=reached)


def _answered(referral: Referral, at: datetime) -> tuple[Referral, list[Event]]:
    clocks, stopped = stop_clocks(referral.clocks, at=at, rules=("C1",))
    return replace(referral, clocks=clocks), [_stopped(referral, clock) for clock in stopped]


def _ended(referral: Referral, at: datetime) -> tuple[Referral, list[Event]]:
    clocks, stopped = stop_clocks(referral.clocks, at=at)
    return replace(referral, clocks=clocks), [_stopped(referral, clock) for clock in stopped]


def _filled(referral: Referral, given: Referral) -> Referral:
    """The stored referral with the later submission's values where it has any."""
    names = ("component", "client_group", "deployment", "care_and_support_plan", "weekly_budget_pence", "lot")
    values = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
    referrer_id = given.referrer_id or referral.referrer_id
    return replace(referral, **values, missing=given.missing, referrer_id=referrer_id)


def _started(clock: RunningClock) -> ClockStarted:
    return ClockStarted(
        clock_id=clock.clock_id,
        rule=clock.rule,
        record_id=clock.record_id,
        clause=clock.clause,
        due_at=clock.due_at,
    )


def _stopped(referral: Referral, clock: RunningClock) -> ClockStopped:
    return ClockStopped(
        clock_id=clock.clock_id,
        rule=clock.rule,
        record_id=referral.referral_id,
        stopped_at=clock.stopped_at or clock.due_at,
        in_time=clock.state == "stopped",
    )
