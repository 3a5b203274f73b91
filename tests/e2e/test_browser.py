"""The demonstration as its visitors see it, in a real browser, at a desk and on a phone."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from playwright.sync_api import Browser, expect

from shared.clock import SystemClock
from shared.dates import london_day
from shared.messaging.consuming.held import HELD, HeldMessages
from shared.runtime.platform import Platform
from shared.runtime.settings import PlatformSettings
from shared.runtime.tokens import development_sign_in
from shared.samples.client import Client
from shared.samples.generating import SAMPLES_AT, SampleCouncil
from shared.samples.journey import CE
from tests.support.browsing import FAULTS, PATIENCE_MS, WIDTHS, Visit, a_browser, a_visit
from tests.support.platforms import Processes, embedded
from tests.support.waiting import eventually, patience
from tests.unit.messaging.streams import an_envelope

pytestmark = [pytest.mark.needs_browser, pytest.mark.timeout(300)]
LOADING_SECONDS = 120
PERSONAL_CARE = re.compile(r"Personal care \(\d+\)")


@dataclass(frozen=True, kw_only=True)
class Demonstration:
    """`steward up --demo`, loaded, and a browser to look at it with."""

    address: str
    data: Path
    browser: Browser

    def client(self, role: str, council_id: str = CE) -> Client:
        sign_in = development_sign_in(data_dir=self.data, clock=SystemClock())
        return Client(self.address, sign_in(role=role, councils=(council_id,)))


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    folder = tmp_path_factory.mktemp("demonstration")
    with embedded(folder, arguments=("--demo",)) as (processes, address), a_browser() as browser:
        eventually(lambda: is_loaded(processes), within=LOADING_SECONDS)
        yield Demonstration(address=address, data=folder / "data", browser=browser)


def is_loaded(processes: Processes) -> bool:
    return "their events keep flowing" in processes.log("platform")


@pytest.fixture(params=WIDTHS)
def visit(demonstration: Demonstration, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Visit]:
    with a_visit(demonstration.browser, demonstration.address, tmp_path, request.param) as visit:
        yield visit


def test_a_visitor_sees_what_this_is_and_how_to_sign_in(visit: Visit) -> None:
    visit.open("/")

    expect(visit.page.get_by_role("heading", level=1)).to_have_text("What is happening now")
    expect(visit.page.get_by_role("row", name=re.compile("Safeguarding")).get_by_text("Working")).to_be_visible()
    visit.look("visitor")
    visit.page.get_by_role("link", name="sign in", exact=True).click()
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    visit.look("sign-in")


def test_an_event_arrives_on_the_live_page_without_loading_it_again(demonstration: Demonstration, visit: Visit) -> None:
    visit.sign_in("Alex Example")
    visit.open("/")
    expect(visit.page.get_by_text("Live: new events appear as they happen.")).to_be_visible()
    visit.page.evaluate("window.neverReloaded = true")
    expect(visit.page.locator("[data-live-events] tr")).to_have_count(20)
    expect(visit.page.locator("#panel-services tbody tr")).to_have_count(5)

    referral_id = a_new_referral(demonstration)

    row = visit.page.locator("[data-live-events] tr").filter(has_text=referral_id[:12])
    expect(row.filter(has_text="Referral submitted")).to_be_visible()
    expect(row.filter(has_text="Cheshire East Council")).not_to_have_count(0)
    assert visit.page.evaluate("window.neverReloaded")
    visit.look("live")


def test_a_page_that_cannot_be_refreshed_says_so_and_tries_again(demonstration: Demonstration, visit: Visit) -> None:
    visit.sign_in("Alex Example")
    visit.open("/")
    expect(visit.page.get_by_text("Live: new events appear as they happen.")).to_be_visible()
    visit.page.route(f"{demonstration.address}/", lambda route: route.abort())
    visit.page.get_by_role("button", name="Pause").click()
    expect(visit.page.get_by_text("Paused.")).to_be_visible()

    visit.page.get_by_role("button", name="Go on showing news").click()
    expect(visit.page.get_by_text("This page is out of date: it could not be refreshed. Trying again.")).to_be_visible()

    visit.page.unroute(f"{demonstration.address}/")
    expect(visit.page.get_by_text("Live: new events appear as they happen.")).to_be_visible()


def test_a_live_stream_that_is_refused_is_asked_for_again_from_where_it_was(
    demonstration: Demonstration, visit: Visit
) -> None:
    streams = "**/api/v1/streams/events?*"
    visit.sign_in("Alex Example")
    visit.page.route(streams, lambda route: route.fulfill(status=503))
    visit.open("/")
    expect(visit.page.get_by_text("The live connection was lost. Trying again.")).to_be_visible()

    visit.page.unroute(streams)

    expect(visit.page.get_by_text("Live: new events appear as they happen.")).to_be_visible()


def a_new_referral(demonstration: Demonstration) -> str:
    """What the council's case system has just sent; its id."""
    run = secrets.token_hex(4)
    event = SampleCouncil(council_id=CE, now=SystemClock().now()).referrals(1)[0]
    data = event["data"] | {"referral_reference": f"REF-{run}"}
    (answer,) = demonstration.client("council_system").publish([event | {"id": run, "data": data}])
    return str(answer["record_id"])


