"""A fund's life by its pages, over HTTP on a real platform: page and API keep and refuse the same."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from shared.clock import SystemClock
from shared.dates import london_day, london_time
from shared.samples.client import Client
from shared.samples.journey import CP
from tests.support.refusals import SECONDS, Place, a_place
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(300)
PROVIDER_ID = "prov-7758c92b90805486b50c423b55d59375"
WORKER, PROVIDER, FINANCE = "demo-social-worker-cp", "demo-provider-cp", "demo-finance-cp"


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Somebody with a browser that runs no scripts."""

    address: str
    session: requests.Session = field(default_factory=requests.Session)

    def page(self, path: str) -> str:
        answer = self.session.get(self.address + path, headers={"Accept": "text/html"}, timeout=SECONDS)
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, path: str, status: int = 303, **said: Any) -> requests.Response:
        """Fills in the form at a path, as it came, and sends it."""
        found = re.search(r'name="key" value="([^"]+)"', self.page(path))
        assert found is not None
        answer = self.session.post(
            self.address + path,
            data={"key": found[1], **{name.replace("__", "."): text for name, text in said.items()}},
            headers={"Origin": self.address, "Accept": "text/html"},
            allow_redirects=False,
            timeout=SECONDS,
        )
        assert answer.status_code == status, answer.text
        return answer

    def refused(self, path: str, **said: Any) -> dict[str, str]:
        """What the summary of a refused form says, by where it leads."""
        page = self.send(path, 422, **said).text
        return {place: html.unescape(text) for place, text in re.findall(r'<a href="#([\w-]+)">([^<]+)</a>', page)}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with a_place(tmp_path_factory.mktemp("fund-pages")) as place:
        yield place


def reader(place: Place, person: str) -> Reader:
    signed_in = Reader(address=place.address)
    answer = signed_in.session.post(
        f"{place.address}/sign-in",
        data={"person": person, "next": "/"},
        headers={"Origin": place.address},
        allow_redirects=False,
        timeout=SECONDS,
    )
    assert answer.status_code == 303, answer.text
    return signed_in


def api(place: Place, role: str) -> Client:
    return Client(place.address, place.token(role, CP))


def today() -> date:
    return london_day(SystemClock().now())


def day(name: str, on: date | None = None) -> dict[str, str]:
    """A day, or today, in the boxes of a question."""
    on = on or today()
    return {f"{name}-day": str(on.day), f"{name}-month": str(on.month), f"{name}-year": str(on.year)}


def open_fund(place: Place, person_id: str) -> str:
    """A fund of a hundred pounds a week, opened by page; its page's address."""
    given = {"council_id": CP, "person_id": person_id, "provider_id": PROVIDER_ID, "weekly_budget": "100"}
    opened = reader(place, WORKER).send("/funds/new", **given, **day("starts_on"))
    return opened.headers["Location"].partition("?")[0]


def a_line(weekly_cost: str, **more: str) -> Mapping[str, str]:
    line = {"category": "day opportunities", "outcome_id": "outcome-1", "weekly_cost": weekly_cost} | more
    return {f"lines.0.{name}": text for name, text in line.items()}


def with_a_plan(place: Place, person_id: str) -> str:
    """An active fund with one outcome and one line of eighty pounds."""
    fund = open_fund(place, person_id)
    worker, provider = reader(place, WORKER), reader(place, PROVIDER)
    worker.send(f"{fund}/arrange", outcomes__0__words="To see my friends", lot="lot-2")
    provider.send(f"{fund}/draft-plan", **a_line("80.00"))
    worker.send(f"{fund}/plan-drafts/1/agree")
    return fund


