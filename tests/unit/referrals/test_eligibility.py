"""Who a referral is for: self-funders by their means, components, conditions, and codes of the council's lists."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referrals.handlers.submission import LISTS
from services.referrals.model.eligibility import is_of_age, means_of
from services.referrals.model.referral import is_shown_to
from shared.context import Caller
from shared.errors import NotFound
from tests.support.clocks import A_MONDAY_MORNING
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, an_adviser, an_event, rules

LIMIT = 2_325_000
SELF_FUNDER = {"data__self_funder": True}


@pytest.mark.parametrize(
    ("capital", "income", "declared", "expected"),
    [
        pytest.param(LIMIT, None, None, (None, None), id="exactly the limit is not over it"),
        pytest.param(LIMIT + 1, None, None, (True, "capital"), id="a penny over"),
        pytest.param(0, True, None, (True, "income"), id="an income that pays the fees"),
        pytest.param(LIMIT + 1, False, False, (True, "capital"), id="what is known goes before what is said"),
        pytest.param(LIMIT, False, True, (False, "means"), id="neither capital nor income, whatever is said"),
        pytest.param(None, None, True, (True, "declared"), id="said so"),
        pytest.param(None, None, None, (None, None), id="nobody has said"),
    ],
)
def test_a_self_funder_is_told_by_capital_or_income(
    capital: int | None, income: bool | None, declared: bool | None, expected: tuple[bool | None, str | None]
) -> None:
    means = means_of(declared=declared, capital_pence=capital, income_covers_fees=income, limit_pence=LIMIT)

    assert (means.self_funder, means.because) == expected


@given(less=st.integers(0, 10**9), more=st.integers(0, 10**9), income=st.sampled_from([True, False, None]))
def test_more_capital_never_makes_somebody_less_of_a_self_funder(less: int, more: int, income: bool | None) -> None:
    low, high = sorted((less, more))
    poorer = means_of(declared=None, capital_pence=low, income_covers_fees=income, limit_pence=LIMIT)
    richer = means_of(declared=None, capital_pence=high, income_covers_fees=income, limit_pence=LIMIT)

    assert not (poorer.self_funder and not richer.self_funder)


def test_the_limit_is_the_packs_and_the_capital_itself_is_not_kept() -> None:
    desk = ReferralsDesk()

    stored = desk.taken_in(an_event(data__capital_pence=LIMIT + 1))

    assert (stored.state.component, stored.state.in_contract) == ("self-funder", False)
    assert stored.state.self_funder_because == "capital"
    assert str(LIMIT + 1) not in str(desk.everything())


def test_a_self_funder_who_asks_for_information_only_is_served_like_everyone() -> None:
    desk = ReferralsDesk()

    stored = desk.taken_in(
        an_event(data__self_funder=True, data__asks_for_brokerage=False, data__has_eligible_needs=False)
    )

    assert (stored.state.component, stored.state.in_contract) == ("universal-information", True)


COUNCIL_ROLES = ("social_worker", "brokerage_team", "commissioner", "finance_officer", "council_system", "dpo")


@pytest.mark.parametrize("role", COUNCIL_ROLES)
def test_to_the_council_a_self_funders_arrangement_does_not_exist(role: str) -> None:
    desk = ReferralsDesk()
    stored = desk.taken_in(an_event(**SELF_FUNDER))
    council = Caller(actor_id="council-1", roles=(role,), councils=(CE,))

    with pytest.raises(NotFound):
        desk.store.referral_seen_by(council, stored.id)
    with pytest.raises(NotFound):
        desk.store.person_seen_by(council, stored.state.person_id)
    assert desk.store.referrals_seen_by(council).items == []
    assert desk.store.caseloads(council) == {}
    assert not is_shown_to(council, stored.state)


def test_live_streams_tell_the_support_service_alone_of_a_self_funders_arrangement() -> None:
    desk = ReferralsDesk()
    desk.taken_in(an_event(**SELF_FUNDER))
    desk.taken_in(an_event(data__referral_reference="REF-2", data__person={"person_reference": "P-2"}))

    audiences = {(event.data.get("referral_id"), event.audience) for event in desk.referrals.told()}

    def of_component(name: str) -> set[str]:
        return {one.id for one in desk.store.referrals_seen_by(an_adviser(), component=name).items}

    paying, others = of_component("self-funder"), of_component("brokerage")
    assert {audience for referral_id, audience in audiences if referral_id in paying} == {"support-service"}
    assert {audience for referral_id, audience in audiences if referral_id in others} == {""}


@pytest.mark.parametrize("role", ["adviser", "dpss_manager", "safeguarding_lead"])
def test_the_support_service_sees_it_and_so_does_the_person(role: str) -> None:
    desk = ReferralsDesk()
    stored = desk.taken_in(an_event(**SELF_FUNDER))
    themselves = Caller(actor_id=stored.state.person_id, roles=("person",), councils=(CE,))

    for caller in (an_adviser(roles=(role,)), themselves):
        assert [one.id for one in desk.store.referrals_seen_by(caller).items] == [stored.id]
        assert desk.store.person_seen_by(caller, stored.state.person_id).id == stored.state.person_id


@pytest.mark.parametrize("roles", [("person",), ("nominee", "public"), ("public",), ()])
def test_nobody_is_taken_for_staff_by_a_role_that_is_not_staffs(roles: tuple[str, ...]) -> None:
    desk = ReferralsDesk()
    stored = desk.taken_in(an_event())
    stranger = Caller(actor_id="sample-stranger", roles=roles, councils=(CE,))

    assert not is_shown_to(stranger, stored.state)
    assert desk.store.referrals_seen_by(stranger).items == []


def test_the_contracts_figures_leave_self_funders_out() -> None:
    desk = ReferralsDesk()
    desk.taken_in(an_event(**SELF_FUNDER))
    desk.taken_in(an_event(data__referral_reference="REF-2", data__person={"person_reference": "P-2"}))

    figures = desk.store.figures(
        CE, since=A_MONDAY_MORNING - timedelta(days=1), until=A_MONDAY_MORNING + timedelta(days=1)
    )

    assert figures == {"status": {"submitted": 1}, "component": {"brokerage": 1}, "refusal_reason": {}}


@pytest.mark.parametrize(
    ("council_id", "said", "conditions"),
    [
        (CE, {"person": {"born_on": "1961-04-05"}, "resident": True}, {"adult": True, "resident": True}),
        (CE, {"person": {"born_on": "2010-04-05"}}, {"adult": False, "resident": None}),
        (
            CP,
            {"has_eligible_needs": False, "has_section_117_aftercare": True, "registered_with_local_gp": True},
            {"needs": True, "local-gp": True, "resident": None},
        ),
        (
            CP,
            {"has_eligible_needs": False, "has_section_117_aftercare": False, "registered_with_local_gp": False},
            {"needs": False, "local-gp": False, "resident": None},
        ),
    ],
)
def test_the_conditions_of_the_council_are_met_or_not_or_not_known(
    council_id: str, said: dict[str, Any], conditions: dict[str, bool | None]
) -> None:
    desk = ReferralsDesk()
    person = {"person_reference": "P-1"} | said.pop("person", {})
    event = an_event(council_id=council_id, data__person=person, **{f"data__{name}": v for name, v in said.items()})

    stored = desk.taken_in(event, council_id)

    assert {one.condition: one.met for one in stored.state.eligibility} == conditions


def test_an_unmet_condition_names_the_reason_of_its_refusal_and_refuses_nobody_by_itself() -> None:
    desk = ReferralsDesk()

    stored = desk.taken_in(an_event(data__resident=False))

    assert stored.state.status == "submitted"
    assert [one.refusal_reason for one in stored.state.eligibility if one.met is False] == ["not-resident"]


@pytest.mark.parametrize(
    ("born_on", "on", "of_age"),
    [
        (date(2008, 3, 2), date(2026, 3, 2), True),
        (date(2008, 3, 3), date(2026, 3, 2), False),
        (date(2008, 2, 29), date(2026, 2, 28), False),
        (date(2008, 2, 29), date(2026, 3, 1), True),
        (None, date(2026, 3, 2), None),
    ],
)
def test_an_adult_has_had_the_birthday(born_on: date | None, on: date, of_age: bool | None) -> None:
    assert is_of_age(born_on, on=on, years=18) is of_age


FACTS: dict[str, Any] = {
    "client_groups": ["carer", "mental-health"],
    "primary_support_reason": "memory-and-cognition",
    "contact_type": "reviews-and-audits",
    "priority_groups": ["ex-service", "lgbt"],
    "care_act_assessment": "CAA-1",
    "mental_capacity_assessment": "MCA-1",
    "from_childrens_direct_payment": True,
}


def test_the_referral_keeps_groups_reasons_and_references() -> None:
    desk = ReferralsDesk()

    stored = desk.taken_in(an_event(**{f"data__{name}": value for name, value in FACTS.items()}))

    kept = {name: getattr(stored.state, name) for name in FACTS}
    assert kept == {name: tuple(v) if isinstance(v, list) else v for name, v in FACTS.items()}


def test_the_one_client_group_of_older_senders_is_one_of_the_groups() -> None:
    desk = ReferralsDesk()

    stored = desk.taken_in(an_event(data__client_group="autism"))

    assert stored.state.client_groups == ("autism",)


def test_the_persons_ways_of_communication_are_kept_with_how_they_are_reached() -> None:
    desk = ReferralsDesk()
    needs = {
        "communication_needs": ["british-sign-language", "interpreter"],
        "language": "BSL",
        "font_size_points": 18,
        "feedback_method": "interview",
    }

    stored = desk.taken_in(an_event(data__person={"person_reference": "P-1"} | needs))

    contact = desk.persons.records.get(stored.state.person_id).state.contact
    assert contact.communication_needs == ("british-sign-language", "interpreter")
    assert (contact.language, contact.font_size_points, contact.feedback_method) == ("BSL", 18, "interview")


WRONG = {
    "client_groups": ({"client_groups": ["autism", "bank managers"]}, "data.client_groups.1"),
    "client_group": ({"client_group": "bank managers"}, "data.client_group"),
    "primary_support_reason": ({"primary_support_reason": "boredom"}, "data.primary_support_reason"),
    "contact_type": ({"contact_type": "a chat"}, "data.contact_type"),
    "priority_groups": ({"priority_groups": ["friends of the mayor"]}, "data.priority_groups.0"),
    "person.communication_needs": (
        {"person": {"person_reference": "P-1", "communication_needs": ["telepathy"]}},
        "data.person.communication_needs.0",
    ),
    "person.feedback_method": (
        {"person": {"person_reference": "P-1", "feedback_method": "telepathy"}},
        "data.person.feedback_method",
    ),
}


@pytest.mark.parametrize(("said", "field"), WRONG.values(), ids=WRONG.keys())
def test_a_code_that_the_council_does_not_have_is_refused_by_name_and_leaves_nothing(
    said: dict[str, Any], field: str
) -> None:
    desk = ReferralsDesk()

    answer = desk.take_in(an_event(**{f"data__{name}": value for name, value in said.items()}))

    assert (answer.outcome, [(error.field, error.rule) for error in answer.errors]) == ("refused", [(field, "policy")])
    assert not any(desk.everything().values())


def test_every_list_that_is_checked_is_tried_above() -> None:
    assert set(WRONG) == set(LISTS)


def test_a_council_that_lists_none_takes_any_code() -> None:
    desk = ReferralsDesk()
    assert rules().codes(CP, "client_groups", A_MONDAY_MORNING) is None

    stored = desk.taken_in(an_event(council_id=CP, data__client_groups=["something of their own"]), CP)

    assert stored.state.client_groups == ("something of their own",)
