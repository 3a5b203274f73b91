"""What the two built-in packs say, clause by clause, and what they leave open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.errors import PolicyIncomplete
from shared.money import Pence
from shared.policy.loading import PackSchema
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
    r"|(Direct Payments Regulations 2014|Complaints Regulations 2009) (reg|Sch) [0-9]+"
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
        pytest.param(CP, "C14", "4 weeks", "CP 5.4", id="CP 5.4 invoiced 4 weeks in arrears"),
        pytest.param(CP, "C15", "12 months", "CP 9.8", id="CP 9.8 every 12 months"),
        pytest.param(CP, "C16", "immediately", "CP 4.7", id="CP 4.7 repay immediately"),
        pytest.param(CP, "C17", "30 working days", "CP 4.7", id="CP 4.7 within 30 Working Days"),
        pytest.param(CP, "C18", "14 calendar days", "CP 9.3", id="CP 9.3 14 days"),
        pytest.param(CE, "C20", "1 month", "CE 7.9", id="CE 7.9 on a monthly basis"),
        pytest.param(CE, "C21a", "3 months", "CE 3.1", id="CE 3.1 reported quarterly"),
        pytest.param(CE, "C21b", "3 months", 'CE 3.2 "Publicity"', id="CE 3.2 newsletter quarterly"),
        pytest.param(CE, "C21c", "3 months", 'CE 3.2 "Collaborative Working"', id="CE 3.2 evidence quarterly"),
        pytest.param(CP, "C21d", "3 months", "CP 7.3", id="CP 7.3 on a quarterly basis"),
        pytest.param(CE, "C22a", "12 months", 'CE 3.2 "Annual Consultation"', id="CE 3.2 annual survey"),
        pytest.param(CE, "C22b", "12 months", "CE 7.9", id="CE 7.9 annual self-assessment"),
        pytest.param(CP, "C22c", "12 months", "CP 9.4.6", id="CP 9.4.6 an annual report"),
        pytest.param(CE, "C22d", "12 months", "CE 7.7", id="CE 7.7 each annual return"),
        pytest.param(CE, "C22e", "12 months", "CE 8.3", id="CE 8.3 reviewed at least annually"),
        pytest.param(CE, "C23", "1 month", "CE 7.3(h)", id="CE 7.3(h) one month's notice"),
        pytest.param(CP, "C24", "1 month", "CP 10.3", id="CP 10.3 each month"),
        pytest.param(CE, "C25a", "immediately", "CE 7.9", id="CE 7.9 improper conduct immediately"),
        pytest.param(CE, "C25b", "immediately", "CE 7.3(d)", id="CE 7.3(d) interruption immediately"),
        pytest.param(CE, "C25c", "immediately", "CE 8.5", id="CE 8.5 improper disclosure immediately"),
        pytest.param(CE, "C26a", "2 months", 'CE 3.2 "Surgeries"', id="CE 3.2 bi-monthly as a minimum"),
        pytest.param(CE, "C26b", "3 months", 'CE 3.2 "Peer Support Network"', id="CE 3.2 at least quarterly"),
        pytest.param(CE, "S1a", "6 months", "Direct Payments Regulations 2014 reg 7", id="reg 7 first 6 months"),
        pytest.param(CE, "S1b", "12 months", "Direct Payments Regulations 2014 reg 7", id="reg 7 12 months"),
        pytest.param(CE, "S2", "3 working days", "Complaints Regulations 2009 reg 13", id="reg 13 3 working days, CE"),
        pytest.param(CP, "S2", "3 working days", "Complaints Regulations 2009 reg 13", id="reg 13 3 working days, CP"),
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
        (CE, "staff_references_needed", 2, "CE 5.4"),
        (CE, "signposting_barred_ratings", ("inadequate",), 'CE 3.2 "The Care Agency"'),
        (CE, "check_methods", ("phone", "email", "face-to-face"), 'CE 3.2 "Early Help check"'),
        (CE, "early_help_check_first_contact", "phone", 'CE 3.2 "Early Help check"'),
        (CE, "start_up_funding_agreed_by", "adult-social-care-practitioner", 'CE 3.2 "Start Up"'),
        (CE, "negative_feedback_copied_to_council", True, "CE 7.1(f)"),
        (CE, "partner_complaints_review_months", 3, "CE 8.2"),
        (CE, "complaint_time_limit_months", 12, "Complaints Regulations 2009 reg 12"),
        (CE, "contract_yearly_pence", 12_000_000, "CE 1.6"),
        (CE, "contract_years", 2, "CE 1.6"),
        (CE, "contract_extension_years", 1, "CE 1.6"),
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


@pytest.mark.parametrize(
    ("council", "name", "rows"),
    [
        (CP, "sign_off_items", 15),
        (CP, "first_contact_items", 5),
        (CP, "plan_steps", 8),
        (CP, "lots", 2),
        (CP, "onward_referral_kinds", 5),
        (CP, "key_performance_indicators", 7),
        (CE, "waiting_list_fields", 8),
        (CE, "client_groups", 8),
        (CE, "components", 3),
        (CE, "authorised_person_routes", 3),
        (CE, "setup_checklist", 12),
        (CE, "workshop_topics", 8),
        (CE, "advice_topics", 19),
        (CE, "priority_groups", 10),
        (CE, "register_field_groups", 11),
        (CE, "policy_documents", 16),
        (CE, "contract_outcomes", 4),
        (CE, "high_level_outcomes", 9),
        (CE, "abuse_categories", 9),
    ],
)
def test_a_list_is_as_long_as_its_clause(policies: Policies, council: str, name: str, rows: int) -> None:
    assert len(policies.pack(council, on=ON).table(name)) == rows


def test_items_of_numbered_clauses_are_all_there(policies: Policies) -> None:
    pack = policies.pack(CP, on=ON)

    assert [row["clause"] for row in pack.table("sign_off_items")] == [f"CP 6.6.{n}" for n in range(1, 16)]
    assert [row["clause"] for row in pack.table("first_contact_items")] == [f"CP 8.2.{n}" for n in range(1, 6)]
    assert [row["number"] for row in pack.table("plan_steps")] == [*range(1, 9)]


def test_a_case_of_a_self_funder_is_outside_the_contract_and_everyone_gets_information(policies: Policies) -> None:
    pack = policies.pack(CE, on=ON)

    assert [(row["number"], row["in_contract"]) for row in pack.table("components")] == [
        (1, True),
        (2, True),
        (3, False),
    ]
    assert [(row["component"], row["when"]) for row in pack.table("component_rules")] == [
        ("self-funder", ("self_funder", "asks_for_brokerage")),
        ("brokerage", ("eligible_needs",)),
        ("universal-information", ()),
    ]


@pytest.mark.parametrize(("capacity", "conditions"), [("with", [1, 2, 3, 4]), ("without", [1, 2, 3, 4, 5])])
def test_a_direct_payment_has_four_conditions_with_capacity_and_five_without(
    policies: Policies, capacity: str, conditions: list[int]
) -> None:
    rows = [row for row in policies.pack(CE, on=ON).table("direct_payment_conditions") if row["capacity"] == capacity]

    assert sorted({row["number"] for row in rows}) == conditions
    assert len({row["condition"] for row in rows}) == len(rows)


def test_peer_meetings_are_4_to_12_a_year_and_an_example_is_no_minimum(policies: Policies) -> None:
    kinds = {row["kind"]: row for row in policies.pack(CE, on=ON).table("event_kinds")}

    assert (kinds["peer-meeting"]["least_a_year"], kinds["peer-meeting"]["most_a_year"]) == (4, 12)
    assert kinds["staff-surgery"]["least_a_year"] == 6
    assert "least_a_year" not in kinds["workshop"]
    assert kinds["workshop"]["usual_months"] == 2


def test_what_refuses_a_referral_has_a_reason_of_the_pack(policies: Policies) -> None:
    for council in (CE, CP):
        pack = policies.pack(council, on=ON)
        reasons = {row["code"] for row in pack.table("refusal_reasons")}

        assert {row["refusal_reason"] for row in pack.table("eligibility_conditions")} <= reasons


def test_the_waiting_lists_criteria_are_ours_for_the_clause_gives_none(policies: Policies) -> None:
    entry = policies.pack(CE, on=ON).entry("waiting_list_priorities")

    assert entry.ours
    assert entry.clause == "CE 4.8"
    assert all(row["ours"] and row["weight"] > 0 for row in entry.value)


def test_the_shares_of_contacts_are_100_per_cent_with_the_unexplained_tenth(policies: Policies) -> None:
    shares = {row["code"]: row["share_percent"] for row in policies.pack(CE, on=ON).table("contact_types")}

    assert shares == {"information-and-advice": 28, "reviews-and-audits": 62, "other": 10}


@pytest.mark.parametrize(
    ("council", "duty", "clocks"),
    [
        (CE, "review", {"S1a", "S1b"}),
        (CE, "complaint", {"S2"}),
        (CP, "review", {"C11", "C12", "S1a", "S1b"}),
        (CP, "complaint", {"C10", "S2"}),
    ],
)
def test_the_laws_clocks_watch_the_same_duty_as_the_contracts(
    policies: Policies, council: str, duty: str, clocks: set[str]
) -> None:
    assert {c.id for c in policies.pack(council, on=ON).clocks.values() if c.duty == duty} == clocks


@pytest.mark.parametrize(("council", "clause"), [(CE, "CE 7.6, 8.5"), (CP, "CP 9.12")])
def test_how_long_records_are_kept_is_left_open_with_its_clause_and_never_guessed(
    policies: Policies, council: str, clause: str
) -> None:
    pack = policies.pack(council, on=ON)

    assert pack.values["records_retention_months"].clause == clause
    with pytest.raises(PolicyIncomplete, match=rf"policy incomplete: .*{council}/.* records_retention_months"):
        pack.number("records_retention_months")


@pytest.mark.parametrize("name", ["self_funder_weekly_income_pence", "audit_notice_days"])
def test_cheshire_easts_numbers_that_no_clause_gives_stop_whoever_needs_them(policies: Policies, name: str) -> None:
    with pytest.raises(PolicyIncomplete, match=rf"policy incomplete: .*cheshire-east/2019-04-01 {name}"):
        policies.pack(CE, on=ON).entry(name)


@pytest.mark.parametrize(("council", "clock"), [(CE, "C19"), (CP, "C23"), (CE, "C6"), (CP, "C2")])
def test_a_clock_without_a_limit_in_the_contract_stops_whoever_needs_it(
    policies: Policies, council: str, clock: str
) -> None:
    names = PackSchema.published().document["properties"]["clocks"]["properties"]
    [name] = [name for name, entry in names.items() if entry["description"].startswith(f"{clock}:")]

    with pytest.raises(PolicyIncomplete, match=f"policy incomplete: {council}/.* {name}"):
        policies.deadline(council, name, START)


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


SETTLED: dict[int, tuple[str, dict[str, tuple[str, ...]]]] = {
    1: ("48 weeks", {CP: ("fund_payment",)}),
    2: ("4-month", {CE: ("follow_up_check", "follow_up_check_repeats")}),
    3: ("inform", {CP: ("surplus_inform_weeks", "surplus_return_weeks")}),
    4: ("provider's reviews", {CP: ("council_review", "provider_review")}),
    5: ("CP 6.10", {CP: ("lot_1_own_service_percent",)}),
    6: ("Any 12-month period", {CP: ("short_stay_window_months", "short_stay_joining_gap_weeks")}),
    7: ("absent", {CP: ("lot_1_tier_2_fee_pence", "lot_1_tier_3_fee_pence", "lot_1_tier_4_fee_pence")}),
    8: (
        "no number",
        {
            CE: ("check_issue_report", "improper_conduct_notice", "interruption_notice", "improper_disclosure_notice"),
            CP: ("finances_changed_notice", "balance_repayment"),
        },
    ),
    9: ("1 to 5", {CE: ("contract_outcomes",)}),
    10: ("weekends only", {CE: ("message_reply",)}),
    11: ("calendars belong to each pack", {CE: ("office",), CP: ("referral_hours",)}),
    12: ("Nine groups", {CE: ("abuse_categories",)}),
    13: ("never refuse", {CP: ("referrals_per_year",)}),
    14: ("hides", {CP: ("key_performance_indicators",)}),
    15: ("changed since", {CE: ("old_names",), CP: ("old_names",)}),
    16: ("small counts", {CE: ("register_field_groups", "facet_smallest_count")}),
    17: ("silent", {CE: ("contact_types",), CP: ("blank_clauses",)}),
}
"""The gaps and contradictions of the two contracts: a word of the note that settles it, and the entries that do."""


def test_every_contradiction_is_on_the_list() -> None:
    assert [*SETTLED] == [*range(1, 18)]


@pytest.mark.parametrize("number", SETTLED)
def test_a_contradiction_is_settled_openly_with_its_how_and_why(policies: Policies, number: int) -> None:
    word, names = SETTLED[number]
    entries = [_named(policies.pack(council, on=ON), name) for council, some in names.items() for name in some]

    assert all(entry.note for entry in entries)
    assert any(word in entry.note for entry in entries)
    assert any(_is_settled(entry) for entry in entries)


def test_immediately_always_has_a_target_that_is_called_ours(policies: Policies) -> None:
    clocks = [entry for _, entry in _entries(policies) if isinstance(entry, Clock)]
    immediate = [clock for clock in clocks if [limit.unit for limit in clock.first] == ["immediately"]]

    assert len(immediate) == 6
    for clock in immediate:
        assert clock.target is not None, clock.name
        assert "is ours" in clock.note, clock.name


@pytest.mark.parametrize(
    ("council", "name"),
    [(CE, name) for name in ("referral_response", "message_reply", "early_help_check", "follow_up_check")]
    + [(CE, name) for name in ("staff_surgery", "contact_types", "abuse_categories", "register_field_groups")]
    + [(CE, name) for name in ("component_rules", "authorised_person_routes", "signposting_barred_ratings")]
    + [(CP, name) for name in ("urgent_start", "council_review", "provider_review", "fund_payment")]
    + [(CP, name) for name in ("balance_repayment", "surplus_return_weeks", "lot_1_own_service_percent")]
    + [(CP, name) for name in ("short_stay_window_months", "prohibited_spend", "referrals_per_year")],
)
def test_a_clause_with_several_readings_names_the_one_chosen_and_the_others(
    policies: Policies, council: str, name: str
) -> None:
    entry = _named(policies.pack(council, on=ON), name)

    assert isinstance(entry, PolicyValue | Clock)
    assert entry.readings is not None
    assert entry.readings.chosen
    assert entry.readings.others


def test_every_reading_that_was_not_chosen_is_a_whole_sentence(policies: Policies) -> None:
    packs = [pack for versions in policies.packs.by_council.values() for pack in versions]
    entries = [entry for pack in packs for entry in (*pack.values.values(), *pack.clocks.values()) if entry.readings]
    others = [other for entry in entries if entry.readings for other in entry.readings.others]

    assert len(others) > 20
    assert [
        other for other in others if not (other[0].isupper() or other[0].isdigit()) or not other.endswith(".")
    ] == []


def test_every_row_of_a_table_cites_a_clause_or_says_it_is_ours(policies: Policies) -> None:
    for pack, entry, row in _rows(policies):
        where = f"{pack.version} {entry.name} {row}"

        assert row["clause"] or row.get("ours") or entry.ours, where
        assert row["clause"] is None or _is_cited(row["clause"]), where


@pytest.mark.parametrize("council", [CE, CP])
def test_both_councils_can_be_reached_and_alerts_have_a_target_of_ours(policies: Policies, council: str) -> None:
    pack = policies.pack(council, on=ON)

    assert pack.text("contact_safeguarding_team").endswith(f"@{council}.example.org")
    assert pack.entry("alert_acknowledgement_minutes").ours
    assert pack.number("alert_acknowledgement_minutes") > 0


def test_money_is_read_as_money(policies: Policies) -> None:
    assert policies.pack(CE, on=ON).pence("self_funder_capital_pence") == Pence(2_325_000)


def _rows(policies: Policies) -> Iterator[tuple[PolicyPack, PolicyValue, Mapping[str, Any]]]:
    for pack, entry in _entries(policies):
        if isinstance(entry, PolicyValue) and isinstance(entry.value, tuple):
            yield from ((pack, entry, row) for row in entry.value if isinstance(row, Mapping) and "clause" in row)


def _named(pack: PolicyPack, name: str) -> PolicyValue | Clock | CalendarRule:
    return ({**pack.values, **pack.clocks, **pack.calendars})[name]


def _is_settled(entry: PolicyValue | Clock | CalendarRule) -> bool:
    """Whether it says openly that it chose, that it is ours, that it stays open, or that councils differ."""
    if isinstance(entry, CalendarRule):
        return "belong to each pack" in entry.note
    target = entry.target is not None if isinstance(entry, Clock) else False
    return entry.readings is not None or entry.ours or entry.unset or target or "Nothing is read into it" in entry.note


def _entries(policies: Policies) -> Iterator[tuple[PolicyPack, PolicyValue | Clock | CalendarRule]]:
    for council in policies.councils():
        for pack in policies.packs.versions_of(council):
            for section in (pack.values, pack.clocks, pack.calendars):
                for entry in section.values():
                    yield pack, entry


def _is_cited(clause: str) -> bool:
    """Whether each of the clauses, the later ones perhaps without their CE or CP, has the agreed form."""
    if "Regulations" in clause:
        return CLAUSE.fullmatch(clause) is not None
    prefix, rest = clause[:3], clause[3:]
    return all(CLAUSE.fullmatch(prefix + part) for part in rest.split(", "))
