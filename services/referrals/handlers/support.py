"""Setting support up: offers to providers, the person's choice, and direct payments."""

from __future__ import annotations

from datetime import date

from services.referrals import model
from services.referrals.errors import ReferralIncomplete
from services.referrals.handlers.intake import CHECK_CLOCKS
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
    stored = referrals.get(referral_id, caller=cause.caller)
    wanted = lot or stored.state.lot
    if wanted is None:
        raise ReferralIncomplete("the referral still lacks: lot")
    offers = [
        Offer(offer_id=derived_id("off", referral_id, provider.provider_id), provider_id=provider.provider_id)
        for provider in register.providers_of_lot(stored.council_id, wanted)
    ]
    return referrals.change(referral_id, lambda r: model.offer(r, offers=offers, lot=wanted), cause=cause)


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
    stored = register.referral_of_offer(offer_id)
    caller = cause.caller
    asked = next(o for o in stored.state.offers if o.offer_id == offer_id)
    if caller is not None and caller.organisation_id not in (None, asked.provider_id):
        raise NotFound(f"there is no offer {offer_id}")
    return referrals.change(
        stored.id,
        lambda r: model.answer_offer(r, offer_id=offer_id, has_capacity=has_capacity, can_start_on=can_start_on),
        cause=cause,
    )


def choose_provider(
    referral_id: str, *, provider_id: str, referrals: Records[Referral], cause: Cause
) -> Stored[Referral]:
    """The person chooses among the providers that answered yes (CP 3.2.2)."""
    return referrals.change(referral_id, lambda r: model.choose_provider(r, provider_id=provider_id), cause=cause)


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
    stored = referrals.get(referral_id, caller=cause.caller)
    clocks = rules.start_clocks(
        stored.council_id, CHECK_CLOCKS, record_id=referral_id, started_at=clock.now(), started_on=implemented_on
    )
    return referrals.change(
        referral_id,
        lambda r: model.implement_direct_payment(r, implemented_on=implemented_on, clocks=clocks),
        cause=cause,
    )


def set_communication_needs(
    person_id: str, *, needs: ContactDetails, persons: Records[Person], cause: Cause
) -> Stored[Person]:
    """Records how the person is to be reached, and which channels must never be used (CE 4.9)."""
    told = ContactRecorded(party_id=person_id, kind="person", details=needs)

    def decide(person: Person) -> Decision[Person]:
        return Decision(state=model.with_contact(person, needs), events=[told])

    return persons.change(person_id, decide, cause=cause)