def test_deadlines_are_listed_and_each_shows_every_day_that_it_counted_or_skipped(
    demonstration: Demonstration, visit: Visit
) -> None:
    referral_id = a_new_referral(demonstration)
    visit.sign_in("Alex Example")

    visit.open("/deadlines")
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Deadlines")
    expect(visit.page.locator("tbody tr")).not_to_have_count(0)
    visit.look("deadlines")
    visit.open(f"/deadlines?record_id={referral_id}")
    visit.page.get_by_role("link", name="Referral response").click()

    expect(visit.page.get_by_role("heading", level=1)).to_contain_text("Referral response")
    expect(visit.page.get_by_text("Day of the event: not counted")).to_be_visible()
    expect(visit.page.get_by_text("Working day 5 of 5")).to_be_visible()
    visit.look("deadline")


def test_a_referral_shows_its_due_date_and_every_day_that_was_counted(
    demonstration: Demonstration, visit: Visit
) -> None:
    referral_id = a_new_referral(demonstration)
    visit.sign_in("Alex Example")
    visit.go("Referrals")
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Referrals")
    reference = demonstration.client("adviser").get(f"/referrals/{referral_id}")["reference"]
    row = visit.page.get_by_role("row").filter(has_text=reference)
    expect(row.get_by_text(re.compile("11:59pm"))).to_be_visible()
    visit.look("referrals")

    visit.page.get_by_role("link", name=reference).click()
    visit.page.get_by_text("How this was worked out").first.click()
    days = visit.page.get_by_role("table", name="Each day, and whether it counts")
    expect(days.get_by_role("cell", name=re.compile("Yes$"))).to_have_count(5)
    expect(visit.page.get_by_text("(CE 4.3)").first).to_be_visible()
    visit.look("referral")

    visit.page.get_by_role("button", name="Accept this referral").click()
    expect(visit.page.get_by_text("Done in time")).to_be_visible()
    visit.look("referral-accepted")


def test_a_concern_reaches_safeguarding_and_the_personal_assistant_vanishes_from_search(
    demonstration: Demonstration, visit: Visit
) -> None:
    visit.sign_in("Alex Example")
    total, assistant_id = someone_near(demonstration, visit)

    visit.page.locator(f".steward-hit a[href$='{assistant_id}']").click()
    raise_concern(visit)
    visit.sign_in("Sam Example")
    in_hand(visit)

    visit.sign_in("Alex Example")
    eventually(lambda: total_at(visit, "/find-a-personal-assistant") == total - 1, within=30)
    near = total_at(visit, f"/find-a-personal-assistant?postcode={quote(home_of(1))}&radius_miles=10")
    assert near > 0
    expect(visit.page.locator(f"a[href$='{assistant_id}']")).to_have_count(0)


