"""What happens to a fund by form: changes, crises, notices, surpluses, ended agreements, fees; and its month and year."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.errors import FieldError, Invalid, NotFound
from tests.support.fund_samples import FUND, LINE, fund_answers
from tests.support.gateway_fakes import FROM_PAGE, FakeServices, a_clock, an_explained_clock, sign_in_by_page, signed_in
from tests.unit.gateway.reading_pages import page_of, words_of
from tests.unit.gateway.test_pages import no_field_without_label

HUB = "/funds/fund-1"
WORKER, PROVIDER, FINANCE = "demo-social-worker-cp", "demo-provider-cp", "demo-finance-cp"
COMMISSIONER = "demo-commissioner-ce"
AT, DAY = "2026-03-01T10:00:00Z", "2026-03-02"
COUNCIL = {"council_id": "cambridgeshire-peterborough"}
ABOUT = {"version": 1, **COUNCIL, "fund_id": "fund-1", "person_id": "per-0001", "provider_id": "prov-1"}
ASKED = {
    "by": "provider-9",
    "at": AT,
    "weekly_budget_pence": 130_000,
    "lines": [LINE],
    "outcomes": [{"outcome_id": "out-1", "words": "To see my friends"}],
    "breakdown": [{"activity": "Swimming", "tasks": "Going along", "weekly_cost_pence": 6_550}],
    "evidence": ["Letter 1"],
    "other_costs": "None known.",
}
CRISIS = {"adjusted_at": AT, "what": "Stayed overnight", "recorded_by": "provider-9", "contacted_at": None}
VARIATION: dict[str, Any] = {
    "id": "var-1",
    **ABOUT,
    "state": "requested",
    "opened_at": AT,
    "asked": ASKED,
    "crisis": None,
    "ruling": None,
    "clocks": [],
}
IN_CRISIS = VARIATION | {"state": "crisis", "asked": None, "crisis": CRISIS, "clocks": [a_clock(name="crisis_contact")]}
SURPLUS: dict[str, Any] = {
    "id": "sur-1",
    **ABOUT,
    "state": "told",
    "opened_at": AT,
    "in_hand_pence": 1_500_000,
    "over_pence": 18_600,
    "clause": "CP 5.4",
    "policy_version": "sample/2020-04-01",
    "notice": None,
    "reply_by_on": None,
    "reply": None,
    "challenge": None,
    "rulings": [],
    "returned_pence": 0,
    "entry_id": None,
}
NOTICED = SURPLUS | {
    "state": "noticed",
    "notice": {"words": "Some may go back.", "by": "worker-9", "at": AT},
    "reply_by_on": "2026-03-15",
}
RULING = {
    "keep": False,
    "amount_pence": 18_600,
    "reason": "no plan for it",
    "by": "worker-9",
    "at": AT,
    "clause": "CP 9.5",
}
ORDERED = NOTICED | {"state": "ordered", "rulings": [RULING]}
TERMINATION: dict[str, Any] = {
    "id": "trm-1",
    **ABOUT,
    "terminated_on": "2026-03-01",
    "by_party": "council",
    "reason": "",
    "clause": "CP 4.7",
    "outstanding": [{"fund_id": "fund-1", "in_hand_pence": 220_001}],
    "repayments": [],
    "all_repaid_on": None,
    "settlement": None,
    "clocks": [a_clock(name="balance_repayment", rule="C16")],
}
RECORDS = {"get_variation": VARIATION, "get_surplus": SURPLUS, "get_termination": TERMINATION}


@pytest.fixture
def ledger(services: FakeServices) -> FakeServices:
    """A ledger with one fund and one of each record about it."""
    services.answers |= {("ledger", method): answer for method, answer in (fund_answers() | RECORDS).items()}
    return services


def on(name: str) -> dict[str, str]:
    """The second of March in a question's boxes."""
    return {f"{name}-day": "2", f"{name}-month": "3", f"{name}-year": "2026"}


def at(name: str) -> dict[str, str]:
    """Nine o'clock that day."""
    return on(name) | {f"{name}-time": "09:00"}