def test_a_fund_goes_from_its_opening_to_support_by_its_pages(place: Place) -> None:
    fund = open_fund(place, "per-pages-1")
    worker, provider = reader(place, WORKER), reader(place, PROVIDER)

    unsound = worker.refused(f"{fund}/arrange", outcomes__0__words="To see my friends", ways__isf="90")
    worker.send(f"{fund}/arrange", outcomes__0__words="To see my friends", ways__isf="100.00", lot="lot-1")
    prohibited = provider.refused(f"{fund}/draft-plan", **a_line("80", category="gambling"))
    provider.send(f"{fund}/draft-plan", **a_line("80"))
    too_early = worker.send(f"{fund}/start", 409, **day("started_on")).text
    signature = {"signed_by": "per-pages-1", "capacity": "person", "format": "easy-read", **day("signed_on")}
    provider.send(f"{fund}/sign-off", items=["6.6.1", "6.6.2"], no_circle_reason="Has none", **signature)
    provider.send(f"{fund}/path", steps__0__notes__0__words="The sea", **day("drawn_on"))
    worker.send(f"{fund}/plan-drafts/1/agree")
    worker.send(f"{fund}/start", **day("started_on"))

    assert unsound == {"ways-isf": f"As this fund: {COMES_TO}"}
    assert set(prohibited) == {"lines-0-category"}
    assert "CP 6.17" in prohibited["lines-0-category"]
    assert "CP 3.2.4" in too_early
    life = api(place, "social_worker").get(f"{fund}/life")
    done = [step["code"] for step in life["steps"] if step["done_on"]]
    assert done == ["budget-set", "provider-chosen", "plan-drawn-up", "plan-agreed", "plan-started"]
    assert (life["sign_offs"]["done"], life["path"]["missing_steps"]) == (2, [2, 3, 4, 5, 6, 7, 8])
    hub = worker.page(fund)
    assert "2 of 15 items are signed off" in hub
    assert "£100.00" in hub


COMES_TO = "the part deployed as a fund comes to £90.00 a week; the budget is £100.00 a week."


def test_a_change_is_asked_for_decided_by_another_and_taken_over(place: Place) -> None:
    fund = with_a_plan(place, "per-pages-2")
    worker, provider = reader(place, WORKER), reader(place, PROVIDER)
    stands = {"outcomes__0__outcome_id": "outcome-1", "outcomes__0__words": "To see my friends"}
    line = a_line("80.00", line_id="line-1")

    unfounded = provider.refused(f"{fund}/variations/new", weekly_budget="120", **line, **stands)
    part = {
        "breakdown__0__activity": "Swimming",
        "breakdown__0__tasks": "Going along",
        "breakdown__0__weekly_cost": "20",
    }
    asked = provider.send(f"{fund}/variations/new", weekly_budget="120", evidence="Letter 1", **part, **line, **stands)
    change = asked.headers["Location"].partition("?")[0]
    offered = provider.page(change)
    worker.send(f"{change}/decide", approved="yes", reason="Sound.")

    assert set(unfounded) == {"breakdown-0-activity", "evidence"}
    assert ("Take this request back" in offered, "Decide on the change" in offered) == (True, False)
    kept = api(place, "social_worker").get(change)
    assert (kept["state"], kept["asked"]["lines"], kept["asked"]["outcomes"]) == ("approved", [], [])
    eventually(lambda: "£120.00" in worker.page(fund), within=60)


def test_a_crisis_and_a_notice_are_kept_to_their_end(place: Place) -> None:
    fund = with_a_plan(place, "per-pages-3")
    provider, worker = reader(place, PROVIDER), reader(place, WORKER)

    opened = provider.send(f"{fund}/crises/new", what="Stayed overnight", **an_hour_ago("adjusted_at"))
    crisis = opened.headers["Location"].partition("?")[0]
    provider.send(f"{crisis}/contact", how="Phoned Kit")
    provider.send(f"{crisis}/request", weekly_budget="90", **a_line("80.00", line_id="line-1"))
    provider.send(f"{fund}/notices/new", kind="needs-decreased", details="Less help at night")
    found = re.search(r'href="(/fund-notices/[^"?]+/give)\?', provider.page(fund))
    assert found is not None
    provider.send(found[1], to="Kit, by phone")

    page = provider.page(crisis)
    assert "Phoned Kit" in page
    assert "How this was worked out" in worker.page(crisis)
    assert "A weekly budget of £90.00" in page
    assert "Kit, by phone" in provider.page(f"{fund}/notices")
    assert [clock["state"] for clock in api(place, "social_worker").get(crisis)["clocks"]] == ["stopped"]


