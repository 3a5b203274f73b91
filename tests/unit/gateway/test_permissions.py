from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gateway.api import operation_of
from gateway.permissions import PUBLIC, BadPermissions, load_permissions, packaged_permissions
from shared.errors import Forbidden, Unauthenticated
from shared.events.catalogue import streams
from tests.support.gateway_fakes import FakeServices, signed_in

TABLE = packaged_permissions()
SMALL = """
roles: {public: anyone, adviser: an adviser, ops: an operator}
groups: {staff: [adviser, ops]}
operations:
  a.read: {roles: [staff], why: Staff only.}
  a.see: {roles: [public], why: Anyone may.}
streams: {}
"""


def operations(app: Flask) -> dict[str, str | None]:
    """Every route's operation."""
    return {
        f"{sorted(rule.methods or ())} {rule.rule}": operation_of(app.view_functions[rule.endpoint])
        for rule in app.url_map.iter_rules()
    }


def test_every_route_names_an_operation_of_the_table(app: Flask, development_app: Flask) -> None:
    for served in (app, development_app):
        strangers = {route: name for route, name in operations(served).items() if not TABLE.knows(name or "")}

        assert strangers == {}


def test_every_operation_of_the_table_is_some_routes(app: Flask) -> None:
    assert set(TABLE.rules) - set(operations(app).values()) == set()


def test_a_route_that_names_no_operation_is_nobodys(app: Flask, services: FakeServices) -> None:
    planted = Flask("planted")
    planted.add_url_rule("/planted", view_func=lambda: "reached")

    assert operations(planted)["['GET', 'HEAD', 'OPTIONS'] /planted"] is None
    with pytest.raises(Forbidden, match="in no rule"):
        TABLE.check("planted", ("ops",), signed_in=True)


@pytest.mark.parametrize("role", [role for role in TABLE.roles if role != PUBLIC])
def test_only_the_roles_of_a_rule_may_accept_a_referral(client: FlaskClient, role: str) -> None:
    answer = client.post("/api/v1/referrals/ref-1/accept", json={}, headers=signed_in(role))

    allowed = role in {"adviser", "dpss_manager", "brokerage_team"}
    assert answer.status_code == (200 if allowed else 403)


def test_a_denial_says_which_rule_and_who_may(client: FlaskClient, services: FakeServices) -> None:
    answer = client.post("/api/v1/referrals/ref-1/accept", json={}, headers=signed_in("commissioner"))

    detail = answer.get_json()["detail"]
    assert "referrals.accept" in detail
    assert "CE 4.3" in detail
    assert "brokerage_team" in detail
    assert services.calls == []


def test_a_denial_says_nothing_of_the_record(client: FlaskClient, services: FakeServices) -> None:
    answers = [
        client.get(f"/api/v1/concerns/{concern_id}", headers=signed_in("adviser")).get_json()
        for concern_id in ("concern-1", "no-such-concern")
    ]

    assert answers[0]["detail"] == answers[1]["detail"]
    assert services.calls == []


def test_someone_not_signed_in_is_asked_to_sign_in(client: FlaskClient) -> None:
    assert client.get("/api/v1/referrals").status_code == 401


@pytest.mark.parametrize(
    "role", ["adviser", "dpss_manager", "ops", "dpo", "commissioner", "social_worker", "subscriber"]
)
@pytest.mark.parametrize("place", ["concerns", "concerns/c-1", "alerts", "streams/alerts"])
def test_nobody_but_safeguarding_sees_concerns_or_alerts(client: FlaskClient, role: str, place: str) -> None:
    assert client.get(f"/api/v1/{place}", headers=signed_in(role)).status_code == 403


@pytest.mark.parametrize("operation", ["subscribe", "change_secret", "enable"])
def test_only_the_councils_own_team_says_where_alerts_are_sent_and_learns_a_secret(operation: str) -> None:
    assert TABLE.rules[f"webhooks.{operation}"].roles == {"safeguarding_team"}


@pytest.mark.parametrize("role", ["adviser", "dpss_manager", "safeguarding_lead", "council_system", "subscriber"])
@pytest.mark.parametrize("place", ["webhooks", "webhooks/whk-1", "webhooks/whk-1/deliveries"])
def test_who_has_no_business_with_webhooks_does_not_see_them(client: FlaskClient, role: str, place: str) -> None:
    assert client.get(f"/api/v1/{place}", headers=signed_in(role)).status_code == 403


def test_whoever_holds_a_fund_cannot_agree_its_plan_or_take_money_in() -> None:
    holders = ("isf_provider", "support_broker")

    assert not TABLE.allows("funds.agree_plan", holders)
    assert not TABLE.allows("funds.take_payment_in", holders)


def test_nobody_vouches_for_themselves() -> None:
    assert TABLE.allows("personal_assistants.amend", ("personal_assistant",))
    assert not TABLE.allows("personal_assistants.record_check", ("personal_assistant",))
    assert not TABLE.allows("personal_assistants.publish", ("personal_assistant",))


def test_commissioners_see_no_list_of_people() -> None:
    for operation in ("referrals.list", "personal_assistants.list", "personal_assistants.search"):
        assert not TABLE.allows(operation, ("commissioner",))


def test_every_stream_of_events_is_shown_to_someone_or_to_nobody_on_purpose() -> None:
    hidden = {"contact", "pacontact", "result", "whistleblowing"}

    shown = set(TABLE.streams["events"])
    assert shown | hidden == set(streams())
    assert shown & {name for name, stream in streams().items() if stream.personal_data} == set()


def test_safeguardings_causes_are_streamed_to_safeguarding_only() -> None:
    for name in TABLE.streams:
        for stream in ("concern", "alert"):
            assert TABLE.streams[name][stream].see == {"safeguarding_team", "safeguarding_lead"}


def test_groups_spread_into_roles() -> None:
    table = load_permissions(SMALL)

    assert table.rules["a.read"].roles == {"adviser", "ops"}
    assert table.allows("a.see", ())


def test_whoever_is_not_signed_in_is_refused_differently_from_whoever_may_not() -> None:
    table = load_permissions(SMALL)

    with pytest.raises(Unauthenticated):
        table.check("a.read", (PUBLIC,), signed_in=False)
    with pytest.raises(Forbidden):
        table.check("a.read", (PUBLIC,), signed_in=True)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (SMALL.replace("[staff]", "[stranger]"), "no role stranger"),
        (SMALL.replace("Staff only.", "staff"), "must be a sentence"),
        (SMALL.replace("streams: {}", "streams: {s: {a: {see: [ops], data: [adviser]}}}"), "among those who see it"),
    ],
)
def test_a_wrong_table_stops_the_process_with_a_sentence(text: str, wrong: str) -> None:
    with pytest.raises(BadPermissions, match=wrong):
        load_permissions(text)
