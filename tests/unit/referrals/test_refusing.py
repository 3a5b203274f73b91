"""A refusal is closed when its reason, the spoken word and the letter are all recorded (CE 4.3)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.referrals.errors import NotRefused, RefusalNotTold
from services.referrals.handlers.answering import close_referral
from services.referrals.handlers.refusing import record_letter, record_refusal_act, refuse_referral
from services.referrals.model.referral import Referral
from services.referrals.schemas.waiting import refusal_out
from shared.errors import Invalid
from shared.events.notifications import NotificationSent
from shared.messaging.aggregates import Stored
from tests.support.clocks import A_MONDAY_MORNING
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, a_command, an_adviser, an_event

TODAY = date(2026, 3, 2)


def refused(desk: ReferralsDesk, council_id: str = CE, **event: Any) -> Stored[Referral]:
    stored = desk.taken_in(an_event(council_id=council_id, **event), council_id)
    return refuse_referral(
        stored.id,
        reason="not-resident",
        told_verbally_on=TODAY if council_id == CE else None,
        referrals=desk.referrals.records,
        rules=desk.rules,
        clock=desk.clock,
        cause=a_command(an_adviser(councils=(council_id,))),
    )


def close(desk: ReferralsDesk, stored: Stored[Referral]) -> Stored[Referral]:
    return close_referral(
        stored.id,
        reason="the refusal is told",
        referrals=desk.referrals.records,
        clock=desk.clock,
        cause=a_command(an_adviser(councils=(stored.council_id,))),
    )


def sent(stored: Stored[Referral], **changes: Any) -> NotificationSent:
    plain: dict[str, Any] = {
        "notification_id": "ntf-1",
        "party_id": stored.state.referrer_id,
        "channel": "email",
        "template": "referral-refused-referrer",
        "about": stored.id,
    }
    return NotificationSent(**plain | changes)


def confirm(desk: ReferralsDesk, event: NotificationSent) -> bool:
    return record_letter(event, referrals=desk.referrals.records, at=A_MONDAY_MORNING, cause=a_command())


def test_a_refusal_says_who_refused_why_and_what_is_still_to_be_done() -> None:
    desk = ReferralsDesk()

    refusal = refused(desk).state.refusal

    assert refusal is not None
    assert (refusal.reason, refusal.refused_by, refusal.told_verbally_on) == ("not-resident", "adviser-1", TODAY)
    assert refusal.lacking() == ["written"]


def test_a_refusal_is_not_closed_before_the_letter_went() -> None:
    desk = ReferralsDesk()
    stored = refused(desk)

    with pytest.raises(RefusalNotTold, match="written"):
        close(desk, stored)

    assert confirm(desk, sent(stored))
    assert close(desk, stored).state.status == "closed"
    assert desk.referrals.types_told()[-2:] == ["referral.refusal.told_in_writing", "referral.closed"]


def test_the_letter_is_recorded_once_with_the_channel_it_went_by() -> None:
    desk = ReferralsDesk()
    stored = refused(desk)

    confirm(desk, sent(stored, channel="letter"))
    confirm(desk, sent(stored, notification_id="ntf-2", channel="email"))

    refusal = desk.referrals.records.get(stored.id).state.refusal
    assert refusal is not None
    assert (refusal.written_by, refusal.written_how, refusal.written_on) == ("notifications", "letter", TODAY)
    assert desk.referrals.types_told().count("referral.refusal.told_in_writing") == 1


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"channel": "sms"}, id="a text message is no writing"),
        pytest.param({"channel": "phone"}, id="a call is no writing"),
        pytest.param({"party_id": "per-somebody"}, id="to somebody else than who referred"),
        pytest.param({"template": "referral-waiting-referrer"}, id="about something else"),
        pytest.param({"about": None}, id="about no referral"),
        pytest.param({"about": "ref-that-is-not-here"}, id="about no referral of ours"),
    ],
)
def test_another_message_is_not_the_letter(changes: dict[str, Any]) -> None:
    desk = ReferralsDesk()
    stored = refused(desk)

    confirm(desk, sent(stored, **changes))

    refusal = desk.referrals.records.get(stored.id).state.refusal
    assert refusal is not None
    assert refusal.lacking() == ["written"]


def test_to_someone_who_referred_themselves_their_own_letter_is_the_writing() -> None:
    desk = ReferralsDesk()
    stored = refused(desk, data__source="self", data__referrer=None)

    confirm(desk, sent(stored, party_id=stored.state.person_id, template="referral-refused"))

    refusal = desk.referrals.records.get(stored.id).state.refusal
    assert refusal is not None
    assert refusal.lacking() == []


def test_an_act_is_recorded_by_hand_where_nothing_could_be_sent() -> None:
    desk = ReferralsDesk()
    stored = refused(desk)

    recorded = record_refusal_act(
        stored.id,
        act="written",
        told_on=TODAY,
        how="letter handed over",
        referrals=desk.referrals.records,
        clock=desk.clock,
        cause=a_command(),
    )

    assert recorded.state.refusal is not None
    assert (recorded.state.refusal.written_by, recorded.state.refusal.written_how) == (
        "adviser-1",
        "letter handed over",
    )


@pytest.mark.parametrize("act", ["verbal", "written"])
def test_an_act_lies_in_the_past_and_belongs_to_a_refusal(act: str) -> None:
    desk = ReferralsDesk()
    tools: dict[str, Any] = {"referrals": desk.referrals.records, "clock": desk.clock, "how": None}
    stored = desk.taken_in(an_event())

    with pytest.raises(Invalid):
        record_refusal_act(stored.id, act=act, told_on=date(2026, 3, 3), cause=a_command(), **tools)
    with pytest.raises(NotRefused):
        record_refusal_act(stored.id, act=act, told_on=TODAY, cause=a_command(), **tools)


def test_where_the_policy_asks_for_writing_only_the_spoken_word_is_not_waited_for() -> None:
    desk = ReferralsDesk()
    stored = refused(desk, CP)

    assert stored.state.refusal is not None
    assert stored.state.refusal.acts == ("written",)


def test_refusals_are_kept_with_the_fields_of_the_waiting_list_and_counted_by_reason() -> None:
    desk = ReferralsDesk()
    stored = refused(desk, data__client_groups=["autism"])
    confirm(desk, sent(stored))
    close(desk, stored)

    (found,) = desk.store.refusals_seen_by(an_adviser(), council_id=CE, after=None, limit=10).items
    line = refusal_out(found, desk.persons.records.get(found.state.person_id).state)
    since, until = A_MONDAY_MORNING.replace(day=1), A_MONDAY_MORNING.replace(day=30)
    figures = desk.store.figures(CE, since=since, until=until)

    assert (line["social_care_number"], line["born_on"], line["client_category"]) == (
        "P-00007",
        "1961-04-05",
        ["autism"],
    )
    assert line["refusal"]["lacking"] == []
    assert figures["refusal_reason"] == {"not-resident": 1}