NINE = "2026-03-02T09:00:00Z"
PART = {"breakdown.0.activity": "Swimming", "breakdown.0.tasks": "Going along", "breakdown.0.weekly_cost": "65.50"}
AS_IT_STANDS = {
    "lines.0.line_id": "line-1",
    "lines.0.category": "day-opportunities",
    "lines.0.outcome_id": "out-1",
    "lines.0.weekly_cost": "1,000.00",
    "outcomes.0.outcome_id": "out-1",
    "outcomes.0.words": "To see my friends",
}
WANTED = {"weekly_budget": "1,300", **PART, "evidence": "Letter 1\r\nLetter 2", **AS_IT_STANDS}
WRITTEN = {
    "weekly_budget_pence": 130_000,
    "breakdown": [{"activity": "Swimming", "tasks": "Going along", "weekly_cost_pence": 6_550}],
    "evidence": ["Letter 1", "Letter 2"],
}
STEPS: list[Any] = [
    (PROVIDER, f"{HUB}/variations/new", "request_variation", WANTED, {"id": "fund-1", **WRITTEN}, VARIATION),
    (
        PROVIDER,
        f"{HUB}/crises/new",
        "open_crisis",
        {"what": "Stayed overnight", **at("adjusted_at")},
        {"id": "fund-1", "what": "Stayed overnight", "adjusted_at": NINE},
        IN_CRISIS,
    ),
    (
        PROVIDER,
        f"{HUB}/notices/new",
        "note_for_council",
        {"kind": "needs-decreased", "details": "Less help.", **at("noticed_at")},
        {"id": "fund-1", "kind": "needs-decreased", "details": "Less help.", "noticed_at": NINE},
        {"id": "ntc-1", **ABOUT},
    ),
    (PROVIDER, "/fund-notices/ntc-1/give", "give_notice", {"to": "Kit"}, {"id": "ntc-1", "to": "Kit"}, ABOUT),
    (
        WORKER,
        "/variations/var-1/contact",
        "contact_representative",
        {"how": "Call"},
        {"id": "var-1", "how": "Call"},
        {},
    ),
    (PROVIDER, "/variations/var-1/request", "follow_crisis", WANTED, {"id": "var-1", **WRITTEN}, {}),
    (
        WORKER,
        "/variations/var-1/decide",
        "decide_variation",
        {"approved": "no", "reason": "Too much."},
        {"id": "var-1", "approved": False, "reason": "Too much."},
        {},
    ),
    (PROVIDER, "/variations/var-1/withdraw", "withdraw_variation", {}, {"id": "var-1"}, {}),
    (PROVIDER, f"{HUB}/surpluses/report", "report_surplus", {}, {"id": "fund-1"}, SURPLUS),
    (WORKER, "/surpluses/sur-1/notice", "give_surplus_notice", {"words": "W."}, {"id": "sur-1", "words": "W."}, {}),
    (PROVIDER, "/surpluses/sur-1/reply", "reply_to_surplus", {"words": "W."}, {"id": "sur-1", "words": "W."}, {}),
    (
        FINANCE,
        "/surpluses/sur-1/decide",
        "decide_surplus",
        {"keep": "yes", "reason": "Planned."},
        {"id": "sur-1", "keep": True, "reason": "Planned."},
        {},
    ),
    (
        PROVIDER,
        "/surpluses/sur-1/challenge",
        "challenge_surplus",
        {"words": "No."},
        {"id": "sur-1", "words": "No."},
        {},
    ),
    (
        FINANCE,
        "/surpluses/sur-1/return",
        "return_surplus",
        {**on("returned_on"), "evidence": "bank-statement"},
        {"id": "sur-1", "returned_on": DAY, "evidence": "bank-statement"},
        {},
    ),
    (
        FINANCE,
        "/terminations/new",
        "terminate_agreement",
        {**COUNCIL, "provider_id": "prov-1", "by_party": "provider", **on("terminated_on")},
        {**COUNCIL, "provider_id": "prov-1", "by_party": "provider", "terminated_on": DAY},
        TERMINATION,
    ),
    (
        FINANCE,
        "/terminations/trm-1/repayments",
        "record_repayment",
        {"fund_id": "fund-1", **on("repaid_on")},
        {"id": "trm-1", "fund_id": "fund-1", "repaid_on": DAY},
        {},
    ),
    (
        FINANCE,
        "/terminations/trm-1/settle",
        "settle_agreement",
        {"amount": "0", **on("settled_on")},
        {"id": "trm-1", "amount_pence": 0, "settled_on": DAY},
        {},
    ),
    (
        FINANCE,
        f"{HUB}/set-fee",
        "set_fee",
        {"lot": "lot-2", "negotiated_percent": "5", **on("from_on")},
        {"id": "fund-1", "lot": "lot-2", "negotiated_percent": 5, "from_on": DAY},
        {},
    ),
    (FINANCE, f"{HUB}/take-fees", "accrue_fees", {}, {"id": "fund-1"}, {"items": [], "next": None}),
    (
        FINANCE,
        f"{HUB}/contributions",
        "note_contribution",
        {"amount": "£20.50", **on("invoiced_on"), "reference": "INV-1"},
        {"id": "fund-1", "amount_pence": 2_050, "invoiced_on": DAY, "reference": "INV-1"},
        {},
    ),
]


