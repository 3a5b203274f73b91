"""Broker users get this deployment's passwords, and a user without one can't sign in."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

from infra.container.write_definitions import main, password_hash, password_variable, with_passwords

EXPORTED = {"users": [{"name": "ledger", "tags": []}, {"name": "council-a", "tags": []}], "vhosts": [{"name": "/"}]}


@pytest.mark.parametrize(
    ("user", "variable"),
    [("pa_registry", "STEWARD_PASSWORD_PA_REGISTRY"), ("in.cheshire-east", "STEWARD_PASSWORD_IN_CHESHIRE_EAST")],
)
def test_a_users_password_is_looked_for_under_its_own_name(user: str, variable: str) -> None:
    assert password_variable(user) == variable


def test_the_hash_is_the_salt_and_the_digest_of_salt_and_password() -> None:
    decoded = base64.b64decode(password_hash("sample", b"salt"))

    assert decoded == b"salt" + hashlib.sha256(b"saltsample").digest()


def test_the_same_password_never_gives_the_same_hash_twice() -> None:
    environment = {"STEWARD_PASSWORD_LEDGER": "sample"}

    hashes = {with_passwords(EXPORTED, environment)["users"][0]["password_hash"] for _ in range(5)}

    assert len(hashes) == 5


def test_a_user_without_a_password_is_written_so_that_nobody_can_sign_in_as_it() -> None:
    users = with_passwords(EXPORTED, {"STEWARD_PASSWORD_LEDGER": "sample"})["users"]

    assert users[0]["password_hash"]
    assert users[1]["password_hash"] == ""


def test_everything_but_the_users_stays_as_exported() -> None:
    assert with_passwords(EXPORTED, {})["vhosts"] == [{"name": "/"}]


def test_the_file_is_written_and_those_who_cannot_sign_in_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    exported, written = tmp_path / "exported.json", tmp_path / "definitions.json"
    exported.write_text(json.dumps(EXPORTED))
    monkeypatch.setenv("STEWARD_PASSWORD_LEDGER", "sample")

    main(str(exported), str(written))

    assert [user["name"] for user in json.loads(written.read_text())["users"]] == ["ledger", "council-a"]
    assert capsys.readouterr().out == "wrote 2 broker users; without a password: council-a\n"
    assert "sample" not in written.read_text()
