"""Nobody is signposted to an agency that CQC rates Inadequate, and who was before is told (CE 3.2 "The Care Agency")."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.referrals.errors import AgencyBarred
from services.referrals.handlers import agencies
from services.referrals.handlers.agencies import Said
from services.referrals.model.agencies import Agency, newest
from services.referrals.store import agencies_seen_by
from shared.context import Caller
from shared.errors import Conflict, Invalid, NotFound, PolicyIncomplete
from shared.events.agencies import AgencyRated
from shared.events.direct_payments import Signposted
from shared.messaging.aggregates import Stored
from shared.messaging.cause import of_event
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, a_command, an_adviser
from tests.unit.referrals.payment_builders import a_running_payment

TODAY = date(2026, 3, 2)
PAGE: dict[str, Any] = {"after": None, "limit": 50}


def said(rating: Any = "good", on: date = TODAY) -> Said:
    """A rating that somebody read."""
    return Said(rating=rating, rated_on=on, source="https://www.cqc.example.org")


def an_agency(desk: ReferralsDesk, rating: str = "good", *, reference: str = "1-100") -> Stored[Agency]:
    """An agency with its rating."""
    return agencies.add_agency(
        CE, reference=reference, name="Sample Care", said=said(rating), desk=desk.agency_desk, cause=a_command()
    )


def listed(desk: ReferralsDesk, *, barred: bool = False, caller: Caller | None = None) -> list[str]:
    """The agencies on the list."""
    found = agencies_seen_by(desk.agencies.records, caller or an_adviser(), barred=barred, **PAGE)
    return [stored.id for stored in found.items]


def signpost(desk: ReferralsDesk, agency_id: str) -> str:
    """A person with a direct payment is pointed to the agency; the payment's id."""
    payment = a_running_payment(desk)
    agencies.signpost_agency(payment.state.referral_id, agency_id=agency_id, desk=desk.agency_desk, cause=a_command())
    return payment.id


def hear_of_ratings(desk: ReferralsDesk) -> None:
    """What the service does when it hears of ratings."""
    for envelope in desk.agencies.told():
        event = envelope.event()
        if isinstance(event, AgencyRated):
            agencies.withdraw_signposts(event, desk=desk.agency_desk, cause=of_event(envelope))


@pytest.mark.parametrize(
    ("rating", "barred"),
    [
        ("outstanding", False),
        ("good", False),
        ("requires-improvement", False),
        ("inadequate", True),
        ("not-rated", False),
    ],
)
def test_only_an_inadequate_agency_is_off_the_list_and_cannot_be_named(rating: str, *, barred: bool) -> None:
    desk = ReferralsDesk()
    agency = an_agency(desk, rating)

    assert (listed(desk), listed(desk, barred=True)) == (([], [agency.id]) if barred else ([agency.id], []))
    if barred:
        with pytest.raises(AgencyBarred, match=r"CQC rated this agency inadequate on 2026-03-02.*The Care Agency"):
            signpost(desk, agency.id)
    else:
        payment = desk.direct_payments.records.get(signpost(desk, agency.id)).state
        assert [given.agency_id for given in payment.signposts] == [agency.id]


def test_a_rating_keeps_its_day_its_source_and_who_recorded_it() -> None:
    desk = ReferralsDesk()

    rating = newest(an_agency(desk).state)

    assert (rating.rated_on, rating.source, rating.recorded_by) == (TODAY, "https://www.cqc.example.org", "adviser-1")


def test_a_new_rating_takes_the_agency_off_the_list_and_tells_whoever_was_sent_there_once() -> None:
    desk = ReferralsDesk()
    agency = an_agency(desk)
    payment_id = signpost(desk, agency.id)
    desk.clock.advance(timedelta(days=1))

    agencies.rate_agency(agency.id, said=said("inadequate", date(2026, 3, 3)), desk=desk.agency_desk, cause=a_command())
    for _ in range(2):
        hear_of_ratings(desk)

    assert listed(desk) == []
    told = [event for event in desk.direct_payments.told() if event.type == "directpayment.agency.barred"]
    assert [(event.subject, event.data["agency_id"]) for event in told] == [(payment_id, agency.id)]
    assert desk.direct_payments.records.get(payment_id).state.signposts[0].withdrawn_at == desk.clock.now()


def test_whoever_is_signposted_in_the_moment_in_which_the_agency_is_barred_is_told_too() -> None:
    desk = ReferralsDesk()
    agency = an_agency(desk)
    payment_id = signpost(desk, agency.id)
    desk.clock.advance(timedelta(minutes=1))
    agencies.rate_agency(agency.id, said=said("inadequate"), desk=desk.agency_desk, cause=a_command())

    for _ in range(2):  # the rating was heard of before the signpost was written: only the signpost finds both
        hear_of_signposts(desk)

    told = [event.data for event in desk.direct_payments.told() if event.type == "directpayment.agency.barred"]
    worker_id = desk.referrals.records.get(told[0]["referral_id"]).state.worker_id
    assert worker_id is not None
    assert [(event["payment_id"], event["worker_id"]) for event in told] == [(payment_id, worker_id)]


def test_a_signpost_to_an_agency_that_is_not_barred_stands() -> None:
    desk = ReferralsDesk()
    payment_id = signpost(desk, an_agency(desk).id)

    hear_of_signposts(desk)

    assert desk.direct_payments.records.get(payment_id).state.signposts[0].withdrawn_at is None


def hear_of_signposts(desk: ReferralsDesk) -> None:
    """What the service does when it hears of signposts."""
    for envelope in desk.direct_payments.told():
        event = envelope.event()
        if isinstance(event, Signposted):
            agencies.check_signpost(event, desk=desk.agency_desk, cause=of_event(envelope))


def test_an_older_rating_that_is_recorded_later_changes_nothing() -> None:
    desk = ReferralsDesk()
    agency = an_agency(desk)

    agencies.rate_agency(agency.id, said=said("inadequate", date(2024, 3, 3)), desk=desk.agency_desk, cause=a_command())

    assert listed(desk) == [agency.id]


def test_an_agency_that_is_better_again_is_back_on_the_list() -> None:
    desk = ReferralsDesk()
    agency = an_agency(desk, "inadequate")
    desk.clock.advance(timedelta(days=200))

    agencies.rate_agency(agency.id, said=said("good", date(2026, 9, 1)), desk=desk.agency_desk, cause=a_command())

    assert listed(desk) == [agency.id]


def test_a_rating_of_tomorrow_and_a_second_listing_are_refused() -> None:
    desk = ReferralsDesk()
    an_agency(desk)

    with pytest.raises(Conflict):
        an_agency(desk)
    with pytest.raises(Invalid, match="still to come"):
        agencies.add_agency(
            CE,
            reference="1-101",
            name="Sample Care",
            said=said("good", date(2026, 3, 3)),
            desk=desk.agency_desk,
            cause=a_command(),
        )


def test_a_council_sees_its_own_agencies_only_and_needs_a_policy_on_ratings() -> None:
    desk = ReferralsDesk()
    agency = an_agency(desk)
    stranger = an_adviser(councils=(CP,))

    assert listed(desk, caller=stranger) == []
    with pytest.raises(NotFound):
        agencies.seen_agency(agency.id, desk=desk.agency_desk, caller=stranger)
    with pytest.raises(PolicyIncomplete, match="signposting_barred_ratings"):
        agencies.add_agency(
            CP,
            reference="1-102",
            name="Sample Care",
            said=said(),
            desk=desk.agency_desk,
            cause=a_command(stranger),
        )
