"""What the two built-in packs say, clause by clause, and what they leave open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.errors import PolicyIncomplete
from shared.money import Pence
from shared.policy.pack import PolicyPack
from shared.policy.policies import Policies
from shared.policy.rules import CalendarRule, Clock, PolicyValue

CE = "cheshire-east"
CP = "cambridgeshire-peterborough"
ON = date(2026, 3, 2)
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CLAUSE = re.compile(
    r'CE (Definitions|[1-8]\.[0-9]+(\([a-z]\))?)( "[A-Z][^"]+")?'
    r"|CP [0-9]+\.[0-9]+(\.[0-9]+)?(\([a-h]\))?|CP Sch [IV]+"
)


@pytest.fixture(scope="module")
def policies() -> Policies:
    return Policies.load()


@pytest.mark.parametrize(
    ("council", "clock", "limit", "clause"),
    [
        pytest.param(CE, "C1", "5 working days", "CE 4.3", id="CE 4.3 respond within 5 working days"),
        pytest.param(CE, "C2", "24 hours without weekends", 'CE 3.2 "Telephone and Email"', id="CE 3.2 24 hours"),
        pytest.param(CE, "C3", "4 weeks", 'CE 3.2 "Early Help check"', id="CE 3.2 within the first 4 weeks"),
        pytest.param(CE, "C4", "4 months", 'CE 3.2 "Early Help check"', id="CE 3.2 4 months"),
        pytest.param(CE, "C5", "immediately", 'CE 3.2 "Early Help check"', id="CE 3.2 immediately"),
        pytest.param(CP, "C6", "24 hours", "CP 6.4", id="CP 6.4 a maximum of 24 hours"),
        pytest.param(CP, "C7", "24 hours", "CP 4.3", id="CP 4.3 within 24 hours"),
        pytest.param(CP, "C8", "1 working day", "CP 4.4", id="CP 4.4 one Working Day"),
        pytest.param(CP, "C9", "immediately", "CP 4.5", id="CP 4.5 immediately"),
        pytest.param(CP, "C10", "24 hours", "CP 9.1.1", id="CP 9.1.1 within 24 hours"),
        pytest.param(CP, "C11", "6 weeks", "CP 3.2.6, 3.2.7", id="CP 3.2.6 approximately 6 weeks"),
        pytest.param(CP, "C12", "6 weeks", "CP 7.4", id="CP 7.4 6 weeks at the start"),
        pytest.param(CP, "C13", "the same day", "CP 5.4", id="CP 5.4 in advance"),
        pytest.param(CP, "C15", "12 months", "CP 9.8", id="CP 9.8 every 12 months"),
        pytest.param(CP, "C16", "immediately", "CP 4.7", id="CP 4.7 repay immediately"),
        pytest.param(CP, "C17", "30 working days", "CP 4.7", id="CP 4.7 within 30 Working Days"),
        pytest.param(CP, "C18", "14 calendar days", "CP 9.3", id="CP 9.3 14 days"),
    ],
)
def test_a_clock_has_its_clauses_limit(policies: Policies, council: str, clock: str, limit: str, clause: str) -> None:
    rule = policies.pack(council, on=ON).clock_rule(clock)

    assert (rule.limit.words(), rule.clause) == (limit, clause)


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        pytest.param("council_review", ["2026-04-13", "2027-03-02", "2028-03-02"], id="CP 3.2 six weeks then annually"),
        pytest.param(
            "provider_review",
            ["2026-04-13", "2026-06-02", "2026-12-02", "2027-06-02"],
            id="CP 7.4 6 weeks, 3 months, every 6 months",
        ),
        pytest.param("fund_payment", ["2026-03-02", "2026-03-30", "2026-04-27"], id="CP 5.4 four weeks in advance"),
        pytest.param("fund_summary", ["2027-03-02", "2028-03-02"], id="CP 9.8 every 12 months"),
    ],
)
def test_a_series_falls_due_again_and_again(policies: Policies, clock: str, expected: list[str]) -> None:
    due = [policies.deadline(CP, clock, START, occurrence=number + 1).due_on for number in range(len(expected))]

    assert [day.isoformat() for day in due] == expected


def test_four_weekly_payments_give_52_weeks_money_a_year_and_monthly_ones_would_give_48(policies: Policies) -> None:
    pack = policies.pack(CP, on=ON)
    every = pack.clock("fund_payment").then

    assert every is not None
    assert (every.limit.count, every.limit.unit) == (4, "weeks")
    assert 52 // every.limit.count * pack.number("funding_weeks") == 52
    assert pack.clock("fund_payment").ours
    assert "48 weeks' money a year" in pack.clock("fund_payment").note


@pytest.mark.parametrize(
    ("council", "name", "value", "clause"),
    [
        (CE, "minimum_age_years", 18, "CE 1.1"),
        (CE, "self_funder_capital_pence", 2_325_000, "CE Definitions"),
        (CE, "refusal_needs_reason", True, "CE 4.3"),
        (CE, "refusal_acts", ("verbal", "written"), "CE 4.3"),
        (CE, "dbs_recommended_level", "enhanced", 'CE 3.2 "Employing a PA"'),
        (CE, "dbs_before_employment", True, 'CE 3.2 "Employing a PA"'),
        (CP, "funding_weeks", 4, "CP 5.4"),
        (CP, "contribution_mode", "gross", "CP 5.4"),
        (CP, "surplus_inform_weeks", 12, "CP 5.4"),
        (CP, "surplus_return_weeks", 12, "CP 9.5"),
        (CP, "short_stay_longest_weeks", 4, "CP 6.17(f)"),
        (CP, "short_stay_window_months", 12, "CP 6.17(f)"),
        (CP, "lot_1_own_service_percent", 50, "CP 3.3"),
        (CP, "lot_1_tier_1_fee_pence", 0, "CP 3.3, Sch III"),
        (CP, "lot_2_weekly_fee_pence", 2500, "CP Sch IV"),
        (CP, "referrals_per_year", 75, "CP Sch I"),
    ],
)
def test_a_value_is_its_clauses_own(policies: Policies, council: str, name: str, value: Any, clause: str) -> None:
    entry = policies.pack(council, on=ON).entry(name)

    assert (entry.value, entry.clause, entry.ours) == (value, clause, False)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("lot_1_tier_2_fee_pence", "policy incomplete: Schedule III Tier 2"),
        ("lot_1_tier_3_fee_pence", "policy incomplete: Schedule III Tier 3"),
        ("lot_1_tier_4_fee_pence", "policy incomplete: Schedule III Tier 4"),
        ("lot_2_fee_ceiling_pence", "policy incomplete: Schedule IV ceiling"),
    ],
)
def test_a_fee_absent_from_the_text_is_never_guessed(policies: Policies, name: str, said: str) -> None:
    with pytest.raises(PolicyIncomplete) as refused:
        policies.pack(CP, on=ON).pence(name)

    assert refused.value.detail.startswith(said)
    assert f"cambridgeshire-peterborough/2022-04-01 {name}" in refused.value.detail


def test_cambridgeshire_and_peterborough_set_no_number_for_answering_a_referral(policies: Policies) -> None:
    pack = policies.pack(CP, on=ON)

    assert not pack.has_clock("referral_response")
    with pytest.raises(PolicyIncomplete, match="policy incomplete: cambridgeshire-peterborough/2022-04-01 C1"):
        policies.deadline(CP, "C1", START)


@pytest.mark.parametrize(
    ("category", "clause", "route"),
    [
        ("health_service", "CP 6.17(a)", "refuse"),
        ("household_expense", "CP 6.17(a)", "refuse"),
        ("accommodation", "CP 6.17(b)", "refuse"),
        ("non_statutory_liability", "CP 6.17(c)", "refuse"),
        ("illegal", "CP 6.17(d)", "refuse"),
        ("unsafe_service", "CP 6.17(d)", "refuse"),
        ("gambling", "CP 6.17(e)", "refuse"),
        ("alcohol", "CP 6.17(e)", "refuse"),
        ("tobacco", "CP 6.17(e)", "refuse"),
        ("long_term_residential_care", "CP 6.17(f)", "refuse"),
        ("outside_agreed_outcomes", "CP 6.17(g)", "needs_agreement"),
        ("household_member_service", "CP 6.17(h)", "needs_agreement"),
    ],
)
def test_a_prohibited_spend_has_its_clause_and_route(
    policies: Policies, category: str, clause: str, route: str
) -> None:
    rows = {row["category"]: row for row in policies.pack(CP, on=ON).table("prohibited_spend")}

    assert (rows[category]["clause"], rows[category]["route"]) == (clause, route)


def test_only_the_last_two_prohibitions_can_be_agreed_to_and_only_the_last_in_writing(policies: Policies) -> None:
    rows = policies.pack(CP, on=ON).table("prohibited_spend")

    agreeable = {row["clause"]: row["agreed_in_writing"] for row in rows if row["route"] == "needs_agreement"}

    assert agreeable == {"CP 6.17(g)": False, "CP 6.17(h)": True}


def test_the_lists_are_as_long_as_the_clauses(policies: Policies) -> None:
    cheshire, cambridgeshire = policies.pack(CE, on=ON), policies.pack(CP, on=ON)

    assert [row["clause"] for row in cambridgeshire.table("sign_off_items")] == [f"CP 6.6.{n}" for n in range(1, 16)]
    assert [row["clause"] for row in cambridgeshire.table("first_contact_items")] == [
        f"CP 8.2.{n}" for n in range(1, 6)
    ]
    assert [row["lot"] for row in cambridgeshire.table("lots")] == [1, 2]
    assert len(cheshire.table("waiting_list_fields")) == 8
    assert len(cheshire.table("client_groups")) == 8
    assert [(row["number"], row["in_contract"]) for row in cheshire.table("components")] == [
        (1, True),
        (2, True),
        (3, False),
    ]


def test_a_referral_from_adult_social_care_needs_its_plan_and_a_self_referral_does_not(policies: Policies) -> None:
    rows = {row["field"]: row for row in policies.pack(CE, on=ON).table("required_referral_fields")}

    assert rows["care_and_support_plan"]["clause"] == "CE 4.3"
    assert rows["care_and_support_plan"]["sources"] == ("adult-social-care",)


@pytest.mark.parametrize(
    ("council", "name", "weekdays", "observes"),
    [(CE, "office", 5, True), (CP, "working_days", 5, True), (CP, "referral_hours", 7, False)],
)
def test_a_calendar_has_its_days_and_hours(
    policies: Policies, council: str, name: str, weekdays: int, observes: bool
) -> None:
    rule = policies.pack(council, on=ON).calendar(name)

    assert (len(rule.weekdays), rule.observes_bank_holidays) == (weekdays, observes)
    assert (rule.opens.isoformat("minutes"), rule.closes.isoformat("minutes")) == ("09:00", "17:00")


def test_every_entry_cites_a_clause_in_the_agreed_form_or_says_it_is_ours(policies: Policies) -> None:
    for pack, entry in _entries(policies):
        assert entry.clause is not None or entry.ours, f"{pack.version} {entry.name}"
        if entry.clause is not None:
            assert _is_cited(entry.clause), f"{pack.version} {entry.name}: {entry.clause}"


def test_every_reading_of_our_own_says_why_and_what_else_it_could_be(policies: Policies) -> None:
    for pack, entry in _entries(policies):
        assert not entry.ours or entry.note, f"{pack.version} {entry.name}"


@pytest.mark.parametrize(
    ("council", "clock"),
    [(CE, name) for name in ("C1", "C2", "C3", "C4")] + [(CP, name) for name in ("C6", "C11", "C12", "C13", "C16")],
)
def test_a_contradictory_clause_is_settled_openly(policies: Policies, council: str, clock: str) -> None:
    readings = policies.pack(council, on=ON).clock(clock).readings

    assert readings is not None
    assert readings.chosen
    assert readings.others


@pytest.mark.parametrize(
    "name",
    [
        "surplus_return_weeks",
        "lot_1_own_service_percent",
        "short_stay_window_months",
        "prohibited_spend",
        "referrals_per_year",
    ],
)
def test_a_contradictory_value_is_settled_openly(policies: Policies, name: str) -> None:
    readings = policies.pack(CP, on=ON).entry(name).readings

    assert readings is not None
    assert readings.others


@pytest.mark.parametrize("council", [CE, CP])
def test_both_councils_can_be_reached_and_alerts_have_a_target_of_ours(policies: Policies, council: str) -> None:
    pack = policies.pack(council, on=ON)

    assert pack.text("contact_safeguarding_team").endswith(f"@{council}.example.org")
    assert pack.entry("alert_acknowledgement_minutes").ours
    assert pack.number("alert_acknowledgement_minutes") > 0


def test_money_is_read_as_money(policies: Policies) -> None:
    assert policies.pack(CE, on=ON).pence("self_funder_capital_pence") == Pence(2_325_000)


def _entries(policies: Policies) -> Iterator[tuple[PolicyPack, PolicyValue | Clock | CalendarRule]]:
    for council in policies.councils():
        for pack in policies.packs.versions_of(council):
            for section in (pack.values, pack.clocks, pack.calendars):
                for entry in section.values():
                    yield pack, entry


def _is_cited(clause: str) -> bool:
    """Whether each of the clauses, the later ones perhaps without their CE or CP, has the agreed form."""
    prefix, rest = clause[:3], clause[3:]
    return all(CLAUSE.fullmatch(prefix + part) for part in rest.split(", "))