@pytest.mark.parametrize(
    ("person", "place", "method", "form", "payload", "answer"), STEPS, ids=[one[2] for one in STEPS]
)
def test_each_step_is_taken_by_its_form(
    browser: FlaskClient,
    ledger: FakeServices,
    person: str,
    place: str,
    method: str,
    *,
    form: dict[str, str],
    payload: dict[str, Any],
    answer: dict[str, Any],
) -> None:
    ledger.answers["ledger", method] = answer

    page = page_of(browser, place, person)
    done = browser.post(place, data=form | {"key": "form-7"}, headers=FROM_PAGE)

    assert page.count("<h1") == 1
    assert no_field_without_label(page)
    assert done.status_code == 303, done.get_data(as_text=True)
    call = ledger.asked(method)
    assert call.payload == payload
    assert call.caller.idempotency_key == "form-7"
    assert "govuk-notification-banner--success" in page_of(browser, done.headers["Location"])


@pytest.mark.parametrize(
    ("place", "method", "record", "person", "offered", "hidden"),
    [
        ("/variations/var-1", "get_variation", VARIATION, WORKER, "Decide on the change", "representative was told"),
        ("/variations/var-1", "get_variation", VARIATION, PROVIDER, "Take this request back", "Decide on the change"),
        (
            "/variations/var-1",
            "get_variation",
            IN_CRISIS,
            PROVIDER,
            "follows from the crisis",
            "Take this request back",
        ),
        (
            "/variations/var-1",
            "get_variation",
            VARIATION | {"asked": ASKED | {"by": WORKER}},
            WORKER,
            "Take this request back",
            "Decide on the change",
        ),
        ("/surpluses/sur-1", "get_surplus", SURPLUS, WORKER, "Give notice of the surplus", "Decide on the surplus"),
        ("/surpluses/sur-1", "get_surplus", NOTICED, PROVIDER, "Answer the notice", "Decide on the surplus"),
        ("/surpluses/sur-1", "get_surplus", NOTICED, WORKER, "Decide on the surplus", "Answer the notice"),
        ("/surpluses/sur-1", "get_surplus", ORDERED, PROVIDER, "Challenge the decision", "Answer the notice"),
        (
            "/surpluses/sur-1",
            "get_surplus",
            ORDERED | {"challenge": {"words": "No.", "by": "p", "at": AT}, "state": "challenged"},
            FINANCE,
            "Decide on the surplus",
            "Record that the money came back",
        ),
        ("/terminations/trm-1", "get_termination", TERMINATION, FINANCE, "Record that a balance", "Take"),
        (
            "/terminations/trm-1",
            "get_termination",
            TERMINATION | {"outstanding": [], "settlement": {"amount_pence": 1, "settled_on": DAY, "reference": ""}},
            FINANCE,
            "£0.01 on Monday 2 March 2026",
            "Record",
        ),
    ],
)
def test_a_records_page_offers_what_is_possible_to_who_may_do_it(
    browser: FlaskClient,
    ledger: FakeServices,
    place: str,
    method: str,
    *,
    record: dict[str, Any],
    person: str,
    offered: str,
    hidden: str,
) -> None:
    ledger.answers["ledger", method] = record

    page = page_of(browser, place, person)

    assert offered in words_of(page)
    assert hidden not in words_of(page)
    assert page.count("<h1") == 1