def an_hour_ago(name: str) -> dict[str, str]:
    """A moment that is over, and whose deadlines are not."""
    then = london_time(SystemClock().now() - timedelta(hours=1))
    return day(name, then.date()) | {f"{name}-time": f"{then:%H:%M}"}


def test_a_surplus_goes_back_only_after_notice_answer_and_another_officers_decision(place: Place) -> None:
    fund = with_a_plan(place, "per-pages-4")
    worker, provider, finance = (reader(place, person) for person in (WORKER, PROVIDER, FINANCE))
    paid = {"amount_pence": 130_000, "difference_reason": "a sample", "first_on": today().isoformat()}
    api(place, "finance_officer").post(f"{fund}/payments", paid)
    found = eventually(lambda: re.search(r'href="(/surpluses/[^"]+)"', worker.page(fund)), within=60)
    surplus = found[1]

    worker.send(f"{surplus}/notice", words="Some of the money may go back.")
    assert "14 days after the notice of" in provider.page(surplus)
    too_soon = worker.send(f"{surplus}/decide", 409, keep="no", reason="Too much.").text
    provider.send(f"{surplus}/reply", words="A holiday is planned.")
    worker.send(f"{surplus}/decide", keep="no", reason="It is not in the plan.")
    provider.send(f"{surplus}/challenge", words="It is.")
    finance.send(f"{surplus}/decide", keep="no", reason="It is not.")
    finance.send(f"{surplus}/return", **day("returned_on"))

    assert "to answer" in too_soon
    assert api(place, "finance_officer").get(surplus)["returned_pence"] == 10_000
    assert "£1,200.00" in worker.page(fund)


def test_a_fee_is_refused_where_policy_leaves_it_open_and_an_agreement_ends_with_every_balance_back(
    place: Place,
) -> None:
    fund, finance = with_a_plan(place, "per-pages-5"), reader(place, FINANCE)
    api(place, "finance_officer").post(f"{fund}/payments", {"first_on": today().isoformat()})

    left_open = finance.send(f"{fund}/set-fee", 409, lot="lot-1", **day("from_on")).text
    finance.send(f"{fund}/set-fee", lot="lot-2", **day("from_on"))
    given = {"council_id": CP, "provider_id": PROVIDER_ID, "by_party": "council", **day("terminated_on")}
    ended = finance.send("/terminations/new", **given).headers["Location"].partition("?")[0]
    finance.send(f"{ended}/repayments", fund_id=fund.rpartition("/")[2], **day("repaid_on"))
    finance.send(f"{ended}/settle", amount="0", **day("settled_on"))

    assert "Policy incomplete: Schedule III Tier 2" in left_open
    assert "£25.00 a week" in finance.page(f"{fund}/fee")
    assert "£400.00" in finance.page(f"{fund}/summary")
    assert "Month 1 of the fund" in finance.page(f"{fund}/month")
    repaid = api(place, "finance_officer").get(ended)["repayments"]
    assert [(one["fund_id"], one["amount_pence"]) for one in repaid] == [(fund.rpartition("/")[2], 40_000)]


def test_who_may_not_see_a_fund_finds_no_page_of_it(place: Place) -> None:
    fund = open_fund(place, "per-pages-6")
    stranger = reader(place, "demo-social-worker-ce")

    answers = [
        stranger.session.get(place.address + path, headers={"Accept": "text/html"}, timeout=SECONDS).status_code
        for path in (fund, f"{fund}/life", f"{fund}/arrange", f"{fund}/month")
    ]

    assert answers == [404, 404, 404, 404]