def someone_near(demonstration: Demonstration, visit: Visit) -> tuple[int, str]:
    """How many there are in all, and who is nearest to a home: found by words, facet and distance."""
    total = total_at(visit, "/find-a-personal-assistant")
    visit.look("find")
    visit.page.get_by_label("Near this postcode").fill(home_of(1))
    visit.page.get_by_label("Within").select_option("10")
    visit.page.get_by_text("Skills, experience and care tasks", exact=True).first.click()
    box = visit.page.get_by_label(PERSONAL_CARE)
    box.check()
    visit.page.get_by_role("button", name="Narrow the search").click()
    expect(visit.page.get_by_label(PERSONAL_CARE)).to_be_checked()
    expect(visit.page.get_by_text(re.compile(r"Within \d+ miles")).first).to_be_visible()
    assert 0 < total_of(visit) < total
    visit.look("found")
    link = visit.page.locator(".steward-hit a").first.get_attribute("href")
    assert link is not None
    return total, link.rpartition("=")[2]


def home_of(number: int) -> str:
    """The postcode of one of the sample assistants."""
    entries = SampleCouncil(council_id=CE, now=SAMPLES_AT).personal_assistants(number)
    return str(entries[-1]["postcode"])


def total_at(visit: Visit, path: str) -> int:
    visit.open(path)
    return total_of(visit)


def total_of(visit: Visit) -> int:
    text = visit.page.get_by_role("status").filter(has_text="found").text_content()
    assert text is not None
    return int(text.split()[0])


def raise_concern(visit: Visit) -> None:
    """By the form, first with nothing in it."""
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Raise a safeguarding concern")
    visit.look("concern")
    visit.page.get_by_role("button", name="Raise the concern").click()
    expect(visit.page.get_by_role("heading", name="There is a problem")).to_be_visible()
    assert visit.complaints.pop().startswith("console: Failed to load resource")
    assert visit.complaints.pop().startswith("422")
    visit.look("concern-refused")
    visit.page.get_by_label("Who may be at risk?").fill("per-sample-someone")
    visit.page.get_by_label("Financial").check()
    visit.page.get_by_label("What have you seen or been told?").fill("Sample: money is missing after visits.")
    visit.page.get_by_role("group", name="Could someone be harmed in the next day?").get_by_label("Yes").check()
    visit.page.get_by_role("group", name="Does the person know").get_by_label("Yes").check()
    visit.page.get_by_role("button", name="Raise the concern").click()
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Concern raised")
    visit.look("concern-raised")


def in_hand(visit: Visit) -> None:
    """The safeguarding team sees the alert, takes it in hand, and reads the concern."""
    visit.open("/")
    expect(visit.page.get_by_text(re.compile("alerts? needs? someone"))).to_be_visible()
    visit.look("live-safeguarding")
    visit.go("Alerts")
    expect(visit.page.get_by_text("Urgent").first).to_be_visible()
    visit.look("alerts")
    visit.page.get_by_role("button", name=re.compile("^Acknowledge")).first.click()
    expect(visit.page.get_by_role("button", name=re.compile("^Acknowledge"))).to_have_count(0)
    visit.look("alerts-in-hand")
    visit.page.locator("td[data-label=Concern] a").first.click()
    expect(visit.page.get_by_text("money is missing after visits").first).to_be_visible()
    visit.look("concern-read")


def test_a_refusal_without_a_reason_is_asked_for_again_and_keeps_what_was_typed(
    demonstration: Demonstration, visit: Visit
) -> None:
    referral_id = a_new_referral(demonstration)
    visit.sign_in("Alex Example")
    visit.open(f"/referrals/{referral_id}")
    visit.page.get_by_role("link", name="Refuse this referral").click()
    visit.look("refuse")
    told = london_day(SystemClock().now())
    for part, number in (("Day", told.day), ("Month", told.month), ("Year", told.year)):
        visit.page.get_by_label(part).fill(str(number))

    visit.page.get_by_role("button", name="Refuse this referral").click()
    expect(visit.page.get_by_role("heading", name="There is a problem")).to_be_visible()
    expect(visit.page.get_by_label("Year")).to_have_value(str(told.year))
    visit.complaints.clear()  # the browser complains of any answer that is an error, as this one has to be
    visit.look("refuse-again")
    visit.page.get_by_label("Does not live in the area").check()
    visit.page.get_by_role("button", name="Refuse this referral").click()

    expect(visit.page.get_by_text("The referral is refused.")).to_be_visible()
    expect(visit.page.get_by_role("link", name="Record how the refusal was told")).to_be_visible()
    visit.look("refused")


