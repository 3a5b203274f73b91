"""The end or change of a person's provider: asked for by the person, made by the council, followed by another round (CP 5.3)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Literal

import pytest

from services.referrals.errors import NoProviders, ReviewNotPossible, StepNotPossible
from services.referrals.handlers import offers, provider_changes, reviews
from services.referrals.handlers.answering import accept_referral
from services.referrals.handlers.seeing import seen_referral
from services.referrals.model.referral import Referral
from services.referrals.schemas.referrals import referral_out
from shared.context import Caller
from shared.dates import london_day
from shared.errors import Invalid, NotFound
from shared.events.referrals import ProviderEnded
from shared.messaging.aggregates import Stored
from shared.messaging.cause import of_event
from tests.unit.referrals.builders import CP, ReferralsDesk, a_command, a_provider, an_event
from tests.unit.referrals.review_builders import a_council_worker, a_programme, chosen, hear_of_support, held


def asked(desk: ReferralsDesk, stored: Stored[Referral], wish: Literal["change", "end"] = "change") -> Stored[Referral]:
    person = Caller(actor_id=stored.state.person_id, roles=("person",), councils=(CP,))
    return provider_changes.ask_provider_change(
        stored.id,
        wish=wish,
        reason="Sample: we do not get on.",
        referrals=desk.referrals.records,
        clock=desk.clock,
        cause=a_command(person),
    )


def ended(desk: ReferralsDesk, stored: Stored[Referral], **changes: Any) -> Stored[Referral]:
    given = {"ended_on": london_day(desk.clock.now()), "at_wish_of": "person", "reason": "Sample: as asked."} | changes
    return provider_changes.end_provider(
        stored.id, **given, referrals=desk.referrals.records, clock=desk.clock, cause=a_command(a_council_worker())
    )


def hear_of_the_end(desk: ReferralsDesk) -> None:
    """What the service does when it hears that a provider was ended."""
    for envelope in desk.referrals.told():
        event = envelope.event()
        if isinstance(event, ProviderEnded):
            given = {"ended_on": event.ended_on, "round": event.round}
            reviews.end_reviews(event.referral_id, **given, desk=desk.reviews, cause=of_event(envelope))


def offered_again(desk: ReferralsDesk, stored: Stored[Referral]) -> Stored[Referral]:
    return offers.offer_referral(
        stored.id,
        lot=1,
        referrals=desk.referrals.records,
        register=desk.store,
        clock=desk.clock,
        cause=a_command(a_council_worker()),
    )


def test_a_persons_wish_is_kept_and_told_and_ends_nothing() -> None:
    desk = ReferralsDesk()
    stored = chosen(desk)

    after = asked(desk, stored)

    (wish,) = after.state.provider_wishes
    assert (wish.wish, wish.asked_by, after.state.status) == ("change", stored.state.person_id, "provider_chosen")
    assert desk.referrals.types_told()[-1] == "provider.change.asked"


def test_what_a_person_says_of_a_provider_is_not_for_the_provider() -> None:
    desk = ReferralsDesk()
    after = asked(desk, chosen(desk))
    provider = Caller(actor_id="p-1", roles=("isf_provider",), councils=(CP,), organisation_id=after.state.provider_id)

    assert referral_out(after, provider)["provider_wishes"] == []
    assert len(referral_out(after, a_council_worker())["provider_wishes"]) == 1


def test_without_a_provider_there_is_nothing_to_change_or_end() -> None:
    desk = ReferralsDesk()
    stored = desk.taken_in(an_event(council_id=CP), CP)

    with pytest.raises(StepNotPossible):
        asked(desk, stored)
    with pytest.raises(StepNotPossible):
        ended(desk, stored)


def test_a_provider_that_was_ended_is_history_and_sees_the_referral_no_more() -> None:
    desk = ReferralsDesk()
    stored = chosen(desk)
    provider_id = stored.state.provider_id
    asked(desk, stored)

    after = ended(desk, stored)

    (former,) = after.state.former_providers
    assert (former.round, former.provider_id, former.at_wish_of, len(former.offers)) == (1, provider_id, "person", 1)
    assert (after.state.status, after.state.provider_id, after.state.offers) == ("accepted", None, ())
    assert after.state.provider_wishes[0].answered_in_round == 1
    provider = Caller(actor_id="p-1", roles=("isf_provider",), councils=(CP,), organisation_id=provider_id)
    with pytest.raises(NotFound):
        seen_referral(stored.id, referrals=desk.referrals.records, caller=provider)


def test_the_next_round_asks_everybody_but_the_provider_that_was_ended() -> None:
    desk = ReferralsDesk()
    stored = chosen(desk)
    first = stored.state.offers[0]
    after = ended(desk, stored)

    with pytest.raises(NoProviders):
        offered_again(desk, after)
    desk.take_in(a_provider(2), CP)
    again = offered_again(desk, after)

    (offer,) = again.state.offers
    assert offer.provider_id != first.provider_id
    assert (again.state.status, again.state.round) == ("offered", 2)


def test_an_offer_of_a_later_round_is_another_offer() -> None:
    desk = ReferralsDesk()
    desk.take_in(a_provider(2), CP)
    stored = desk.referrals.records.get(chosen_among_two(desk))
    first = {offer.provider_id: offer.offer_id for offer in stored.state.offers}
    again = offered_again(desk, ended(desk, stored))

    (offer,) = again.state.offers
    assert offer.provider_id in first
    assert offer.offer_id not in first.values()
    assert desk.store.referral_of_offer(offer.offer_id, None).id == stored.id


def test_its_reviews_end_with_a_provider_and_begin_anew_with_the_next() -> None:
    desk = ReferralsDesk()
    programme = a_programme(desk)
    stored = desk.referrals.records.get(programme.state.referral_id)
    held(desk, programme, council="the council's")
    ended(desk, stored)
    hear_of_the_end(desk)
    caller = a_council_worker()

    old = reviews.seen_programme(stored.id, desk=desk.reviews, caller=caller)
    with pytest.raises(ReviewNotPossible):
        held(desk, old, council="too late")
    desk.take_in(a_provider(2), CP)
    begin_with_the_next(desk, stored)
    new = reviews.seen_programme(stored.id, desk=desk.reviews, caller=caller)

    assert (old.state.ended_on, {clock.is_open for clock in old.state.clocks}) == (date(2026, 3, 2), {False})
    assert new.id != old.id
    assert new.state.provider_id != old.state.provider_id
    assert {clock.occurrence for clock in new.state.clocks if clock.is_open} == {1}


@pytest.mark.parametrize("days", [-1, 1])
def test_services_end_after_they_began_and_not_on_a_day_to_come(days: int) -> None:
    desk = ReferralsDesk()
    programme = a_programme(desk)
    stored = desk.referrals.records.get(programme.state.referral_id)

    with pytest.raises(Invalid):
        ended(desk, stored, ended_on=london_day(desk.clock.now()) + timedelta(days=days))


def chosen_among_two(desk: ReferralsDesk) -> str:
    """A referral that two providers were asked for, and one was chosen of."""
    worker = a_council_worker()
    desk.take_in(a_provider(1), CP)
    stored = desk.taken_in(an_event(council_id=CP), CP)
    accepted(desk, stored.id)
    offered = offered_again(desk, stored)
    offer = offered.state.offers[0]
    answered(desk, offer.offer_id, offer.provider_id)
    offers.choose_provider(
        stored.id,
        provider_id=offer.provider_id,
        referrals=desk.referrals.records,
        decisions=desk.case_lists,
        cause=a_command(worker),
    )
    return stored.id


def begin_with_the_next(desk: ReferralsDesk, stored: Stored[Referral]) -> None:
    """Another provider is offered the referral, says yes, is chosen, and begins."""
    worker = a_council_worker()
    (offer,) = offered_again(desk, stored).state.offers
    answered(desk, offer.offer_id, offer.provider_id)
    offers.choose_provider(
        stored.id,
        provider_id=offer.provider_id,
        referrals=desk.referrals.records,
        decisions=desk.case_lists,
        cause=a_command(worker),
    )
    reviews.start_support(stored.id, began_on=london_day(desk.clock.now()), desk=desk.reviews, cause=a_command(worker))
    hear_of_support(desk)


def accepted(desk: ReferralsDesk, referral_id: str) -> None:
    accept_referral(
        referral_id,
        worker_id="worker-1",
        referrals=desk.referrals.records,
        clock=desk.clock,
        cause=a_command(a_council_worker()),
    )


def answered(desk: ReferralsDesk, offer_id: str, provider_id: str) -> None:
    provider = Caller(actor_id="p-1", roles=("isf_provider",), councils=(CP,), organisation_id=provider_id)
    offers.answer_offer(
        offer_id,
        has_capacity=True,
        can_start_on=london_day(desk.clock.now()),
        referrals=desk.referrals.records,
        register=desk.store,
        cause=a_command(provider),
    )
