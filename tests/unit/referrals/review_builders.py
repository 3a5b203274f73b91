"""Reviews for tests: an ISF referral whose provider was chosen, support that began, meetings that were held."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from services.referrals.handlers import offers, reviews
from services.referrals.handlers.answering import accept_referral
from services.referrals.model.referral import Referral
from services.referrals.model.reviews import ReviewProgramme
from shared.context import Caller
from shared.dates import london_day
from shared.events.referrals import DirectPaymentImplemented, SupportStarted
from shared.messaging.aggregates import Stored
from shared.messaging.cause import of_event
from tests.unit.referrals.builders import CP, ReferralsDesk, a_command, a_provider, an_event

BEGAN = date(2026, 3, 2)


def a_council_worker(**changes: Any) -> Caller:
    """A social worker of Cambridgeshire and Peterborough."""
    return Caller(**{"actor_id": "social-worker-2", "roles": ("social_worker",), "councils": (CP,)} | changes)


def chosen(
    desk: ReferralsDesk, *, before_choice: Callable[[str], object] | None = None, **event: Any
) -> Stored[Referral]:
    """An ISF referral whose provider the person has chosen; something may happen to it before."""
    worker = a_council_worker()
    desk.take_in(a_provider(1), CP)
    stored = desk.taken_in(an_event(council_id=CP, **event), CP)
    given: dict[str, Any] = {"referrals": desk.referrals.records}
    lists = desk.case_lists
    accept_referral(stored.id, worker_id="worker-1", clock=desk.clock, cause=a_command(worker), **given)
    offered = offers.offer_referral(
        stored.id, lot=1, register=desk.store, clock=desk.clock, cause=a_command(worker), **given
    )
    (offer,) = offered.state.offers
    provider = Caller(actor_id="p-1", roles=("isf_provider",), councils=(CP,), organisation_id=offer.provider_id)
    answer = {"has_capacity": True, "can_start_on": BEGAN, "register": desk.store}
    offers.answer_offer(offer.offer_id, **answer, cause=a_command(provider), **given)
    if before_choice is not None:
        before_choice(stored.id)
    return offers.choose_provider(
        stored.id, provider_id=offer.provider_id, decisions=lists, cause=a_command(worker), **given
    )


def a_programme(desk: ReferralsDesk) -> Stored[ReviewProgramme]:
    """Support by a chosen provider that began today."""
    referral = chosen(desk)
    reviews.start_support(
        referral.id, began_on=london_day(desk.clock.now()), desk=desk.reviews, cause=a_command(a_council_worker())
    )
    return hear_of_support(desk)[-1]


def hear_of_support(desk: ReferralsDesk) -> list[Stored[ReviewProgramme]]:
    """What the service does when it hears its own events: reviews are programmed."""
    heard = []
    for envelope in desk.referrals.told():
        event = envelope.event()
        if isinstance(event, SupportStarted | DirectPaymentImplemented):
            began_on = event.began_on if isinstance(event, SupportStarted) else event.implemented_on
            heard.append(
                reviews.programme_reviews(
                    event.referral_id,
                    began_on=began_on,
                    council_id=envelope.councilid,
                    desk=desk.reviews,
                    cause=of_event(envelope),
                )
            )
    return heard


def held(
    desk: ReferralsDesk, programme: Stored[ReviewProgramme], *, caller: Caller | None = None, **satisfied: str
) -> Stored[ReviewProgramme]:
    """A meeting of today that counts for these cycles, each with why."""
    given: Any = list(satisfied.items())
    return reviews.record_review(
        programme.state.referral_id,
        held_on=london_day(desk.clock.now()),
        outcome="Sample: all is well.",
        satisfied=given,
        advocate_id=None,
        desk=desk.reviews,
        cause=a_command(caller or a_council_worker()),
    )
