from __future__ import annotations

import json

import pytest

from services.safeguarding.errors import CouncilOutOfScope
from shared.errors import Invalid, KeyReused
from tests.unit.safeguarding.builders import SafeguardingDesk, a_caller, a_command


def test_a_concern_and_its_alert_are_told_in_one_write() -> None:
    desk = SafeguardingDesk()

    stored = desk.raise_concern(urgent=True)

    raised, alert = desk.concerns.told()
    assert (raised.type, raised.subject, raised.sequence) == ("concern.raised", stored.id, 1)
    assert (alert.type, alert.subject, alert.sequence) == ("alert.raised", stored.state.alert.alert_id, 1)
    assert alert.data["concern_id"] == stored.id
    assert alert.data["priority"] == raised.data["priority"] == "urgent"
    assert alert.partitionkey == f"alert:{stored.state.alert.alert_id}"
    assert desk.concerns.nudged == [stored.id]


def test_what_is_alleged_stays_inside_the_store() -> None:
    desk = SafeguardingDesk()

    stored = desk.raise_concern(description="Words of Sample Person 0007", wishes="To stay at home")

    told = json.dumps([envelope.as_json() for envelope in desk.concerns.told()])
    assert stored.state.description == "Words of Sample Person 0007"
    assert "Words" not in told
    assert "stay at home" not in told


def test_consent_left_out_needs_the_reason_why_asking_raises_the_risk() -> None:
    desk = SafeguardingDesk()

    with pytest.raises(Invalid) as refused:
        desk.raise_concern(consent_sought=False)

    assert [error.field for error in refused.value.errors] == ["consent_not_sought_reason"]
    stored = desk.raise_concern(consent_sought=False, consent_not_sought_reason="The alleged person opens the post")
    assert stored.state.consent.not_sought_reason == "The alleged person opens the post"


def test_an_id_of_someone_alleged_needs_their_kind() -> None:
    with pytest.raises(Invalid) as refused:
        SafeguardingDesk().raise_concern(alleged_kind=None, alleged_id="pa-0001")

    assert [error.field for error in refused.value.errors] == ["alleged_kind"]


def test_a_concern_is_raised_only_with_a_council_of_the_callers_scope() -> None:
    desk = SafeguardingDesk()

    with pytest.raises(CouncilOutOfScope):
        desk.raise_concern(council_id="cambridgeshire-peterborough")

    assert desk.concerns.told() == []


def test_the_same_key_raises_one_concern_and_other_content_under_it_is_refused() -> None:
    desk = SafeguardingDesk()
    caller = a_caller("adviser-1")

    first = desk.raise_concern(cause=a_command(caller, key="k", payload={"a": 1}))
    again = desk.raise_concern(cause=a_command(caller, key="k", payload={"a": 1}))

    assert again == first
    assert desk.concerns.types_told() == ["concern.raised", "alert.raised"]
    with pytest.raises(KeyReused):
        desk.raise_concern(cause=a_command(caller, key="k", payload={"a": 2}))


def test_the_alert_is_due_after_the_minutes_of_the_councils_policy() -> None:
    stored = SafeguardingDesk(minutes=45).raise_concern()

    alert = stored.state.alert
    assert (alert.due_at - alert.raised_at).total_seconds() == 45 * 60


def test_a_policy_without_a_time_makes_the_alert_due_at_once_and_never_holds_the_concern_back() -> None:
    stored = SafeguardingDesk(minutes=None).raise_concern()

    assert stored.state.alert.due_at == stored.state.alert.raised_at
