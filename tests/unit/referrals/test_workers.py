"""How those who work on cases are reached, and that they hear of what their cases' clocks come to (CE 4.3, 7.7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.referrals.handlers import people
from services.referrals.handlers.answering import accept_referral
from services.referrals.model.parties import Worker
from services.referrals.schemas.people import WorkerContact, worker_out
from shared.context import Caller
from shared.errors import Forbidden, Invalid, NotFound
from shared.events.contacts import ContactDetails
from shared.messaging.aggregates import Stored
from shared.messaging.cause import of_schedule
from shared.problems import load
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, a_command, an_adviser, an_event
from tests.unit.referrals.review_builders import a_programme


def reached(desk: ReferralsDesk, worker_id: str, caller: Caller, **details: Any) -> Stored[Worker]:
    given = {"name": "Sample Worker", "email": "worker@service.example.org"} | details
    return people.set_worker_contact(
        CE, worker_id, details=ContactDetails(**given), workers=desk.workers.records, cause=a_command(caller)
    )


def test_a_worker_says_how_they_are_reached_and_may_say_it_anew() -> None:
    desk = ReferralsDesk()

    reached(desk, "adviser-1", an_adviser())
    again = reached(desk, "adviser-1", an_adviser(), email="other@service.example.org")

    assert worker_out(again)["email"] == "other@service.example.org"
    told = [envelope.data for envelope in desk.workers.told()]
    assert [one["party_id"] for one in told] == ["worker:cheshire-east:adviser-1"] * 2
    seen = people.get_worker_contact(CE, "adviser-1", workers=desk.workers.records, caller=an_adviser())
    assert seen.state.contact.email == "other@service.example.org"


def test_for_others_only_those_who_answer_for_them_say_it() -> None:
    desk = ReferralsDesk()

    with pytest.raises(Forbidden):
        reached(desk, "adviser-2", an_adviser())
    reached(desk, "adviser-2", an_adviser(roles=("dpss_manager",)))
    with pytest.raises(NotFound):
        reached(desk, "adviser-2", an_adviser(roles=("dpss_manager",), councils=(CP,)))
    with pytest.raises(Forbidden):
        people.get_worker_contact(CE, "adviser-2", workers=desk.workers.records, caller=an_adviser())


def test_a_worker_whom_nobody_could_reach_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        reached(ReferralsDesk(), "adviser-1", an_adviser(), email=None)

    assert refused.value.errors[0].field == "email"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("email", "not an address"),
        ("sms", "0" * 31),
        ("preferred_channel", "letter"),
        ("council_id", None),
    ],
)
def test_what_is_wrong_with_a_contact_is_named(field: str, value: Any) -> None:
    given = {"id": "adviser-1", "council_id": CE, "name": "Sample Worker", "email": "w@service.example.org"}

    with pytest.raises(Invalid) as refused:
        load(WorkerContact(), given | {field: value})

    assert refused.value.errors[0].field == field


def test_the_designated_worker_is_named_when_a_clock_of_the_case_is_warned_of_or_breached() -> None:
    desk = ReferralsDesk()
    programme = a_programme(desk)
    worker_id = desk.referrals.records.get(programme.state.referral_id).state.worker_id

    for weeks in (5, 2):
        desk.clock.advance(timedelta(weeks=weeks, days=1))
        desk.clocks.keep(programme.id, cause=of_schedule("clocks", programme.id))

    told = [e for e in desk.programmes.told() if e.type in ("clock.warned", "clock.breached")]
    assert {envelope.type for envelope in told} == {"clock.warned", "clock.breached"}
    assert {envelope.data["worker_id"] for envelope in told} == {worker_id}
    assert worker_id is not None


def test_a_referral_that_nobody_has_taken_on_names_no_worker() -> None:
    desk = ReferralsDesk()
    waiting, taken = desk.taken_in(an_event()), desk.taken_in(an_event(data__referral_reference="REF-0008"))
    accept_referral(
        taken.id, worker_id="adviser-7", referrals=desk.referrals.records, clock=desk.clock, cause=a_command()
    )

    desk.clock.advance(timedelta(days=30))
    desk.clocks.keep(waiting.id, cause=of_schedule("clocks", waiting.id))

    breached = [envelope for envelope in desk.referrals.told() if envelope.type == "clock.breached"]
    assert [(one.subject, one.data.get("worker_id")) for one in breached] == [(waiting.id, None)]
