"""`steward import current-users` as the service's manager uses it when the contract begins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from shared.samples.client import Client
from shared.samples.journey import CE
from tests.support.platforms import unhurried
from tests.support.refusals import Place, a_place
from tests.support.waiting import eventually, patience

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


def bring_in_refused(place: Place, file: Path) -> str:
    """What the gateway answers to a file whose agreement is over."""
    query = f"council_id={CE}&agreement_reference=DSA-1&agreement_from_on=2020-01-01"
    headers = {"Authorization": f"Bearer {place.token('dpss_manager', CE)}", "Content-Type": "text/csv"}
    url = f"{place.address}/api/v1/imports/current-users?{query}"
    return requests.post(url, data=file.read_bytes(), headers=headers, timeout=patience(60)).text


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
        payments = eventually(lambda: three(adviser.get("/direct-payments")["items"]))
        programmes = eventually(lambda: three(adviser.get("/reviews")["items"]))
        manager = Client(place.address, place.token("dpss_manager", CE))
        (agreement,) = manager.get("/data-sharing-agreements")["items"]
        manager.post(f"/data-sharing-agreements/{agreement['id']}/end", {"until_on": "2020-12-31"})
        ended = bring_in_refused(place, file)

    assert (refused["imported"], refused["refused"]) == (0, 1)
    assert refused["items"][3]["errors"][0]["field"] == "person.born_on"
    assert [item["outcome"] for item in tried["items"]] == ["would_be_imported"] * 3
    assert (first["imported"], second["imported"], second["already_there"]) == (3, 0, 3)
    assert len(after) - len(before) == 3
    assert {payment["status"] for payment in payments} == {"running"}
    assert {clock["rule"] for programme in programmes for clock in programme["clocks"]} == {"S1b"}
    assert (agreement["reference"], agreement["from_on"]) == ("DSA-1", "2020-01-01")
    assert "agreement-not-in-force" in ended


def three(items: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """Those of the three people who were brought in, once they are all there."""
    return items if len(items) == 3 else None
