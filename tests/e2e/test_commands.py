"""The `steward` command as someone at a terminal meets it: 0 when done, 1 with a sentence when refused, 2 for wrong use."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from shared.cli import steward
from shared.clock import SystemClock
from shared.messaging.consuming.held import HELD, HeldMessages
from shared.runtime.platform import Platform
from shared.runtime.settings import PlatformSettings
from shared.samples.client import Client
from shared.samples.generating import SampleCouncil
from shared.samples.journey import CE, CP
from tests.support.platforms import unhurried
from tests.support.refusals import Place, a_place
from tests.support.waiting import patience
from tests.unit.messaging.streams import an_envelope

SECONDS = patience(60)


def run(*arguments: str | Path, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """`steward <arguments>`, run to its end."""
    return subprocess.run(
        [sys.executable, "-m", "shared.cli", *map(str, arguments)],
        env=os.environ | unhurried() | {"COLUMNS": "200"} | dict(environment or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def said(done: subprocess.CompletedProcess[str], code: int) -> str:
    """What it printed, once it has ended with this code and shown no stack trace."""
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A platform that runs while the commands are given."""
    with a_place(tmp_path_factory.mktemp("commands")) as place:
        place.settled()
        yield place


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a platform that has stopped, with two entries in a fund's book."""
    with a_place(tmp_path_factory.mktemp("books")) as place:
        line = {"line_id": "l", "outcome_id": "out", "category": "support", "weekly_cost_pence": 5_000}
        plan = {"lines": [line], "written_by": "provider-1"}
        Client(place.address, place.token("social_worker", CP)).post(f"/funds/{place.fund_id}/plan", plan)
        finance = Client(place.address, place.token("finance_officer", CP))
        today = SystemClock().now().date().isoformat()
        for number in (1, 2):
            paid = {"amount_pence": 40_000, "effective_on": today, "reference": f"P-{number}"}
            finance.post(f"/funds/{place.fund_id}/payments", paid)
        place.settled()
    return place.data


@pytest.fixture
def book_data(books: Path, tmp_path: Path) -> Path:
    """A copy of that data for one test to spoil."""
    return Path(shutil.copytree(books, tmp_path / "data"))


def every_command(group: click.Group = steward, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))


