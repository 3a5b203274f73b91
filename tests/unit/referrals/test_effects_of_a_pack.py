"""What another pack would change for a referral: what it lacks, what its component means, why it was refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.referrals.model.effects import referral_effects
from services.referrals.model.parties import Person
from services.referrals.model.referral import Referral
from shared.events.contacts import ContactDetails
from shared.policy.effects import Effect, left_open
from shared.policy.pack import PolicyPack
from shared.policy.publishing import read_submitted
from tests.unit.policy.builders import a_pack_text
from tests.unit.referrals.builders import a_referral

PLAN = {"field": "care_and_support_plan", "label": "Plan", "sources": ["adult-social-care"], "clause": "X 1.1"}
BORN = {"field": "person.born_on", "label": "Date of birth", "sources": ["adult-social-care"], "clause": "X 1.1"}
OTHER = {"code": "other", "label": "Another reason", "clause": None, "ours": True}


def a_pack(**values: Any) -> PolicyPack:
    cited = {name: {"value": value, "clause": "X 1.1"} for name, value in values.items()}
    return read_submitted(a_pack_text(values=cited).text, most_bytes=100_000)


def a_person() -> Person:
    return Person(person_id="per-1", reference="P-0007", contact=ContactDetails(name="Sample Person 0007"))


def effects(referral: Referral, before: PolicyPack, after: PolicyPack) -> list[Effect]:
    return list(referral_effects(referral, a_person(), before=before, after=after))


def test_a_field_that_would_be_asked_for_and_is_not_there_is_named() -> None:
    before, after = a_pack(required_referral_fields=[PLAN]), a_pack(required_referral_fields=[PLAN, BORN])

    [effect] = effects(a_referral(status="submitted", care_and_support_plan="plan-1"), before, after)

    assert (effect.kind, effect.before, effect.after) == ("missing", None, "person.born_on")


def test_a_field_that_would_be_asked_for_no_more_is_named() -> None:
    before, after = a_pack(required_referral_fields=[PLAN]), a_pack(minimum_age_years=18)

    [effect] = effects(a_referral(status="incomplete", care_and_support_plan=None), before, after)

    assert (effect.before, effect.after) == ("care_and_support_plan", None)


def test_what_a_referral_lacks_matters_no_more_once_it_is_accepted() -> None:
    before, after = a_pack(required_referral_fields=[PLAN]), a_pack(required_referral_fields=[PLAN, BORN])

    assert effects(a_referral(status="accepted"), before, after) == []


BROKERAGE = {"component": "brokerage", "number": 2, "label": "Brokerage", "in_contract": True, "clause": "X 1.1"}
INFORMATION = BROKERAGE | {"component": "universal-information", "number": 1}
NEEDS = {"component": "brokerage", "when": ["eligible_needs"], "clause": "X 1.1"}
REST = {"component": "universal-information", "when": [], "clause": "X 1.1"}
ADULT = {"condition": "adult", "label": "Adult", "any_of": ["of_age"], "refusal_reason": "other", "clause": "X 1.1"}


def test_a_component_that_would_leave_the_contract_is_named() -> None:
    before, after = a_pack(components=[BROKERAGE]), a_pack(components=[BROKERAGE | {"in_contract": False}])

    [effect] = effects(a_referral(status="accepted", component="brokerage"), before, after)

    assert effect.kind == "component"
    assert effect.before == "brokerage, within the contract"
    assert effect.after == "brokerage, outside the contract"


def test_a_case_that_other_rules_would_put_elsewhere_is_named() -> None:
    components = [BROKERAGE, INFORMATION]
    before = a_pack(components=components, component_rules=[NEEDS, REST])
    after = a_pack(components=components, component_rules=[REST])

    [effect] = effects(a_referral(component="brokerage", facts={"eligible_needs": True}), before, after)

    assert effect.after == "universal-information, within the contract"


def test_whoever_would_no_longer_be_old_enough_is_named() -> None:
    person = replace(a_person(), born_on=date(2007, 3, 1))
    before = a_pack(eligibility_conditions=[ADULT], minimum_age_years=18)
    after = a_pack(eligibility_conditions=[ADULT], minimum_age_years=21)

    [effect] = referral_effects(a_referral(facts={"resident": True}), person, before=before, after=after)

    assert (effect.kind, effect.before, effect.after) == ("eligibility", None, "adult")


def test_a_self_funder_by_capital_is_asked_again_under_another_limit() -> None:
    before, after = a_pack(self_funder_capital_pence=2_325_000), a_pack(self_funder_capital_pence=10_000_000)

    [effect] = effects(a_referral(self_funder=True, self_funder_because="capital"), before, after)
    declared = effects(a_referral(self_funder=True, self_funder_because="declared"), before, after)

    assert (effect.kind, effect.before, effect.after) == ("means", "2325000", "10000000")
    assert "ask" in effect.note
    assert declared == []


def test_what_the_other_pack_leaves_open_is_named() -> None:
    before, after = a_pack(minimum_age_years=18, funding_weeks=4), a_pack(funding_weeks=4)

    assert list(left_open(before, after)) == ["minimum_age_years"]


@pytest.mark.parametrize(("label", "told"), [("No more capacity", "No more capacity"), (None, None)])
def test_a_reason_for_refusal_that_would_be_another_or_none_is_named(label: str | None, told: str | None) -> None:
    reason = {"code": "no-capacity", "label": "No capacity", "clause": "X 1.1"}
    others = [OTHER, *([reason | {"label": label}] if label else [])]
    before, after = a_pack(refusal_reasons=[OTHER, reason]), a_pack(refusal_reasons=others)

    [effect] = effects(a_referral(status="refused", reason="no-capacity"), before, after)

    assert (effect.kind, effect.name, effect.before, effect.after) == (
        "refusal_reason",
        "no-capacity",
        "No capacity",
        told,
    )


def test_the_same_pack_changes_nothing() -> None:
    pack = a_pack(required_referral_fields=[PLAN, BORN], refusal_reasons=[OTHER])

    assert effects(a_referral(status="submitted", component="brokerage"), pack, pack) == []
