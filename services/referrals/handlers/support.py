"""Setting support up: offers to providers, the person's choice, and direct payments."""

from __future__ import annotations

from datetime import date
from functools import partial

from services.referrals import model
from services.referrals.errors import ReferralIncomplete
from services.referrals.handlers.intake import CHECK_CLOCKS
from services.referrals.handlers.seeing import change_seen, seen_referral
from services.referrals.model import Offer, Person, Referral
from services.referrals.ports import Records, Register, Rules
from shared.clock import Clock
from shared.errors import NotFound
from shared.events.contacts import ContactDetails
from shared.events.referrals import ContactRecorded
from shared.ids import derived_id
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause


def offer_referral(
    referral_id: str, *, lot: int | None, referrals: Records[Referral], register: Register, cause: Cause
) -> Stored[Referral]:
    """Offers the referral to every provider of the lot that is taking referrals (CP 6.1, 6.2)."""
    stored = seen_referral(referral_id, referrals=referrals, caller=cause.caller)
    wanted = lot or stored.state.lot
    if wanted is None:
        raise ReferralIncomplete("the referral still lacks: lot")
    offers = [
        Offer(offer_id=derived_id("off", referral_id, provider.provider_id), provider_id=provider.provider_id)
        for provider in register.providers_of_lot(stored.council_id, wanted)
    ]
    decide = partial(model.offer, offers=offers, lot=wanted)
    return change_seen(referral_id, decide, referrals=referrals, cause=cause)


def answer_offer(
    offer_id: str,
    *,
    has_capacity: bool,
    can_start_on: date | None,
    referrals: Records[Referral],
    register: Register,
    cause: Cause,
) -> Stored[Referral]:
    """A provider answers its own offer (CP 6.1, 6.4). Another provider's offer is not found."""
    stored = register.referral_of_offer(offer_id, cause.caller)
    decide = partial(model.answer_offer, offer_id=offer_id, has_capacity=has_capacity, can_start_on=can_start_on)
    return referrals.change(stored.id, decide, cause=cause)


def choose_provider(
    referral_id: str, *, provider_id: str, referrals: Records[Referral], cause: Cause
) -> Stored[Referral]:
    """The person chooses among the providers that answered yes (CP 3.2.2)."""
    decide = partial(model.choose_provider, provider_id=provider_id)
    return change_seen(referral_id, decide, referrals=referrals, cause=cause)


def record_direct_payment(
    referral_id: str,
    *,
    implemented_on: date,
    referrals: Records[Referral],
    rules: Rules,
    clock: Clock,
    cause: Cause,
) -> Stored[Referral]:
    """The direct payment runs; programmes its checks (CE 3.2 "Early Help check")."""
    stored = seen_referral(referral_id, referrals=referrals, caller=cause.caller)
    clocks = rules.start_clocks(
        stored.council_id, CHECK_CLOCKS, record_id=referral_id, started_at=clock.now(), started_on=implemented_on
    )
    decide = partial(model.implement_direct_payment, implemented_on=implemented_on, clocks=clocks)
    return change_seen(referral_id, decide, referrals=referrals, cause=cause)


def set_communication_needs(
    person_id: str, *, needs: ContactDetails, persons: Records[Person], cause: Cause
) -> Stored[Person]:
    """Records how the person is to be reached, and which channels must never be used (CE 4.9).

    Staff do so for anyone in their scope, everyone else for themselves alone; raises `NotFound` otherwise.
    """
    caller = cause.caller
    if caller is not None and not (model.is_staff(caller) or caller.actor_id == person_id):
        raise NotFound(f"there is no person {person_id}")
    told = ContactRecorded(party_id=person_id, kind="person", details=needs)

    def decide(person: Person) -> Decision[Person]:
        return Decision(state=model.with_contact(person, needs), events=[told])

    return persons.change(person_id, decide, cause=cause)