def test_a_change_shows_what_is_asked_for_and_what_was_decided(browser: FlaskClient, ledger: FakeServices) -> None:
    ruling = {"approved": True, "by": "worker-9", "at": AT, "reason": "sound", "from_on": DAY}
    ledger.answers["ledger", "get_variation"] = IN_CRISIS | {"asked": ASKED, "ruling": ruling, "state": "approved"}
    ledger.answers["ledger", "get_clock"] = an_explained_clock() | {"name": "crisis_contact"}

    page = words_of(page_of(browser, "/variations/var-1", WORKER))

    for told in (
        "A weekly budget of £1,300.00",
        "Swimming Going along £65.50",
        "Letter 1",
        "Stayed overnight",
        "None known",
    ):
        assert told in page, told
    assert "from Monday 2 March 2026 on: sound" in page
    assert "How this was worked out : Crisis contact" in page


def test_an_increase_that_lacks_its_breakdown_is_refused_beside_its_questions(
    browser: FlaskClient, ledger: FakeServices
) -> None:
    missing = FieldError(field="breakdown", rule="required", message="Break it down. (CP 4.1)")
    unfounded = FieldError(field="evidence", rule="required", message="Name the documents. (CP 4.1)")
    ledger.answers["ledger", "request_variation"] = Invalid("no", errors=[missing, unfounded])
    sign_in_by_page(browser, PROVIDER)

    form = {"weekly_budget": "1,300", "key": "k"}
    page = browser.post(f"{HUB}/variations/new", data=form, headers=FROM_PAGE).get_data(as_text=True)

    assert '<a href="#breakdown-0-activity">Name the activity.</a>' in page
    assert '<a href="#evidence">Name the documents that support the request.</a>' in page


def test_a_funds_page_lists_what_happens_to_it(browser: FlaskClient, ledger: FakeServices) -> None:
    notice = {
        "id": "ntc-1",
        **ABOUT,
        "kind": "needs-decreased",
        "clause": "CP 4.4",
        "noticed_at": AT,
        "noticed_by": "provider-9",
        "details": "Less help",
        "given_at": None,
        "given_by": "",
        "given_to": "",
        "clocks": [a_clock(state="breached")],
    }
    listed = {"list_variations": IN_CRISIS, "list_notices": notice, "list_surpluses": ORDERED}
    for method, record in listed.items():
        ledger.answers["ledger", method] = {"items": [record], "next": "further"}

    hub = page_of(browser, HUB, PROVIDER)
    lists = {name: page_of(browser, f"{HUB}/{name}") for name in ("variations", "notices", "surpluses")}

    for page in (hub, lists["variations"]):
        assert 'href="/variations/var-1"' in page
    for page in (hub, lists["notices"]):
        assert 'href="/fund-notices/ntc-1/give?fund_id=fund-1"' in page
    for page in (hub, lists["surpluses"]):
        assert 'href="/surpluses/sur-1"' in page
    for name, page in lists.items():
        assert f'href="{HUB}/{name}?after=further"' in page


def test_a_commissioner_decides_but_is_led_to_no_form_of_the_provider(
    browser: FlaskClient, ledger: FakeServices
) -> None:
    ledger.answers["ledger", "list_variations"] = {"items": [VARIATION], "next": None}

    hub, change = (page_of(browser, place, COMMISSIONER) for place in (HUB, "/variations/var-1"))

    assert 'href="/variations/var-1"' in hub
    assert "Ask for a change" not in hub
    assert "Decide on the change" in change


def test_a_person_answers_for_themselves_and_is_led_to_nothing_of_the_council(
    client: FlaskClient, ledger: FakeServices
) -> None:
    themselves = signed_in("person", actor_id="per-0001") | {"Accept": "text/html"}
    ledger.answers["ledger", "get_surplus"] = NOTICED

    hub, surplus = (client.get(place, headers=themselves).get_data(as_text=True) for place in (HUB, "/surpluses/sur-1"))
    refused = client.get(f"{HUB}/arrange", headers=themselves)

    assert "Record what was signed off" in hub
    assert "Available" in hub
    for councils_own in ("Set out the budget", "Ask for a change", "Close this fund", "Notices to the council"):
        assert councils_own not in hub, councils_own
    assert "Answer the notice" in surplus
    assert "Decide on the surplus" not in surplus
    assert refused.status_code == 403


