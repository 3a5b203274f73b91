from __future__ import annotations

import pytest

from services.notifications.schemas import notification_out
from shared.context import Caller
from shared.errors import NotFound
from shared.events.safeguarding import ConcernRaised
from tests.unit.notifications.builders import EVENTS, NotificationDesk, a_caller, a_referral_accepted

ALERT = next(event for event in EVENTS if isinstance(event, ConcernRaised))


@pytest.mark.parametrize("role", ["safeguarding_team", "safeguarding_lead", "ops", "dpo"])
def test_safeguarding_messages_are_seen_by_those_who_may_know_of_them(role: str) -> None:
    desk = NotificationDesk()
    [alert_id] = desk.tell(ALERT)
    caller = a_caller(roles=(role,))

    assert desk.store.notification_for(alert_id, caller).id == alert_id
    assert [stored.id for stored in desk.store.notifications_seen_by(caller).items] == [alert_id]


@pytest.mark.parametrize(
    "caller",
    [
        a_caller(),
        a_caller(roles=("brokerage_team",)),
        a_caller(roles=("ops",), councils=("cambridgeshire-peterborough",)),
    ],
    ids=["an adviser", "the brokerage team", "another council's operator"],
)
def test_for_everyone_else_they_do_not_exist(caller: Caller) -> None:
    desk = NotificationDesk()
    [alert_id] = desk.tell(ALERT)

    with pytest.raises(NotFound) as refused:
        desk.store.notification_for(alert_id, caller)

    assert refused.value.detail == f"there is no notification {alert_id}"
    assert desk.store.notifications_seen_by(caller).items == []


def test_messages_are_found_by_state_and_party() -> None:
    desk = NotificationDesk()
    desk.know()
    [sent] = desk.tell(a_referral_accepted())
    desk.send(sent)
    pending = desk.tell(a_referral_accepted(person_id="per-0008"))

    caller = a_caller()
    assert [s.id for s in desk.store.notifications_seen_by(caller, state="sent").items] == [sent]
    assert [s.id for s in desk.store.notifications_seen_by(caller, state="pending").items] == pending
    assert [s.id for s in desk.store.notifications_seen_by(caller, party_id="per-0007").items] == [sent]


def test_what_is_shown_of_a_message_is_not_what_it_said_nor_where_it_went() -> None:
    desk = NotificationDesk()
    desk.know()
    [notification_id] = desk.tell(a_referral_accepted())
    desk.send(notification_id)

    shown = notification_out(desk.store.notification_for(notification_id, a_caller()))

    assert shown["state"] == "sent"
    assert shown["channel"] == "email"
    assert not any(word in str(shown) for word in ("ref-1", "Sample Person", "@"))
