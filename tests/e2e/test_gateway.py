"""The gateway before the real services, on one machine: its answers, its live streams, its pages, in real browsers too."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from gateway.commands import development_token
from gateway.documents import openapi
from shared.clock import SettableClock
from shared.samples.journey import CE, CP, Journey, play
from tests.support.browsing import PATIENCE_MS, a_browser
from tests.support.documented_answers import AnswerCheck, watched
from tests.support.platforms import embedded
from tests.support.waiting import patience

pytestmark = pytest.mark.timeout(120)
JOURNEY_ANSWERS = 25
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1200, "height": 900}


@dataclass(frozen=True, kw_only=True)
class Platform:
    """A running platform, and how to sign in to it."""

    address: str
    data_dir: Path

    @property
    def clock(self) -> SettableClock:
        return SettableClock(self.data_dir / "clock.json")

    def journey(self) -> Journey:
        """A journey of its own on this platform."""
        sign_in = partial(development_token, data_dir=self.data_dir, clock=self.clock)
        run = f"gw{secrets.token_hex(3)}"
        return Journey(address=self.address, sign_in=sign_in, clock=self.clock, say=lambda _: None, run=run)

    def submit(self, reference: str) -> str:
        """One referral; its id."""
        body = {
            "council_id": CE,
            "referral_reference": reference,
            "person": {"person_reference": reference, "name": "Sample Person 0001"},
        }
        return str(self.journey().as_role("adviser", CE).post("/referrals", body)["id"])


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One embedded platform for all tests of this module."""
    folder = tmp_path_factory.mktemp("gateway")
    with embedded(folder) as (_, address):
        yield Platform(address=address, data_dir=folder / "data")


def test_every_answer_is_as_documented(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    journey, check = platform.journey(), AnswerCheck(document=openapi())

    with watched(check, monkeypatch, platform.address):
        play(journey)
        look_at_everything(journey)

    assert check.findings == set()
    assert len(check.answered) >= JOURNEY_ANSWERS


def look_at_everything(journey: Journey) -> None:
    """Reads what the journey itself only changes."""
    team, manager = journey.as_role("safeguarding_team", CE), journey.as_role("dpss_manager", CE)
    concern = team.get("/concerns")["items"][0]
    team.get(f"/concerns/{concern['id']}/history")
    team.post(f"/concerns/{concern['id']}/triage", {"procedures_apply": True, "reason": "Sample."})
    team.post(f"/concerns/{concern['id']}/section-42-decision", {"decision": "no-enquiry", "reason": "Sample."})
    team.post(f"/concerns/{concern['id']}/conclude", {"outcome": "Sample.", "restriction_lifted": True})
    referral = manager.get("/referrals")["items"][0]
    manager.get(f"/referrals/{referral['id']}/history")
    manager.get(f"/people/{referral['person_id']}/communication-needs")
    clock = manager.get(f"/clocks?council_id={CE}")["items"][0]
    for narrowed in (
        f"rule={clock['rule']}",
        f"state={clock['state']}",
        f"record_id={clock['record_id']}",
        "overdue=false",
    ):
        manager.get(f"/clocks?{narrowed}")
    manager.get(f"/clocks/{clock['id']}")
    for place in ("/personal-assistants", "/personal-assistants/summary", "/policies", f"/policies/{CE}"):
        manager.get(place)
    finance = journey.as_role("finance_officer", CP)
    fund = finance.get("/funds")["items"][0]
    finance.get(f"/funds/{fund['id']}/entries")
    ops = journey.as_role("ops", "*")
    ops.get("/operations/health")
    ops.get("/operations/parked/referrals")


def test_a_stream_that_was_cut_goes_on_without_loss_and_tells_nothing_twice(platform: Platform) -> None:
    adviser = platform.journey().as_role("adviser", CE)
    with adviser.stream("/streams/events") as events:
        first = platform.submit(f"cut-{secrets.token_hex(4)}")
        told = next(event for event in events if event["data"]["subject"] == first)

    second, third = (platform.submit(f"cut-{secrets.token_hex(4)}") for _ in range(2))
    with adviser.stream("/streams/events", after=told["id"]) as events:
        missed = list(until_told_of(third, events))

    submitted = [event["subject"] for event in missed if event["type"] == "referral.submitted"]
    assert [subject for subject in submitted if subject in (second, third)] == [second, third]
    assert len({event["id"] for event in missed}) == len(missed)
    assert told["data"]["id"] not in {event["id"] for event in missed}


def until_told_of(subject: str, events: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The events of a stream up to the first one about a record."""
    for event in events:
        yield event["data"]
        if event["data"]["subject"] == subject:
            return


def test_each_bad_thing_gets_its_own_clear_problem(platform: Platform) -> None:
    token = platform.journey().sign_in(role="adviser", councils=(CE,))
    call = partial(requests.request, headers={"Authorization": f"Bearer {token}"}, timeout=patience(10))
    base = f"{platform.address}/api/v1"

    answers = {
        "large": call("POST", f"{base}/referrals", data=b"{" + b" " * 5_000_000 + b"}"),
        "utf-8": call("POST", f"{base}/referrals", data=b"\xff", json=None),
        "page": call("GET", f"{base}/referrals?limit=1000000"),
        "elsewhere": call("GET", f"{base}/referrals/ref-of-another-council"),
        "unsigned": requests.get(
            f"{base}/referrals", headers={"Authorization": "Bearer e30.e30."}, timeout=patience(10)
        ),
    }

    problems = {name: answer.json()["code"] for name, answer in answers.items()}
    assert problems == {
        "large": "too-large",
        "utf-8": "unsupported-media-type",
        "page": "invalid",
        "elsewhere": "not-found",
        "unsigned": "unauthenticated",
    }
    assert all("Traceback" not in answer.text for answer in answers.values())


def test_the_journey_can_be_made_by_page_without_scripts(platform: Platform) -> None:
    reference = f"page-{secrets.token_hex(4)}"
    referral_id = platform.submit(reference)
    browser = requests.Session()
    browser.headers.update({"Origin": platform.address, "Accept": "text/html"})

    signed_in = browser.post(f"{platform.address}/sign-in", data={"person": "demo-adviser-ce"}, timeout=patience(10))
    listed = browser.get(f"{platform.address}/referrals", timeout=patience(10))
    page = browser.get(f"{platform.address}/referrals/{referral_id}", timeout=patience(10))
    missing = browser.post(
        f"{platform.address}/referrals/{referral_id}/accept", data={"key": reference}, timeout=patience(10)
    )

    assert "Signed in as" in signed_in.text
    assert reference in listed.text
    assert "How this was worked out" in page.text
    assert missing.status_code == 409, "it lacks its care and support plan"
    assert "care_and_support_plan" in missing.text


@pytest.mark.needs_browser
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_pages_are_live_and_fit_in_a_real_browser(platform: Platform, size: dict[str, int]) -> None:
    with a_browser() as chromium:
        context = chromium.new_context(viewport=size)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{platform.address}/sign-in")
        page.locator('form:has(input[value="demo-adviser-ce"]) button').click()
        page.get_by_text("Live: new events appear as they happen.").wait_for()

        referral_id = platform.submit(f"live-{secrets.token_hex(4)}")
        page.locator(".steward-fresh").get_by_text(referral_id[:12]).first.wait_for()

        for place in ("/", "/referrals", f"/referrals/{referral_id}", "/find-a-personal-assistant", "/raise-a-concern"):
            page.goto(f"{platform.address}{place}")
            width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert width <= 0, f"{place} is wider than the window"
    assert complaints == []