def test_a_message_is_recorded_and_answered_by_page(demonstration: Demonstration, visit: Visit) -> None:
    referral_id = a_new_referral(demonstration)
    visit.sign_in("Alex Example")
    visit.open(f"/messages?referral_id={referral_id}")
    visit.page.get_by_role("button", name="Record a message").click()
    visit.page.get_by_label("Phone").check()
    visit.page.get_by_label("What did they say?").fill("Please call back.")
    visit.page.get_by_role("button", name="Record the message").click()
    expect(visit.page.get_by_text("The message is recorded.")).to_be_visible()
    visit.look("message")

    visit.page.get_by_role("link", name="Record that it was answered").click()
    visit.page.get_by_role("button", name="It is answered").click()

    expect(visit.page.get_by_text("The message is answered.")).to_be_visible()
    expect(visit.page.get_by_text("Answered", exact=True)).to_be_visible()


def test_somebody_reports_under_protection_without_signing_in(visit: Visit) -> None:
    visit.open("/")
    visit.page.get_by_role("link", name="Report something under protection").click()
    visit.look("whistleblowing")
    visit.page.get_by_label("Cheshire East Council").check()
    visit.page.get_by_label("What have you seen or been told?").fill("Seen at the office.")

    visit.page.get_by_role("button", name="Send the report").click()

    expect(visit.page.get_by_text("Your report has been received.")).to_be_visible()
    visit.look("whistleblowing-received")


FORMS = (
    "/case-work",
    "/complaints/new",
    "/visits/new",
    "/appointments/new",
    "/calendar/new",
    "/calendar/year",
    "/agencies/new",
    "/rules/cheshire-east",
)


def test_every_form_is_for_everyone(demonstration: Demonstration, visit: Visit) -> None:
    referral_id = a_new_referral(demonstration)
    visit.sign_in("Alex Example")

    for path in (*FORMS, f"/referrals/{referral_id}/direct-payment/test", f"/referrals/{referral_id}/direct-payment"):
        visit.open(path)
        visit.look(path.strip("/").replace("/", "-"))


def test_an_operator_sees_that_nothing_is_set_aside(visit: Visit) -> None:
    visit.sign_in("Ash Example")
    visit.go("Set aside")

    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Messages set aside")
    expect(visit.page.get_by_text("Nothing is set aside.")).to_be_visible()
    visit.look("set-aside")


def test_an_operator_edits_a_message_that_could_not_be_applied_and_has_it_tried_again(
    demonstration: Demonstration, visit: Visit
) -> None:
    referral_id = hold_a_poisoned_message(demonstration)
    visit.sign_in("Ash Example")
    visit.go("Set aside")
    row = visit.page.get_by_role("row").filter(has_text=referral_id)
    expect(row).to_contain_text("Someone must look: the data do not fit the schema of their type")
    visit.look("set-aside-poisoned")

    row.get_by_role("link").click()
    visit.page.get_by_text("Edit the data (may name people)").click()
    visit.look("set-aside-message")
    visit.page.get_by_label("The event's whole data").fill(json.dumps({"referral_id": referral_id}))
    visit.page.get_by_role("button", name="Put the edited copy in its place").click()
    expect(visit.page.get_by_role("alert")).to_contain_text("Say why it is edited.")
    assert visit.complaints.pop().startswith("console: Failed to load resource")
    assert visit.complaints.pop().startswith("422")
    visit.look("set-aside-edit-refused")
    data = {"referral_id": referral_id, "person_id": "per-0007", "worker_id": "worker-7"}
    visit.page.get_by_label("The event's whole data").fill(json.dumps(data))
    visit.page.get_by_label("Why it is edited").fill("agreed with the council")
    visit.page.get_by_role("button", name="Put the edited copy in its place").click()
    expect(visit.page.get_by_text("An edited copy stands in the message's place")).to_be_visible()
    expect(visit.page.get_by_text("agreed with the council")).to_be_visible()
    visit.look("set-aside-edited")

    visit.page.get_by_role("button", name="Try again").click()
    expect(visit.page.get_by_text("The message has been tried again.")).to_be_visible()
    expect(visit.page.get_by_role("row").filter(has_text=referral_id)).to_have_count(0)


