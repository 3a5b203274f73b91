"""Whoever may not see a referral can't tell that it exists, and can't act on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.referrals.handlers.answering import accept_referral, close_referral
from services.referrals.handlers.intake import submit_by_call
from services.referrals.handlers.offers import answer_offer, choose_provider, offer_referral
from services.referrals.handlers.people import set_communication_needs
from services.referrals.model.referral import Referral, offers_shown_to
from services.referrals.store import shown_to
from shared.context import Caller
from shared.errors import Forbidden, NotFound
from shared.events.contacts import ContactDetails
from shared.events.intake import INCOMING
from shared.events.schemas import schema_of
from shared.messaging.aggregates import Stored
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, a_command, a_provider, an_event, submission

BROKERAGE = Caller(actor_id="brokerage-1", roles=("brokerage_team",), councils=(CP,))
ASKED = "prov-asked"


def a_person(actor_id: str, role: str = "person") -> Caller:
    return Caller(actor_id=actor_id, roles=(role,), councils=(CP,))


def a_provider_of(organisation_id: str | None) -> Caller:
    return Caller(actor_id="staff-1", roles=("isf_provider",), councils=(CP,), organisation_id=organisation_id)


@pytest.fixture
def desk() -> ReferralsDesk:
    """A desk with two providers of lot 1 and one that takes no referrals now."""
    desk = ReferralsDesk()
    for provider in (a_provider(1), a_provider(2), a_provider(3, taking_referrals=False)):
        desk.take_in(provider, CP)
    return desk


@pytest.fixture
def offered(desk: ReferralsDesk) -> Stored[Referral]:
    """A referral that both providers have been asked about."""
    return offer(desk, accepted(desk))


def accepted(desk: ReferralsDesk, **changes: Any) -> Stored[Referral]:
    stored = desk.taken_in(an_event(council_id=CP, **changes), CP)
    return accept_referral(
        stored.id, worker_id="w-1", referrals=desk.referrals.records, clock=desk.clock, cause=a_command(BROKERAGE)
    )


def offer(desk: ReferralsDesk, stored: Stored[Referral]) -> Stored[Referral]:
    return offer_referral(
        stored.id,
        lot=None,
        referrals=desk.referrals.records,
        register=desk.store,
        clock=desk.clock,
        cause=a_command(BROKERAGE),
    )


def answer(desk: ReferralsDesk, offer_id: str, caller: Caller) -> Stored[Referral]:
    return answer_offer(
        offer_id,
        has_capacity=True,
        can_start_on=None,
        referrals=desk.referrals.records,
        register=desk.store,
        cause=a_command(caller),
    )


def choose(desk: ReferralsDesk, stored: Stored[Referral], caller: Caller) -> Stored[Referral]:
    return choose_provider(
        stored.id,
        provider_id=stored.state.offers[0].provider_id,
        referrals=desk.referrals.records,
        decisions=desk.case_lists,
        cause=a_command(caller),
    )


def strangers() -> list[Any]:
    return [
        pytest.param(replace(BROKERAGE, councils=(CE,)), id="another council"),
        pytest.param(a_person("per-someone-else"), id="another person"),
        pytest.param(a_person("circle-1", "circle"), id="another person's circle"),
        pytest.param(a_provider_of("prov-not-asked"), id="CP 6.1 a provider not asked"),
        pytest.param(a_provider_of(None), id="a provider without an organisation"),
        pytest.param(replace(BROKERAGE, roles=()), id="someone without a role"),
    ]


def test_every_provider_of_the_lot_that_takes_referrals_is_asked(offered: Stored[Referral]) -> None:
    assert len(offered.state.offers) == 2


@pytest.mark.parametrize("stranger", strangers())
def test_to_a_stranger_a_referral_does_not_exist(
    desk: ReferralsDesk, offered: Stored[Referral], stranger: Caller
) -> None:
    offer_id = offered.state.offers[0].offer_id
    asked: dict[str, Callable[[], Any]] = {
        f"there is no offer {offer_id}": lambda: answer(desk, offer_id, stranger),
        f"there is no referral {offered.id}": lambda: choose(desk, offered, stranger),
        f"there is no person {offered.state.person_id}": lambda: desk.store.person_seen_by(
            stranger, offered.state.person_id
        ),
    }

    for nothing, ask in asked.items():
        with pytest.raises(NotFound) as hidden:
            ask()
        assert hidden.value.detail == nothing
    with pytest.raises(NotFound):
        desk.store.referral_seen_by(stranger, offered.id)
    with pytest.raises(NotFound):
        close_referral(
            offered.id, reason="x", referrals=desk.referrals.records, clock=desk.clock, cause=a_command(stranger)
        )

    assert desk.store.referrals_seen_by(stranger).items == []
    assert desk.referrals.records.get(offered.id) == offered


def listed(desk: ReferralsDesk, caller: Caller, **wanted: Any) -> list[str]:
    """The clocks that this caller is shown in the list."""
    page = desk.clocks.page(desk.clocks.wanted(caller, **wanted), caller=caller, after=None, limit=50)
    return [found.clock.clock_id for found in page.items]


def test_a_clock_of_another_persons_referral_does_not_exist(desk: ReferralsDesk) -> None:
    stored = desk.taken_in(an_event(council_id=CP, data__urgency="urgent"), CP)
    clock_id = stored.state.clocks[0].clock_id

    desk.listing.follow(desk.everything()["referrals"])

    for stranger in (a_person("per-someone-else"), replace(BROKERAGE, councils=(CE,))):
        with pytest.raises(NotFound) as hidden:
            desk.clocks.show(clock_id, stranger)
        assert stored.id not in hidden.value.detail
        assert listed(desk, stranger) == listed(desk, stranger, council_id=CP) == []

    assert listed(desk, BROKERAGE) == [clock_id]
    assert desk.clocks.show(clock_id, BROKERAGE).record.id == stored.id


def test_offers_are_sealed_between_providers(desk: ReferralsDesk, offered: Stored[Referral]) -> None:
    first, second = offered.state.offers
    one = a_provider_of(first.provider_id)

    seen = desk.store.referral_seen_by(one, offered.id)

    assert offers_shown_to(one, seen.state) == [first]
    with pytest.raises(NotFound, match=second.offer_id):
        answer(desk, second.offer_id, one)
    assert answer(desk, first.offer_id, one).state.offers[0].has_capacity is True


def test_a_person_sees_and_chooses_for_themselves_alone(desk: ReferralsDesk, offered: Stored[Referral]) -> None:
    answer(desk, offered.state.offers[0].offer_id, a_provider_of(offered.state.offers[0].provider_id))
    desk.taken_in(
        an_event(council_id=CP, data__referral_reference="REF-8", data__person={"person_reference": "P-8"}), CP
    )
    themselves = a_person(offered.state.person_id)

    seen = desk.store.referrals_seen_by(themselves).items
    chosen = choose(desk, offered, themselves)

    assert [stored.id for stored in seen] == [offered.id]
    assert chosen.state.status == "provider_chosen"


@pytest.mark.parametrize("role", ["person", "nominee", "circle", "personal_assistant"])
def test_the_list_of_those_who_are_not_staff_holds_only_what_is_about_them(role: str) -> None:
    where = shown_to(Caller(actor_id="per-1", roles=(role,), councils=(CP,)))

    assert [getattr(condition, "path", "") for condition in where] == ["council_id", "state.person_id"]


def test_only_the_chosen_provider_learns_how_to_reach_the_person(
    desk: ReferralsDesk, offered: Stored[Referral]
) -> None:
    first, second = (a_provider_of(offer.provider_id) for offer in offered.state.offers)
    person_id = offered.state.person_id
    with pytest.raises(NotFound):
        desk.store.person_seen_by(first, person_id)
    answer(desk, offered.state.offers[0].offer_id, first)
    choose(desk, offered, BROKERAGE)

    assert desk.store.person_seen_by(first, person_id).id == person_id
    with pytest.raises(NotFound):
        desk.store.person_seen_by(second, person_id)


def test_nobody_but_staff_and_the_person_changes_how_they_are_reached(
    desk: ReferralsDesk, offered: Stored[Referral]
) -> None:
    person_id = offered.state.person_id
    needs = ContactDetails(name="Sample Person 0007", letter="1 Sample Street", unsafe_channels=("email",))

    def set_by(caller: Caller) -> Any:
        return set_communication_needs(
            person_id,
            needs=needs,
            persons=desk.persons.records,
            rules=desk.rules,
            clock=desk.clock,
            cause=a_command(caller),
        ).state.contact

    with pytest.raises(NotFound):
        set_by(a_person("per-someone-else"))
    assert set_by(a_person(person_id)) == needs
    assert set_by(BROKERAGE) == needs


def test_guessing_a_reference_does_not_redirect_someones_messages(desk: ReferralsDesk) -> None:
    stored = desk.taken_in(an_event(council_id=CP), CP)
    before = desk.persons.records.get(stored.state.person_id)
    theirs = submission(referral_reference="REF-0099")
    theirs["person"] = theirs["person"] | {"sms": "07700 900999", "email": "thief@example.org"}

    submit(desk, theirs, a_person("per-someone-else"))

    assert desk.persons.records.get(stored.state.person_id) == before


def test_a_person_who_refers_themselves_may_say_how_to_reach_them(desk: ReferralsDesk) -> None:
    stored = desk.taken_in(an_event(council_id=CP), CP)
    mine = submission(referral_reference="REF-0099", source="self")
    mine["person"] = mine["person"] | {"email": "new@example.org"}

    submit(desk, mine, a_person(stored.state.person_id))

    assert desk.persons.records.get(stored.state.person_id).state.contact.email == "new@example.org"


def test_a_referral_goes_only_to_a_council_of_the_token(desk: ReferralsDesk) -> None:
    with pytest.raises(Forbidden):
        submit(desk, submission(), replace(BROKERAGE, councils=(CE,)))

    assert not desk.everything()["referrals"]


def test_a_submission_without_a_key_sent_twice_is_one_referral(desk: ReferralsDesk) -> None:
    first = submit(desk, submission(), BROKERAGE)

    assert submit(desk, submission(), BROKERAGE) == first
    assert len(desk.everything()["referrals"]) == 1


def submit(desk: ReferralsDesk, data: dict[str, Any], caller: Caller) -> Stored[Referral]:
    cause = replace(a_command(caller), command=None)
    message = schema_of(INCOMING["referral.submitted"]).load(data)
    return submit_by_call(message, council_id=CP, cause=cause, desk=desk.intake)
