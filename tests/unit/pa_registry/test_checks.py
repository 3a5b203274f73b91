from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.pa_registry.model.checks import (
    LEVELS,
    AskedCheck,
    Check,
    check_check,
    current_dbs,
    dbs_status,
    lacking,
    reaches,
    read_level,
)
from shared.errors import Invalid
from tests.support.register_builders import TODAY, a_dbs_check

EMPLOYING = 'CE 3.2 "Employing a PA"'
ENHANCED = AskedCheck(check="dbs", level="enhanced", source=EMPLOYING)


@pytest.mark.parametrize(
    ("held", "met"),
    [
        pytest.param([], False, id=f"{EMPLOYING}: none"),
        pytest.param([a_dbs_check()], True, id=f"{EMPLOYING}: enhanced"),
        pytest.param([a_dbs_check(level="enhanced_with_barred_list")], True, id=f"{EMPLOYING}: above enhanced"),
        pytest.param([a_dbs_check(level="standard")], False, id=f"{EMPLOYING}: below enhanced"),
        pytest.param([a_dbs_check(expires_on=TODAY)], True, id=f"{EMPLOYING}: its last day still counts"),
        pytest.param([a_dbs_check(expires_on=TODAY - timedelta(days=1))], False, id=f"{EMPLOYING}: run out"),
        pytest.param([a_dbs_check(checked_on=TODAY + timedelta(days=1))], False, id=f"{EMPLOYING}: not yet made"),
        pytest.param(
            [Check(check="identity", checked_on=TODAY)], False, id=f"{EMPLOYING}: another kind of check does not do"
        ),
        pytest.param(
            [a_dbs_check(level="basic"), a_dbs_check(checked_on=date(2024, 1, 1))], True, id=f"{EMPLOYING}: any one"
        ),
    ],
)
def test_the_check_asked_for_must_be_on_record_at_its_level_and_hold_today(held: list[Check], met: bool) -> None:
    lacks = lacking(held, [ENHANCED], today=TODAY)

    assert [lack.field for lack in lacks] == ([] if met else ["checks.dbs"])
    assert all(EMPLOYING in lack.message for lack in lacks)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"checked_on": TODAY + timedelta(days=1)}, "checked_on"),
        ({"expires_on": date(2026, 1, 14)}, "expires_on"),
        ({"level": None}, "level"),
        ({"level": "basic", "update_service": True}, "update_service"),
        ({"check": "identity"}, "level"),
        ({"check": "identity", "level": None, "workforce": "adult"}, "workforce"),
        ({"check": "training", "level": None, "update_service": True}, "update_service"),
    ],
)
def test_a_check_that_makes_no_sense_names_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_check(a_dbs_check(**changes), today=TODAY)

    assert [error.field for error in refused.value.errors] == [field]


def test_a_check_made_today_with_everything_told_is_taken() -> None:
    check_check(a_dbs_check(checked_on=TODAY, expires_on=TODAY, workforce="adult", update_service=True), today=TODAY)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("enhanced", "enhanced"),
        ("Enhanced", "enhanced"),
        (" Enhanced with barred lists ", "enhanced_with_barred_list"),
        ("enhanced-with-barred-list", "enhanced_with_barred_list"),
    ],
)
def test_a_level_is_read_as_people_write_it(text: str, level: str) -> None:
    assert read_level(text) == level


@pytest.mark.parametrize("text", ["", "very", "enhanced!", "none"])
def test_a_level_that_there_is_not_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="basic, standard, enhanced"):
        read_level(text)


@given(st.sampled_from(LEVELS), st.sampled_from(LEVELS))
def test_each_level_includes_those_before_it_and_no_other(held: Any, wanted: Any) -> None:
    assert reaches(held, wanted) == (LEVELS.index(held) >= LEVELS.index(wanted))
    assert not reaches(None, wanted)


@pytest.mark.parametrize(
    ("checks", "status"),
    [
        ([], ("not-checked",)),
        ([a_dbs_check()], ("enhanced",)),
        ([a_dbs_check(update_service=True)], ("enhanced", "update-service")),
        ([a_dbs_check(level="enhanced_with_barred_list")], ("enhanced", "enhanced-with-barred-lists")),
        ([a_dbs_check(level="standard")], ()),
        ([a_dbs_check(expires_on=date(2026, 2, 1))], ("not-checked",)),
        ([a_dbs_check(), a_dbs_check(level="basic", checked_on=date(2020, 1, 1))], ("enhanced",)),
    ],
)
def test_the_dbs_status_is_what_the_newest_valid_check_says(checks: list[Check], status: tuple[str, ...]) -> None:
    assert dbs_status(checks, today=TODAY) == status


def test_the_newest_dbs_check_that_holds_is_the_current_one() -> None:
    old, new = a_dbs_check(checked_on=date(2025, 1, 1)), a_dbs_check(checked_on=date(2025, 6, 1))
    ended = a_dbs_check(checked_on=date(2025, 9, 1), expires_on=date(2026, 1, 1))

    assert current_dbs([new, old, ended, Check(check="identity", checked_on=TODAY)], today=TODAY) == new
