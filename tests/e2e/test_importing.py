"""`steward import current-users` as the service's manager uses it when the contract begins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.samples.client import Client
from shared.samples.journey import CE
from tests.support.platforms import unhurried
from tests.support.refusals import Place, a_place
from tests.support.waiting import patience

pytestmark = pytest.mark.timeout(300)

HEADER = "referral_reference,person.person_reference,person.name,person.born_on,implemented_on\n"


def bring_in(place: Place, file: Path, *more: str, code: int = 0) -> dict[str, Any]:
    """The command's report, once it has ended with this code."""
    token = place.token("dpss_manager", CE)
    terms = ["--council", CE, "--agreement", "DSA-1", "--from", "2020-01-01", "--address", place.address, "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "shared.cli", "import", "current-users", str(file), *terms, *more],
        env=os.environ | unhurried() | {"STEWARD_TOKEN": token},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=patience(60),
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_current_users_come_in_by_the_command_once(tmp_path: Path) -> None:
    file, wrong = tmp_path / "users.csv", tmp_path / "wrong.csv"
    people = "".join(f"OLD-{n},P-9{n},Sample Person 9{n},1961-04-05,2024-06-03\n" for n in range(3))
    file.write_text(HEADER + people)
    wrong.write_text(HEADER + people + "OLD-4,P-94,Sample Person 94,1961-02-31,2024-06-03\n")
    with a_place(tmp_path) as place:
        adviser = Client(place.address, place.token("adviser", CE))

        refused = bring_in(place, wrong, code=1)
        tried = bring_in(place, file, "--dry-run")
        before = adviser.get("/referrals", status="in_support")["items"]
        first, second = (bring_in(place, file) for _ in range(2))
        after = adviser.get("/referrals", status="in_support")["items"]

    assert (refused["imported"], refused["refused"]) == (0, 1)
    assert refused["items"][3]["errors"][0]["field"] == "person.born_on"
    assert [item["outcome"] for item in tried["items"]] == ["would_be_imported"] * 3
    assert (first["imported"], second["imported"], second["already_there"]) == (3, 0, 3)
    assert len(after) - len(before) == 3