def test_ended_agreements_are_listed_and_found_from_case_work(browser: FlaskClient, ledger: FakeServices) -> None:
    ledger.answers["ledger", "list_terminations"] = {"items": [TERMINATION], "next": None}

    way, page = page_of(browser, "/case-work", FINANCE), page_of(browser, "/terminations")

    assert 'href="/terminations"' in way
    assert 'href="/terminations/trm-1"' in page
    assert 'href="/terminations/new"' in page
    assert "1 fund" in words_of(page)


def test_a_fee_is_shown_through_time_with_why_it_changed(browser: FlaskClient, ledger: FakeServices) -> None:
    setting = {
        "lot": "lot-2",
        "tier": "weekly",
        "weekly_fee_pence": 2_500,
        "clause": "CP Sch IV",
        "reason": "The weekly fee.",
        "policy_version": "sample/2020-04-01",
        "from_on": DAY,
        "change": "Lot 2 from now on.",
        "negotiated_percent": None,
        "set_by": "finance-1",
        "set_at": AT,
    }
    ledger.answers["ledger", "get_fee"] = {"id": "fee-1", "version": 1, "fund_id": "fund-1", "settings": [setting]}

    shown = words_of(page_of(browser, f"{HUB}/fee", COMMISSIONER))
    ledger.answers["ledger", "get_fee"] = NotFound("no fee")
    none = words_of(page_of(browser, f"{HUB}/fee", FINANCE))

    assert (
        "From Monday 2 March 2026: £25.00 a week Lot 2, weekly (CP Sch IV). The weekly fee. Lot 2 from now on." in shown
    )
    assert "No fee is set for this fund" in none
    assert ("Set the provider&#39;s fee" in shown, "Set the provider&#39;s fee" in none) == (False, True)


MONTH_SUMS = dict.fromkeys(("budget_pence", "planned_pence", "committed_pence", "spent_pence"), 5_000)
YEAR_SUMS = ("opening", "received", "paid", "fees", "returned", "moved", "closing", "booked", "incurred")


def test_a_month_and_a_year_are_shown_and_lead_to_those_around_them(browser: FlaskClient, ledger: FakeServices) -> None:
    activity = {"line_id": "line-1", "category": "day-opportunities", "planned_pence": 1, "committed_pence": 2}
    days = {"from": "2026-01-05", "to": "2026-02-04"}
    due = {"due_on": "2026-02-10", "clause": "CP 10.3", **COUNCIL}
    month = {"number": 1, "days": days, "left_of_budget_pence": -5_000, "activities": [activity | {"spent_pence": 3}]}
    ledger.answers["ledger", "get_month"] = month | MONTH_SUMS | due
    sums = {f"{name}_pence": 7_000 for name in YEAR_SUMS} | {"by_category": [{"category": "other", "paid_pence": 9}]}
    ledger.answers["ledger", "get_summary"] = sums | due | {"year": days, "to": "2026-02-04"}

    first = page_of(browser, f"{HUB}/month", COMMISSIONER)
    year = page_of(browser, f"{HUB}/summary?on=2026-01-07")
    ledger.answers["ledger", "get_summary"] = (
        sums | due | {"year": {"from": "2027-01-05", "to": "2028-01-04"}, "to": DAY}
    )
    later = page_of(browser, f"{HUB}/summary", FINANCE)
    wrong = browser.get(f"{HUB}/month?on=yesterday", headers={"Accept": "text/html"})

    asked = [call.payload for call in ledger.calls if call.method == "get_summary"]
    assert asked == [{"id": "fund-1", "on": "2026-01-07"}, {"id": "fund-1"}]
    assert f'href="{HUB}/summary?on=2027-01-04"' in later
    assert (f'href="{HUB}/month?on=2026-02-05"' in first, "Month before" in first) == (True, False)
    assert (f'href="{HUB}/summary?on=2026-01-04"' in year, f'href="{HUB}/summary?on=2026-02-05"' in year) == (
        True,
        True,
    )
    assert "Left of the budget -£50.00" in words_of(first)
    assert "£0.09" in year
    assert wrong.status_code == 422
    assert FUND["id"] in first
