"""Which clocks a referral starts, by council, source and urgency; how they stop, and that a breach is told once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from services.referrals.handlers.answering import accept_referral
from services.referrals.plugin import PLUGIN
from services.referrals.store import CLOCK_BEARING, CLOCKS_DUE, COLLECTIONS
from shared.messaging.cause import of_schedule
from shared.messaging.scheduling import DueWork
from tests.support.scheduling import a_scheduler
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, a_command, an_event
from tests.unit.referrals.payment_builders import a_running_payment

RECEIVED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
C1_DUE = datetime(2026, 3, 9, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("council_id", "source", "urgency", "started"),
    [
        pytest.param(CE, "adult-social-care", "standard", ["C1"], id="CE 4.3 from adult social care"),
        pytest.param(CE, "adult-social-care", "urgent", ["C1"], id="CE 4.3 urgent: no 24 hours in this council"),
        pytest.param(CE, "adult-social-care", "emergency", [], id="CE 4.3 an emergency has no number"),
        pytest.param(CE, "self", "standard", [], id="CE 4.3 a self-referral has no number"),
        pytest.param(CE, "other", "standard", [], id="CE 4.3 others have no number"),
        pytest.param(CP, "adult-social-care", "standard", [], id="CP 6.4 C1 is unset: no clock"),
        pytest.param(CP, "adult-social-care", "urgent", ["C6"], id="CP 6.4 urgent: 24 hours"),
        pytest.param(CP, "self", "urgent", ["C6"], id="CP 6.4 urgent, whoever refers"),
    ],
)
def test_clocks_start_as_the_councils_clauses_say(
    council_id: str, source: str, urgency: str, started: list[str]
) -> None:
    desk = ReferralsDesk(at=RECEIVED)

    stored = desk.taken_in(an_event(council_id=council_id, data__source=source, data__urgency=urgency), council_id)

    assert [clock.rule for clock in stored.state.clocks] == started
    assert desk.referrals.types_told().count("clock.started") == len(started)


def test_the_response_clock_runs_to_the_end_of_the_fifth_working_day() -> None:
    desk = ReferralsDesk(at=RECEIVED)

    (clock,) = desk.taken_in(an_event()).state.clocks

    assert (clock.due_at, clock.clause, clock.policy) == (C1_DUE, "CE 4.3", "cheshire-east/2019-04-01")
    assert sum(step["counted"] for step in clock.explanation["steps"]) == 5


def test_the_clock_of_an_incomplete_referral_runs_from_its_receipt() -> None:
    desk = ReferralsDesk(at=RECEIVED)
    desk.take_in(an_event(data__care_and_support_plan=None))
    desk.clock.advance(timedelta(days=2))

    (clock,) = desk.taken_in(an_event()).state.clocks

    assert clock.started_at == RECEIVED


def test_an_urgent_start_is_due_24_hours_after_receipt() -> None:
    desk = ReferralsDesk(at=RECEIVED)

    (clock,) = desk.taken_in(an_event(council_id=CP, data__urgency="urgent"), CP).state.clocks

    assert clock.due_at == RECEIVED + timedelta(hours=24)


@pytest.mark.parametrize(
    ("answered_at", "state", "in_time"),
    [
        pytest.param(C1_DUE, "stopped", True, id="23:59:59 of the last day"),
        pytest.param(C1_DUE + timedelta(milliseconds=999), "stopped", True, id="the last second, whole"),
        pytest.param(C1_DUE + timedelta(seconds=1), "stopped_late", False, id="midnight"),
    ],
)
def test_an_answer_on_the_last_day_is_in_time_and_one_at_midnight_is_late(
    answered_at: datetime, state: str, in_time: bool
) -> None:
    desk = ReferralsDesk(at=RECEIVED)
    stored = desk.taken_in(an_event())
    desk.clock.at = answered_at

    accepted = accept_referral(
        stored.id, worker_id="worker-1", referrals=desk.referrals.records, clock=desk.clock, cause=a_command()
    )

    assert accepted.state.clocks[0].state == state
    assert desk.referrals.told()[-1].data["in_time"] is in_time


def test_a_breach_is_told_once_and_only_after_the_last_second() -> None:
    desk = ReferralsDesk(at=RECEIVED)
    stored = desk.taken_in(an_event())

    for at in (C1_DUE, C1_DUE + timedelta(seconds=1), C1_DUE + timedelta(days=3)):
        desk.clock.at = at
        sweep(desk)

    told = [envelope for envelope in desk.referrals.told() if envelope.type == "clock.breached"]
    assert [(envelope.subject, envelope.time) for envelope in told] == [(stored.id, C1_DUE + timedelta(seconds=1))]


def test_the_sweep_leaves_alone_what_is_neither_soon_due_nor_overdue() -> None:
    desk = ReferralsDesk(at=RECEIVED)
    desk.taken_in(an_event())
    before = desk.everything()

    desk.clock.at = RECEIVED + timedelta(days=1)
    swept = sweep(desk)

    assert swept == 0
    assert desk.everything() == before


def test_an_answer_that_is_soon_due_is_warned_of_once_as_the_pack_says() -> None:
    desk = ReferralsDesk(at=RECEIVED)
    desk.taken_in(an_event())

    for at in (C1_DUE, C1_DUE, C1_DUE):
        desk.clock.at = at
        sweep(desk)

    assert [type for type in desk.referrals.types_told() if type.startswith("clock.")] == [
        "clock.started",
        "clock.warned",
    ]


def test_a_breached_clock_is_stopped_late_and_no_longer_overdue() -> None:
    desk = ReferralsDesk(at=RECEIVED)
    stored = desk.taken_in(an_event())
    desk.clock.at = C1_DUE + timedelta(days=1)
    sweep(desk)

    accept_referral(
        stored.id, worker_id="worker-1", referrals=desk.referrals.records, clock=desk.clock, cause=a_command()
    )

    (document,) = desk.everything()["referrals"]
    assert (document["state"]["overdue"], document["state"]["next_due_at"]) == (False, None)
    assert document["state"]["clocks"][0]["state"] == "stopped_late"


def test_a_direct_payment_programmes_its_two_checks_from_the_day_it_runs() -> None:
    desk = ReferralsDesk(at=RECEIVED)

    payment = a_running_payment(desk, date(2026, 2, 23))

    due = {clock.rule: clock.due_at.date() for clock in payment.state.clocks if clock.state == "running"}
    assert due == {"C3": date(2026, 3, 23), "C4": date(2026, 6, 23)}
    assert desk.direct_payments.types_told()[-2:] == ["clock.started", "clock.started"]
    assert {clock.rule for clock in desk.referrals.records.get(payment.state.referral_id).state.clocks} == {"C1"}


def sweep(desk: ReferralsDesk) -> int:
    """One sweep of the service; how many referrals it took up."""

    def keep(referral_id: str) -> None:
        desk.clocks.keep(referral_id, cause=of_schedule("clocks", referral_id))

    due = next(due for due in CLOCKS_DUE if due.collection.name == "referrals")
    return a_scheduler(desk.clock).sweep(DueWork(due=due, documents=desk.referrals.documents, do=keep))


def test_every_collection_with_clocks_is_kept_swept_and_listed() -> None:
    with_clocks = {c.name for c in COLLECTIONS if any(field.path == "state.clock_ids" for field in c.fields)}
    desk = ReferralsDesk()

    kept = desk.clocks.bearing

    assert {collection.name for collection in CLOCK_BEARING} == with_clocks == set(PLUGIN.clocks)
    assert {due.collection.name for due in CLOCKS_DUE} == with_clocks
    assert len({each.prefix for each in kept}) == len(kept) == len(CLOCK_BEARING)
