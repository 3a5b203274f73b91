"""The example of docs/plugins.md as it is (docs/examples/channel-bulletin): installed, named in settings and used unchanged."""

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
EXAMPLE = PROJECT / "docs" / "examples" / "channel-bulletin"
USE = """
import json, os, sys, warnings
warnings.simplefilter("ignore")
from services.notifications.dependencies import load_channels
from shared.plugins.points import OutgoingMessage
from shared.plugins.registry import BadPlugin
from shared.runtime.settings import PlatformSettings
from shared.settings import read_settings
try:
    channels = load_channels(read_settings(PlatformSettings), dict(os.environ))
except BadPlugin as refusal:
    sys.exit(str(refusal))
message = OutgoingMessage(
    message_id="ntf-0001", to_name="Sample Person 0007", address="7 Sample Street", subject="Your referral", body="Text."
)
receipt = channels["bulletin"].send(message)
print(json.dumps({"channels": {name: channel.kind for name, channel in channels.items()}, "receipt": receipt}))
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
    subprocess.run(command, check=True, timeout=100)
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs Python beside the project, with these packages and settings."""

    def run(*arguments: str, packages: Path | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(str(folder) for folder in (packages, PROJECT) if folder is not None)
        environment = {"PATH": "", "PYTHONPATH": path, "STEWARD_DATA_DIR": str(tmp_path / "data"), **settings}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_a_channel_installed_from_a_folder_is_used_when_settings_name_it(run: Run, site: Path, tmp_path: Path) -> None:
    done = run("-c", USE, packages=site, STEWARD_CHANNELS="email-file,bulletin")

    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["channels"] == {"email-file": "email", "bulletin": "letter"}
    letter = (tmp_path / "data" / "bulletin" / answer["receipt"]).read_text(encoding="utf-8")
    assert letter == "Sample Person 0007\n\n7 Sample Street\n\nYour referral\n\nText."


def test_its_own_settings_reach_it(run: Run, site: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bureau"

    done = run("-c", USE, packages=site, STEWARD_CHANNELS="bulletin", BULLETIN_FOLDER=str(folder))

    assert done.returncode == 0, done.stderr
    assert len(list(folder.glob("*.txt"))) == 1


def test_installed_and_not_named_it_is_not_loaded(run: Run, site: Path) -> None:
    done = run("-c", USE, packages=site, STEWARD_CHANNELS="email-file")

    assert done.returncode != 0
    assert "KeyError: 'bulletin'" in done.stderr


def test_named_and_not_installed_it_stops_the_process_with_a_sentence(run: Run) -> None:
    done = run("-c", USE, STEWARD_CHANNELS="bulletin")

    assert done.returncode != 0
    assert done.stderr == (
        "steward.channels: no plugin named 'bulletin' is installed "
        "(installed: email-file, email-smtp, letter-file, phone-task)\n"
    )


def test_it_keeps_the_contract_that_built_in_channels_keep(run: Run, site: Path) -> None:
    options = ["-c", str(PROJECT / "pyproject.toml"), "-p", "no:cacheprovider", "--rootdir", str(EXAMPLE)]

    done = run("-m", "pytest", *options, str(EXAMPLE), packages=site)

    assert done.returncode == 0, done.stdout
    assert re.search(r"\b([89]|\d\d) passed", done.stdout)