@pytest.mark.parametrize("path", tuple(every_command()), ids=" ".join)
def test_every_command_says_in_a_sentence_what_it_does(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(steward, [*path, "--help"], terminal_width=200)

    assert shown.exit_code == 0, shown.output
    usage, about = shown.output.split("\n\n")[:2]
    assert usage.startswith("Usage:")
    assert re.match(r"\s+[A-Z].{15,}[.:)]", about, re.DOTALL), about


def test_help_names_every_command_of_the_design() -> None:
    expected = (
        "up demo run gateway clock doctor token topology migrate parked policy ledger search trace publish resend"
    )
    expected += " simulate import"

    assert {path[0] for path in every_command()} == set(expected.split())


def test_help_is_there_without_starting_anything() -> None:
    shown = said(run("--help"), 0)

    assert "steward up --demo" in shown
    assert [line for line in shown.splitlines()[1:] if line.endswith("...")] == []


@pytest.mark.parametrize(
    "arguments",
    [("nothing-such",), ("up", "--port", "99999"), ("up", "--colour"), ("token",), ("trace",), ("parked", "show", "x")],
    ids=" ".join,
)
def test_wrong_use_ends_with_2_and_says_how_it_is_used(arguments: tuple[str, ...]) -> None:
    assert "Usage:" in said(run(*arguments), 2)


def test_doctor_finds_a_running_platform_well(place: Place) -> None:
    findings = json.loads(said(run("doctor", "--data", place.data, "--json"), 0))

    checked = {finding["check"] for finding in findings}
    assert {"settings", "policy packs", "bank holidays", "broker and topology", "search", "clock"} <= checked
    assert len([check for check in checked if check.startswith("store of")]) == 5
    assert all(finding["ok"] for finding in findings)


@pytest.mark.parametrize(
    ("variable", "value", "check"),
    [
        ("STEWARD_BROKER_URL", "amqp://guest:secret@127.0.0.1:1/", "broker and topology"),
        ("STEWARD_SEARCH_URL", "http://127.0.0.1:1", "search"),
        ("STEWARD_WORKERS", "many", "settings"),
        ("STEWARD_SERVICES", "referrals,invented", "plugins"),
    ],
)
def test_doctor_names_what_is_away_with_a_remedy(place: Place, variable: str, value: str, check: str) -> None:
    done = run("doctor", "--data", place.data, environment={variable: value})

    shown = said(done, 1)
    assert f"FAULT {check}" in shown
    assert "secret" not in shown


def test_policy_lists_both_councils_packs() -> None:
    shown = said(run("policy", "list"), 0)

    assert "cheshire-east/2019-04-01" in shown
    assert "cambridgeshire-peterborough/2022-04-01" in shown


def test_topology_is_shown_and_exported_with_one_user_per_service_and_council(place: Place, tmp_path: Path) -> None:
    shown = said(run("topology", "show", "--data", place.data, "--json"), 0)
    exported = tmp_path / "definitions.json"
    said(run("topology", "export", "--to", exported), 0)

    assert {"exchange": f"in.{CE}", "key": "#", "queue": f"referrals.intake.{CE}"} in json.loads(shown)
    users = {user["name"] for user in json.loads(exported.read_text(encoding="utf-8"))["users"]}
    assert {"svc-referrals", "svc-ledger", "gateway", f"ext-{CE}", f"ext-{CE}-safeguarding"} <= users


def test_a_token_of_the_command_is_believed_by_the_platform(place: Place) -> None:
    token = said(run("token", "--role", "adviser", "--council", CE, "--data", place.data), 0).strip()

    assert Client(place.address, token).get(f"/referrals/{place.referral_id}")["id"] == place.referral_id


def test_a_token_is_refused_for_an_unknown_role_and_beside_a_real_identity_provider(place: Place) -> None:
    unknown = said(run("token", "--role", "king", "--data", place.data), 1)
    real = {"STEWARD_OIDC_ISSUER": "https://id.example.org", "STEWARD_OIDC_JWKS": "https://id.example.org/jwks"}
    refused = said(run("token", "--role", "adviser", "--data", place.data, environment=real), 1)

    assert "adviser" in unknown
    assert "identity provider" in refused


def test_a_token_for_a_folder_without_a_platform_is_refused_and_leaves_no_folder(tmp_path: Path) -> None:
    shown = said(run("token", "--role", "adviser", "--data", tmp_path / "nowhere"), 1)

    assert "there is no platform data" in shown
    assert not (tmp_path / "nowhere").exists()


def test_migrate_finds_nothing_to_do_on_a_platform_that_is_up_to_date(place: Place) -> None:
    shown = said(run("migrate", "--data", place.data), 0)

    assert {line.partition(":")[0] for line in shown.splitlines()} == {
        "referrals",
        "pa_registry",
        "safeguarding",
        "ledger",
        "notifications",
    }


def test_what_a_file_of_events_became_is_printed_and_its_story_can_be_traced(place: Place, tmp_path: Path) -> None:
    event = SampleCouncil(council_id=CE, now=SystemClock().now()).referrals(3)[2] | {"correlationid": "story-7"}
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps(event) + "\n\n" + json.dumps(event | {"id": "x", "type": "rubbish"}), encoding="utf-8")
    token = place.token("council_system", CE)

    printed = said(run("publish", file, "--council", CE, "--address", place.address, "--token", token), 0)
    outcomes = [json.loads(line)["outcome"] for line in printed.splitlines()]
    place.settled()
    told = json.loads(said(run("trace", "story-7", "--data", place.data, "--json"), 0))

    assert outcomes == ["accepted", "refused"]
    types = {row["type"] for row in told}
    assert {"referral.submitted", "clock.started", "contact.recorded", "intake.answered"} <= types
    first = next(row for row in told if row["what"] == "event")
    assert told[0]["what"] == "message"
    assert {row["service"] for row in told if row["what"] == "settled"} >= {"notifications"}
    for id in (first["id"], first["subject"]):
        assert json.loads(said(run("trace", id, "--data", place.data, "--json"), 0)) == told


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b'{"id": ', "line 1 is not JSON", id="not JSON"),
        pytest.param(b"\xff\xfe", "is not UTF-8", id="not UTF-8"),
        pytest.param(b'["text"]', "event 1 is not an event", id="not an event"),
        pytest.param(b"[]", "", id="nothing"),
    ],
)
def test_a_file_that_holds_no_events_is_refused_by_line(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "events.json"
    file.write_bytes(content)

    done = run("publish", file, "--council", CE, "--token", "t", "--address", "http://127.0.0.1:1")

    assert sentence in said(done, 1 if sentence else 0)


def test_publishing_where_no_gateway_is_or_without_a_token_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "events.json"
    file.write_text('[{"id": "a"}]', encoding="utf-8")

    away = said(run("publish", file, "--council", CE, "--token", "t", "--address", "http://127.0.0.1:1"), 1)
    without = said(run("publish", file, "--council", CE), 1)

    assert "no gateway answers at http://127.0.0.1:1" in away
    assert "steward token" in without


def test_a_story_that_nobody_knows_is_refused(place: Place) -> None:
    assert "no event has" in said(run("trace", "never-happened", "--data", place.data), 1)


def test_nothing_is_parked_on_a_healthy_platform(place: Place) -> None:
    assert "nothing is held" in said(run("parked", "list", "--reason", "parked", "--data", place.data), 0)
    assert json.loads(said(run("parked", "list", "--data", place.data, "--json"), 0)) == []


def test_a_held_message_that_is_not_there_is_refused(place: Place) -> None:
    shown = said(run("parked", "show", "nothing", "--service", "ledger", "--data", place.data), 1)

    assert "nothing" in shown


def test_an_edit_that_is_refused_names_each_field(place: Place) -> None:
    platform = Platform(PlatformSettings(data_dir=str(place.data), environment="development"))
    held = HeldMessages(documents=platform.store("ledger").documents(HELD), clock=SystemClock())
    held.hold(an_envelope(1, "ref-sample-0007"), "parked", detail="refused", due_at=None)
    platform.close()
    content = place.data.parent / "edited.json"
    content.write_text(json.dumps({"referral_id": "ref-sample-0007"}), encoding="utf-8")
    message = ("--service", "ledger", "--data", place.data, "referral:ref-sample-0007:0000000001")

    refused = said(run("parked", "edit", "--content", content, "--reason", "a sample", *message), 1)
    said(run("parked", "discard", "--reason", "a sample", *message), 0)

    assert "  person_id: Missing data for required field." in refused.splitlines()


def test_the_embedded_index_needs_no_rebuilding_by_hand(place: Place) -> None:
    assert "rebuilt" in said(run("search", "reindex", "--data", place.data), 0)


def test_the_clock_is_shown_and_a_time_that_is_none_is_wrong_use(place: Place) -> None:
    assert re.match(r"\d{4}-\d\d-\d\dT", said(run("clock", "show", "--data", place.data), 0))
    assert "not a time" in said(run("clock", "set", "tomorrow", "--data", place.data), 2)


@pytest.mark.parametrize(
    "arguments",
    [("doctor",), ("trace", "x"), ("parked", "list"), ("ledger", "verify"), ("migrate",), ("search", "reindex")],
    ids=" ".join,
)
def test_a_data_folder_that_is_not_there_is_named_and_not_made(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = run(*arguments, "--data", tmp_path / "nowhere")

    if arguments != ("doctor",):
        assert "there is no platform data" in said(done, 1)
    assert not (tmp_path / "nowhere").exists()


def test_a_second_platform_on_the_same_data_is_refused(place: Place) -> None:
    shown = said(run("up", "--data", place.data, "--port", "0"), 1)

    assert "is in use by another platform" in shown


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        shown = said(run("up", "--data", tmp_path / "data", "--port", str(port)), 1)

    assert f"another program listens on 127.0.0.1:{port}" in shown


@pytest.mark.parametrize(("command", "hint"), [("run", "steward up"), ("gateway", "steward up")])
def test_services_apart_need_a_broker_of_their_own(command: str, hint: str) -> None:
    arguments = (command, "ledger") if command == "run" else (command,)

    assert hint in said(run(*arguments), 1)


def test_the_books_of_a_platform_are_proved(book_data: Path) -> None:
    proof = json.loads(said(run("ledger", "verify", "--data", book_data, "--json"), 0))

    assert (proof["blocks"], proof["findings"]) == (2, [])


def test_the_books_are_written_for_other_programs(book_data: Path) -> None:
    lines = said(run("ledger", "export", "--data", book_data, "--format", "jsonl"), 0).splitlines()
    entries = [json.loads(line) for line in lines]
    book = entries[0]["book"]
    journal = said(run("ledger", "export", "--data", book_data, "--format", "hledger", "--fund", book), 0)

    assert [entry["number"] for entry in entries] == [1, 2]
    assert f"account {book}:held" in journal
    assert "fund nobody has no book" in said(
        run("ledger", "export", "--data", book_data, "--format", "beancount", "--fund", "nobody"), 1
    )


def a_block(data: Path) -> tuple[str, bytes]:
    with sqlite3.connect(data / "stores" / "ledger.sqlite3") as store:
        ids = store.execute("SELECT _id, _body FROM blocks ORDER BY _id").fetchall()
    return str(ids[0][0]), str(ids[0][1]).encode()


def write_block(data: Path, block_id: str, body: bytes) -> None:
    """As whoever has the file can, who takes the file's own rules off first."""
    with sqlite3.connect(data / "stores" / "ledger.sqlite3") as store:
        for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            store.execute(f"DROP TRIGGER [{name}]")
        store.execute("UPDATE blocks SET _body = CAST(? AS TEXT) WHERE _id = ?", (body, block_id))


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(rb'"balances":\[\[[^]]*?(\d)', id="a balance"),
        pytest.param(rb'"hash":"(.)', id="the hash"),
        pytest.param(rb'"reference":"(.)', id="a reference"),
        pytest.param(rb'"effective_on":\D{0,12}(\d)', id="a day"),
        pytest.param(rb'"council_id":"(.)', id="the council"),
    ],
)
def test_one_flipped_bit_in_a_stored_block_is_found_and_named(book_data: Path, wanted: bytes) -> None:
    block_id, body = a_block(book_data)
    found = re.search(wanted, body)
    assert found is not None, body
    flipped = bytes([found[1][0] ^ 1])
    write_block(book_data, block_id, body[: found.start(1)] + flipped + body[found.end(1) :])

    shown = said(run("ledger", "verify", "--data", book_data), 1)

    book, _, number = block_id.partition("/")
    assert f"FAULT book {book} block {int(number)}" in shown


def test_a_block_that_can_no_longer_be_read_is_named_too(book_data: Path) -> None:
    block_id, body = a_block(book_data)
    write_block(book_data, block_id, b"z" + body[1:])

    shown = said(run("ledger", "verify", "--data", book_data), 1)

    assert block_id.partition("/")[0] in shown


def test_a_demo_whose_checks_fail_ends_with_1_and_leaves_nothing_running(tmp_path: Path) -> None:
    without_register = {"STEWARD_SERVICES": "referrals,ledger,safeguarding,notifications"}

    shown = said(run("demo", "--data", tmp_path, environment=without_register), 1)

    assert "FAILED" in shown
    with (tmp_path / "platform.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
