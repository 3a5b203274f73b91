"""`steward policy` shows, checks and compares packs, for people and for machines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from shared.cli.policy import policy
from tests.unit.policy.builders import a_pack_text


def run(*arguments: str) -> Result:
    return CliRunner().invoke(policy, list(arguments))


def json_of(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


@pytest.fixture
def pack_files(tmp_path: Path) -> tuple[str, str]:
    """Two versions of a sample pack: the later one has another age and one more value."""
    later = {
        "minimum_age_years": {"value": 16, "clause": "X 1.2"},
        "funding_weeks": {"value": 4, "clause": "X 5.4"},
    }
    before, after = tmp_path / "before.yaml", tmp_path / "after.yaml"
    before.write_text(a_pack_text().text, encoding="utf-8")
    after.write_text(a_pack_text(effective_on="2021-01-01", values=later).text, encoding="utf-8")
    return str(before), str(after)


def test_list_names_every_pack() -> None:
    assert [pack["version"] for pack in json_of("list")] == [
        "cambridgeshire-peterborough/2022-04-01",
        "cheshire-east/2019-04-01",
    ]
    assert "Cheshire East Council" in run("list").output


def test_show_gives_the_pack_in_force_with_every_clause() -> None:
    shown = json_of("show", "cheshire-east", "--on", "2026-03-02")

    assert shown["clocks"]["referral_response"]["limits"] == ["5 working days"]
    assert shown["values"]["self_funder_capital_pence"]["clause"] == "CE Definitions"
    assert shown["calendars"]["office"]["opens"] == "09:00"
    assert "referral_response (C1): 5 working days [CE 4.3]" in run("show", "cheshire-east").output


@pytest.mark.parametrize(
    ("council", "name", "said"),
    [
        ("cheshire-east", "C1", "referral_response (C1): 5 working days [CE 4.3]"),
        ("cambridgeshire-peterborough", "provider_review", "6 weeks, 3 months, then every 6 months from last_first"),
        ("cambridgeshire-peterborough", "lot_1_tier_2_fee_pence", "lot_1_tier_2_fee_pence: unset [CP Sch III]"),
        ("cambridgeshire-peterborough", "referral_hours", "Saturday, Sunday, 09:00 to 17:00"),
        ("cheshire-east", "alert_acknowledgement_minutes", "60 [ours]"),
    ],
)
def test_show_gives_one_name_with_its_clause_and_whether_it_is_ours(council: str, name: str, said: str) -> None:
    result = run("show", council, "--name", name)

    assert result.exit_code == 0
    assert said in result.output


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (("show", "elsewhere"), 1, "no policy pack for the council elsewhere"),
        (("show", "cheshire-east", "--on", "2010-01-01"), 1, "no policy pack in force on 2010-01-01"),
        (("show", "cheshire-east", "--name", "nothing"), 1, "no value, clock or calendar 'nothing'"),
        (("show", "cheshire-east", "--on", "2026-02-31"), 2, "not a day in the calendar"),
        (("diff", "cheshire-east/2019-04-01", "nowhere"), 1, "no policy pack nowhere"),
        (("validate", "nowhere.yaml"), 2, "does not exist"),
    ],
)
def test_a_wrong_question_ends_with_a_sentence(arguments: tuple[str, ...], exit_code: int, said: str) -> None:
    result = run(*arguments)

    assert result.exit_code == exit_code
    assert said in result.output


def test_validate_checks_the_loaded_packs_and_files(pack_files: tuple[str, str]) -> None:
    assert "cheshire-east/2019-04-01 is valid" in run("validate").output
    assert json_of("validate", pack_files[0]) == {"valid": ["sample/2020-01-01"]}


def test_validate_names_each_fault_of_a_file(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(a_pack_text(council_id="Not An Id", source="").text, encoding="utf-8")

    result = run("validate", str(bad))

    assert result.exit_code == 1
    assert "council_id: " in result.output
    assert "source: " in result.output


def test_validate_refuses_bytes_that_are_no_text_and_folders_without_packs(tmp_path: Path) -> None:
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")

    unreadable, empty = run("validate", str(tmp_path / "bytes.yaml")), run("validate", str(tmp_path))

    assert (unreadable.exit_code, empty.exit_code) == (1, 1)
    assert "cannot be read as text" in unreadable.output
    assert "There is no pack in" in empty.output


def test_diff_names_what_changed_with_its_clause(pack_files: tuple[str, str]) -> None:
    found = json_of("diff", *pack_files)

    assert [(one["change"], one["name"], one["clause"]) for one in found] == [
        ("added", "funding_weeks", "X 5.4"),
        ("changed", "minimum_age_years", "X 1.2"),
    ]
    assert "changed  value minimum_age_years (X 1.2)" in run("diff", *pack_files).output


def test_diff_of_a_pack_with_itself_finds_nothing() -> None:
    assert json_of("diff", "cheshire-east/2019-04-01", "cheshire-east/2019-04-01") == []