def hold_a_poisoned_message(demonstration: Demonstration) -> str:
    """The ledger holds the first event of a new record, with data that its type's schema refuses; the record's id."""
    referral_id = f"ref-{secrets.token_hex(8)}"
    envelope = an_envelope(1, referral_id, data={"referral_id": referral_id})
    platform = Platform(PlatformSettings(data_dir=str(demonstration.data), environment="development"))
    try:
        held = HeldMessages(documents=platform.store("ledger").documents(HELD), clock=SystemClock())
        detail = "the data do not fit the schema of their type: person_id (required)"
        held.hold(envelope, "parked", detail=detail, due_at=None, attempts=1)
    finally:
        platform.close()
    return referral_id


def test_a_provider_opens_a_fund_and_reads_its_statement(visit: Visit) -> None:
    visit.sign_in("Pat Example")
    visit.go("Funds")
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Funds")
    visit.look("funds")

    visit.page.locator("tbody a").first.click()
    expect(visit.page.get_by_role("heading", name="Where it stands")).to_be_visible()
    visit.look("fund")
    visit.page.get_by_role("link", name="Statement").click()

    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Statement")
    expect(visit.page.get_by_text("INV-001")).to_be_visible()
    expect(visit.page.get_by_text("£62.50")).to_be_visible()
    visit.look("statement")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("problems", "/problems"),
        ("summary", "/find-a-personal-assistant"),
        ("overdue", "/referrals?overdue=true"),
    ],
)
def test_every_other_page_is_for_everyone(visit: Visit, name: str, path: str) -> None:
    if name == "overdue":
        visit.sign_in("Alex Example")

    visit.open(path)

    visit.look(name)


def test_a_page_that_is_not_there_says_so_in_words(visit: Visit) -> None:
    visit.open("/nothing-here")
    visit.complaints.clear()

    visit.look("not-found")
    assert "404" not in (visit.page.get_by_role("heading", level=1).text_content() or "")


def test_the_pages_work_without_scripts(demonstration: Demonstration, tmp_path: Path) -> None:
    context = demonstration.browser.new_context(java_script_enabled=False)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{demonstration.address}/sign-in")

    page.get_by_role("button", name="Alex Example").click()
    expect(page.get_by_text("Signed in as Alex Example")).to_be_visible()
    page.goto(f"{demonstration.address}/referrals")

    assert page.get_by_role("row").count() > 5
    context.close()


def test_the_description_of_the_api_is_shown_by_files_of_our_own(demonstration: Demonstration, visit: Visit) -> None:
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))

    visit.open("/api/v1/docs")

    expect(visit.page.get_by_text("/api/v1/referrals").first).to_be_visible()
    assert all(url.startswith((demonstration.address, "data:")) for url in asked)
    assert (
        requests.get(f"{demonstration.address}/api/v1/openapi.json", timeout=patience(30)).json()["openapi"] == "3.1.0"
    )
    visit.page.screenshot(path=visit.folder / f"docs-{visit.width}.png")


FAULTY = """<!DOCTYPE html><html><head><title>Faulty page</title></head>
<body style="background: #fff; color: #999"><h1>One</h1><h1>Two</h1><h3>Too deep</h3>
<p id="same">a</p><p id="same" aria-describedby="gone">&lt;strong&gt;</p>
<input name="nameless" style="height: 10px"><a href="#nowhere"></a><table><tr><td>1</td></tr></table>
<fieldset>fields</fieldset><div style="width: 3000px">wide</div></body></html>"""
SEEN = (
    "no language",
    "wider than the screen",
    "2 headings of the first level",
    "skips a level",
    "the id same is there twice",
    "#gone, which is not there",
    "no label for nameless",
    "no name for <a",
    "without a caption",
    "without headings",
    "without a legend",
    "no main part",
    "nothing to skip to",
    "too small to touch",
    "markup is shown as text",
    "too pale",
)


def test_a_page_with_every_fault_is_found_out(demonstration: Demonstration) -> None:
    page = demonstration.browser.new_page()
    page.set_content(FAULTY)

    faults = page.evaluate(FAULTS)

    assert [sentence for sentence in SEEN if not any(sentence in fault for fault in faults)] == []
    page.close()
