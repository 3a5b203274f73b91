"""`steward parked` and `steward doctor` on the stores of a platform, as an operator uses them beside it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from shared.cli.doctor import doctor
from shared.cli.options import print_rows
from shared.cli.parked import parked
from shared.clock import SystemClock
from shared.errors import Conflict, Invalid
from shared.messaging.consuming.held import HELD, MARKS, HeldMessages, Marks
from shared.runtime.platform import Platform
from shared.runtime.settings import PlatformSettings
from tests.unit.messaging.streams import an_envelope

FIRST = "referral:ref-1:0000000001"
RIGHT = {"referral_id": "ref-1", "person_id": "per-1", "worker_id": "w-7"}


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a platform whose stores are ready and empty; each test works on a copy."""
    folder = tmp_path_factory.mktemp("migrated")
    platform = opened(folder)
    platform.migrate()
    platform.close()
    return folder


@pytest.fixture
def platform(migrated: Path, tmp_path: Path) -> Iterator[Platform]:
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    platform = opened(tmp_path)
    yield platform
    platform.close()


def opened(folder: Path) -> Platform:
    return Platform(PlatformSettings(data_dir=str(folder), environment="production"))


@pytest.fixture
def held(platform: Platform) -> HeldMessages:
    """What the ledger holds: two of one record, one of another."""
    held = HeldMessages(documents=platform.store("ledger").documents(HELD), clock=SystemClock())
    held.hold(an_envelope(1), "parked", detail="refused", due_at=None)
    held.hold(an_envelope(2), "gap", detail="waits for 1", due_at=None)
    held.hold(an_envelope(1, "ref-2", type="referral.accepted"), "parked", detail="refused", due_at=None)
    return held


def run(platform: Platform, *arguments: str, command: click.Command = parked, given: str | None = None) -> Result:
    data = ("--data", platform.settings.data_dir)
    return CliRunner().invoke(command, [*arguments, *data], input=given, catch_exceptions=True)


def rows(platform: Platform, *arguments: str) -> list[dict[str, Any]]:
    result = run(platform, "list", "--json", *arguments)
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.output)
    return found


def test_list_finds_by_service_reason_type_and_age(platform: Platform, held: HeldMessages) -> None:
    assert len(rows(platform)) == 3
    assert rows(platform, "--service", "referrals") == []
    assert [row["id"] for row in rows(platform, "--reason", "gap")] == ["referral:ref-1:0000000002"]
    assert [row["id"] for row in rows(platform, "--type", "referral.accepted")] == ["referral:ref-2:0000000001"]
    assert rows(platform, "--older-than", "3600") == []


def test_a_list_for_people_keeps_every_id_whole(platform: Platform, held: HeldMessages) -> None:
    header, first, *others = run(platform, "list").output.splitlines()

    assert header.split() == ["service", "id", "reason", "type", "held_at", "attempts", "detail"]
    assert first.split()[:3] == ["ledger", FIRST, "parked"]
    assert len(others) == 2


def test_on_a_narrow_screen_each_message_is_a_block_and_every_id_is_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")

    print_rows([{"id": "x" * 70, "detail": None, "reason": "gap"}], ("id", "reason", "detail"), as_json=False, empty="")

    assert capsys.readouterr().out == f"id      {'x' * 70}\nreason  gap\n"


def test_edit_keeps_the_original_and_show_prints_both(platform: Platform, held: HeldMessages) -> None:
    edited = run(
        platform,
        *("edit", FIRST, "--service", "ledger", "--content", "-", "--reason", "a worker had left", "--by", "ops-1"),
        given=json.dumps(RIGHT),
    )
    shown = json.loads(run(platform, "show", FIRST, "--service", "ledger").output)

    assert edited.exit_code == 0, edited.output
    assert shown["envelope"]["data"] == RIGHT
    assert shown["originals"][0]["envelope"]["data"]["worker_id"] == "w-1"
    assert (shown["originals"][0]["replaced_by"], shown["originals"][0]["why"]) == ("ops-1", "a worker had left")


@pytest.mark.parametrize("content", ["{", "[]", '{"referral_id": "ref-1"}'], ids=["no JSON", "a list", "too little"])
def test_edit_refuses_what_is_no_data_of_that_type(platform: Platform, held: HeldMessages, content: str) -> None:
    before = held.open(FIRST)

    result = run(platform, "edit", FIRST, "--service", "ledger", "--content", "-", "--reason", "try", given=content)

    assert result.exit_code == 1
    assert isinstance(result.exception, Invalid | SystemExit)
    assert held.open(FIRST) == before


def test_replay_makes_one_message_due_or_a_records_or_all_of_a_type(platform: Platform, held: HeldMessages) -> None:
    one = run(platform, "replay", FIRST, "--service", "ledger")
    record = run(platform, "replay", "--stream", "referral:ref-1", "--service", "ledger")
    typed = run(platform, "replay", "--type", "referral.accepted", "--service", "ledger")

    assert one.output.startswith(f"{FIRST} is due now")
    assert record.output.startswith("2 messages are due now")
    assert typed.output.startswith("1 messages are due now")
    assert all(row["due_at"] for row in rows(platform))


@pytest.mark.parametrize("arguments", [(), (FIRST, "--type", "referral.accepted")])
def test_replay_wants_one_choice(platform: Platform, held: HeldMessages, arguments: tuple[str, ...]) -> None:
    assert run(platform, "replay", *arguments, "--service", "ledger").exit_code == 2


def test_discard_records_who_and_why_and_lets_the_stream_go_on(platform: Platform, held: HeldMessages) -> None:
    given_up = run(platform, "discard", FIRST, "--service", "ledger", "--reason", "a test", "--by", "ops-1")
    again = run(platform, "discard", FIRST, "--service", "ledger", "--reason", "a test")

    assert given_up.exit_code == 0, given_up.output
    assert isinstance(again.exception, Conflict)
    [row] = rows(platform, "--state", "discarded")
    assert (row["ended_by"], row["detail"]) == ("ops-1", "discarded by ops-1: a test")
    assert Marks(platform.store("ledger").documents(MARKS)).get("referral:ref-1") == 1


def test_the_doctor_names_what_has_been_held_for_too_long(
    platform: Platform, held: HeldMessages, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert findings(platform)["held by ledger"]["ok"]
    assert findings(platform)["held by referrals"]["found"] == "nothing"

    monkeypatch.setenv("STEWARD_HELD_ALARM", "0.001")

    fault = findings(platform)["held by ledger"]
    assert not fault["ok"]
    assert fault["found"].startswith("1 gap, 2 parked; the oldest has been held for ")
    assert "steward parked list" in fault["remedy"]


def findings(platform: Platform) -> dict[str, dict[str, Any]]:
    found = json.loads(run(platform, "--json", command=doctor).output)
    return {finding["check"]: finding for finding in found}
