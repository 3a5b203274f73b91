from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from gateway.session import COOKIE
from tests.support.gateway_fakes import FROM_PAGE, FakeServices, sign_in_by_page, signed_in

PERSON = {"person": "demo-adviser-ce", "next": "/referrals"}


def test_the_sign_in_page_lists_the_demo_people_by_role(browser: FlaskClient) -> None:
    page = browser.get("/sign-in").get_data(as_text=True)

    assert "Alex Example" in page
    assert "Named safeguarding lead" in page or "named safeguarding lead" in page


def test_signing_in_sets_a_cookie_that_scripts_and_other_sites_cannot_use(browser: FlaskClient) -> None:
    answer = browser.post("/sign-in", data=PERSON, headers=FROM_PAGE)

    cookie = answer.headers["Set-Cookie"]
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/referrals"
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_a_signed_in_browser_may_do_what_its_person_may(browser: FlaskClient, services: FakeServices) -> None:
    sign_in_by_page(browser, "demo-adviser-ce")

    answer = browser.get("/api/v1/referrals/ref-1")

    assert answer.status_code == 200
    assert services.asked("get_referral").caller.actor_id == "demo-adviser-ce"


@pytest.mark.parametrize("place", ["https://evil.example", "//evil.example", "/\\evil.example", "evil.example", ""])
def test_signing_in_never_leads_away(browser: FlaskClient, place: str) -> None:
    answer = browser.post("/sign-in", data=PERSON | {"next": place}, headers=FROM_PAGE)

    assert answer.headers["Location"] == "/"


def test_nobody_else_can_be_signed_in_as(browser: FlaskClient) -> None:
    answer = browser.post("/sign-in", data={"person": "root"}, headers=FROM_PAGE)

    assert answer.status_code == 422
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Referer": "https://evil.example/localhost"},
        {"Origin": "http://localhost.evil.example"},
        FROM_PAGE | {"Sec-Fetch-Site": "cross-site"},
        FROM_PAGE | {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_change_that_another_site_makes_a_browser_send_is_refused(
    browser: FlaskClient, services: FakeServices, headers: dict[str, str]
) -> None:
    sign_in_by_page(browser, "demo-adviser-ce")

    answer = browser.post("/api/v1/referrals/ref-1/accept", json={}, headers=headers)

    assert answer.status_code == 403
    assert services.calls == []


def test_a_change_from_our_own_page_is_taken(browser: FlaskClient, services: FakeServices) -> None:
    sign_in_by_page(browser, "demo-adviser-ce")

    for headers in (FROM_PAGE, {"Referer": "http://localhost/referrals"}):
        assert browser.post("/api/v1/referrals/ref-1/accept", json={}, headers=headers).status_code == 200


@pytest.mark.parametrize("place", ["/sign-in", "/sign-out"])
def test_another_site_cannot_sign_a_browser_in_or_out(browser: FlaskClient, place: str) -> None:
    answer = browser.post(place, data=PERSON, headers={"Origin": "https://evil.example"})

    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_a_bearer_token_needs_no_origin(client: FlaskClient) -> None:
    answer = client.post("/api/v1/referrals/ref-1/accept", json={}, headers=signed_in("adviser"))

    assert answer.status_code == 200


def test_signing_out_forgets_the_token(browser: FlaskClient) -> None:
    sign_in_by_page(browser, "demo-adviser-ce")

    browser.post("/sign-out", headers=FROM_PAGE)

    assert browser.get_cookie(COOKIE) is None
    assert browser.get("/api/v1/referrals/ref-1").status_code == 401


def test_a_cookie_that_is_no_token_is_a_visitor_who_must_sign_in(browser: FlaskClient) -> None:
    browser.set_cookie(COOKIE, "rubbish")

    assert browser.get("/").status_code == 200
    assert browser.get("/api/v1/referrals").status_code == 401


def test_with_a_real_identity_provider_there_is_no_demo_sign_in(client: FlaskClient) -> None:
    assert client.get("/sign-in").status_code == 404
    assert client.post("/sign-in", data=PERSON, headers=FROM_PAGE).status_code == 404


def test_with_a_real_identity_provider_cookies_sign_nobody_in(client: FlaskClient) -> None:
    token = signed_in("adviser")["Authorization"].removeprefix("Bearer ")
    client.set_cookie(COOKIE, token)

    assert client.get("/api/v1/referrals").status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example"])
def test_a_page_that_rebinds_its_name_to_this_machine_finds_nobody_home(browser: FlaskClient, host: str) -> None:
    answer = browser.post("/sign-in", data=PERSON, headers={"Host": host, "Origin": f"http://{host}"})

    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000"])
def test_this_machines_own_names_are_answered(browser: FlaskClient, host: str) -> None:
    assert browser.get("/healthz", headers={"Host": host}).status_code == 200
