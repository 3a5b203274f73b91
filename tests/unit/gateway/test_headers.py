from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.support.gateway_fakes import FakeServices, sign_in_by_page, signed_in

PAGES = [
    "/",
    "/sign-in",
    "/referrals",
    "/referrals/ref-1",
    "/find-a-personal-assistant",
    "/make-a-referral",
    "/raise-a-concern",
    "/problems",
    "/nothing-here",
    "/api/v1/docs",
]


@pytest.mark.parametrize("place", [*PAGES, "/healthz", "/api/v1/referrals", "/api/v1/openapi.json"])
def test_every_answer_forbids_what_comes_from_elsewhere(browser: FlaskClient, place: str) -> None:
    headers = browser.get(place, headers={"Accept": "text/html"}).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("place", PAGES)
def test_no_page_holds_a_script_or_style_of_its_own_or_from_elsewhere(browser: FlaskClient, place: str) -> None:
    sign_in_by_page(browser, "demo-adviser-ce")

    page = browser.get(place, headers={"Accept": "text/html"}).get_data(as_text=True)

    assert not re.search(r"<script(?![^>]*\bsrc=\"/static/)", page)
    assert "<style" not in page
    assert not re.search(r"\s(?:on\w+|style)=\"", page)
    assert not re.search(r"(?:src|action)=\"(?:https?:)?//", page)


def test_styles_may_be_kept(browser: FlaskClient) -> None:
    with browser.get("/static/steward.css") as answer:
        assert "max-age=3600" in answer.headers["Cache-Control"]


def test_over_tls_browsers_are_told_to_stay_there(client: FlaskClient) -> None:
    plain = client.get("/healthz")
    secure = client.get("/healthz", base_url="https://localhost")

    assert "Strict-Transport-Security" not in plain.headers
    assert "Strict-Transport-Security" in secure.headers


def test_over_tls_the_cookie_stays_on_tls(browser: FlaskClient, services: FakeServices) -> None:
    answer = browser.post(
        "/sign-in",
        data={"person": "demo-ops"},
        base_url="https://localhost",
        headers={"Origin": "https://localhost"},
    )

    assert "Secure" in answer.headers["Set-Cookie"]


def test_answers_never_say_what_they_are_served_by(client: FlaskClient) -> None:
    headers = client.get("/api/v1/referrals", headers=signed_in("adviser")).headers

    assert "Server" not in headers
    assert "X-Powered-By" not in headers
