from __future__ import annotations

from typing import Any

import pytest

from services.pa_registry.model.checks import AskedCheck
from services.pa_registry.rules import PolicyRules
from shared.errors import PolicyIncomplete
from shared.policy.policies import Policies
from tests.support.clocks import A_MONDAY_MORNING
from tests.unit.policy.builders import a_pack_text

EMPLOYING = 'CE 3.2 "Employing a PA"'


@pytest.fixture(scope="module")
def built_in() -> PolicyRules:
    return PolicyRules(Policies.load())


def test_cheshire_easts_pack_asks_for_the_dbs_check_it_recommends_for_everyone(built_in: PolicyRules) -> None:
    asked = built_in.checks_before_publishing("cheshire-east", A_MONDAY_MORNING)

    assert asked == (AskedCheck(check="dbs", level="enhanced", source=EMPLOYING),)


def test_where_no_clause_says_it_the_councils_own_policy_is_named(built_in: PolicyRules) -> None:
    [asked] = built_in.checks_before_publishing("cambridgeshire-peterborough", A_MONDAY_MORNING)

    assert asked.source == "the council's policy cambridgeshire-peterborough/2022-04-01"


class OnePack:
    """A source of one small pack with these values."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def packs(self) -> list[Any]:
        return [a_pack_text(values=self.values)]


def rules_of(**values: Any) -> PolicyRules:
    entries = {name: {"value": value, "clause": "X 3.2"} for name, value in values.items()}
    return PolicyRules(Policies.load([OnePack(entries)]))


def asked_of(rules: PolicyRules) -> list[tuple[str, str | None]]:
    return [(asked.check, asked.level) for asked in rules.checks_before_publishing("sample", A_MONDAY_MORNING)]


def test_a_pack_that_wants_no_check_before_employment_asks_for_none() -> None:
    assert asked_of(rules_of(dbs_before_employment=False, dbs_recommended_level="enhanced")) == []


def test_a_council_may_list_the_checks_itself() -> None:
    own = ["identity", "right-to-work", "dbs"]
    rules = rules_of(x_pa_checks_before_publishing=own, dbs_recommended_level="standard")

    assert asked_of(rules) == [("identity", None), ("right-to-work", None), ("dbs", "standard")]


def test_a_councils_own_empty_list_asks_for_none() -> None:
    assert asked_of(rules_of(x_pa_checks_before_publishing=[], dbs_before_employment=True)) == []


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({}, id="nothing said of DBS checks"),
        pytest.param({"dbs_before_employment": True}, id="no level said"),
        pytest.param({"x_pa_checks_before_publishing": ["shoe-size"]}, id="a check there is not"),
    ],
)
def test_a_pack_that_leaves_it_open_stops_publishing_with_a_sentence(values: dict[str, Any]) -> None:
    with pytest.raises(PolicyIncomplete, match="policy incomplete: "):
        asked_of(rules_of(**values))
