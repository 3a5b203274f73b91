"""The example of docs/plugins.md as it is (docs/examples/council-sampleshire): a third council without a line of code of ours."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
EXAMPLE = PROJECT / "docs" / "examples" / "council-sampleshire"
COUNCIL = "sampleshire"
USE = """
import json, warnings
from datetime import datetime
warnings.simplefilter("ignore")
from shared.clock import SettableClock
from shared.context import Caller
from shared.runtime.platform import Platform
from shared.runtime.settings import PlatformSettings
from shared.settings import read_settings

settings = read_settings(PlatformSettings)
settings.data_path.mkdir()
SettableClock(settings.data_path / "clock.json").set(datetime.fromisoformat("2026-12-24T09:00+00:00"))
platform = Platform(settings)
platform.migrate()
referrals = platform.at_rest("referrals")
adviser = Caller(actor_id="adviser-1", roles=("adviser",), councils=("sampleshire",)).as_dict()
person = {"person_reference": "P-1", "name": "Sample Person 0001"}
given = {"council_id": "sampleshire", "referral_reference": "R-1", "source": "adult-social-care", "urgency": "standard"}
referral = referrals.submit_referral(given | {"person": person}, adviser)
exchanges = sorted(exchange.name for exchange in platform.topology.exchanges if exchange.name.startswith("in."))
print(json.dumps({"exchanges": exchanges, "referral": referral}))
platform.close()
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of installed packages, with the example in it."""
    source = tmp_path_factory.mktemp("source") / EXAMPLE.name
    shutil.copytree(EXAMPLE, source)
    folder = tmp_path_factory.mktemp("site")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(folder), str(source)]
    subprocess.run(command, check=True, timeout=300)
    return folder


@pytest.fixture
def run(tmp_path: Path, site: Path) -> Run:
    """Runs Python beside the project with the example installed, and named in settings unless told otherwise."""

    def run(*arguments: str, packs: str = f"builtin,{COUNCIL}") -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(map(str, (site, PROJECT)))
        environment = {
            "PATH": "",
            "PYTHONPATH": path,
            "PYTHONWARNINGS": "ignore",
            "STEWARD_DATA_DIR": str(tmp_path / "data"),
            "STEWARD_POLICY_PACKS": packs,
            "STEWARD_ENVIRONMENT": "development",
        }
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False
        )

    return run


def test_a_council_installed_from_a_folder_is_there_when_settings_name_it(run: Run) -> None:
    done = run("-m", "shared.cli", "policy", "list", "--json")

    assert done.returncode == 0, done.stderr
    councils = {pack["council_id"] for pack in json.loads(done.stdout)}
    assert councils == {"cheshire-east", "cambridgeshire-peterborough", COUNCIL}


def test_its_referrals_are_taken_in_under_its_own_pack_and_its_own_exchange(run: Run) -> None:
    done = run("-c", USE)

    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    referral = answer["referral"]
    assert f"in.{COUNCIL}" in answer["exchanges"]
    assert (referral["status"], referral["missing"]) == ("incomplete", ["care_and_support_plan"])
    [clock] = referral["clocks"]
    assert (clock["policy"], clock["clause"]) == (f"{COUNCIL}/2026-04-01", "SA 4.1")
    assert clock["due_at"] == "2027-01-04T23:59:59.000Z"


def test_installed_and_not_named_it_does_not_exist(run: Run) -> None:
    done = run("-m", "shared.cli", "policy", "show", COUNCIL, packs="builtin")

    assert done.returncode == 1
    assert f"There is no policy pack for the council {COUNCIL}." in done.stderr


def test_its_folder_is_checked_by_the_command_that_the_page_names(run: Run) -> None:
    done = run("-m", "shared.cli", "policy", "validate", str(EXAMPLE / "sampleshire" / "packs"))

    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{COUNCIL}/2026-04-01 is valid: 6 values, 1 clocks, 1 calendars, 1 unset.\n"


def test_its_own_tests_pass(run: Run) -> None:
    options = ["-c", str(PROJECT / "pyproject.toml"), "-p", "no:cacheprovider", "--rootdir", str(EXAMPLE)]

    done = run("-m", "pytest", *options, str(EXAMPLE))

    assert done.returncode == 0, done.stdout
    assert re.search(r"\b2 passed", done.stdout)
