"""docs/plugins.md names every plugin point, and its examples work as printed."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from services.ledger.settings import LedgerSettings
from shared.bank_statements.csv_profiles import read_profiles
from shared.plugins.points import GROUPS
from shared.policy.policies import Policies
from shared.policy.source import PackSource
from shared.runtime.settings import PlatformSettings
from shared.settings import describe_settings
from tests.contract.intake.intake_contract import IntakeContract, Sent
from tests.documentation.pages import PROJECT, text_of

PAGE = text_of("docs/plugins.md")
ROWS = {
    cells[0].strip("`"): cells
    for line in PAGE.splitlines()
    if line.startswith("| `steward.") and (cells := [cell.strip() for cell in line.strip("|").split("|")])
}
EXAMPLES = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
WITH_A_SERVICE = """
from shared.documents.catalogue import catalogue
from shared.runtime.platform import topology_of

topology = topology_of([PLUGIN], ("cheshire-east",), "quorum")
queues = {queue.name for queue in topology.queues}
assert {"visits.requests", "visits.events.00", "visits.events.15"} <= queues, queues
assert "visits.events" in {exchange.name for exchange in topology.exchanges}
assert "visit.made" in catalogue(topology)
"""


def example(defines: str) -> str:
    """The one example that defines this name."""
    [source] = [source for source in EXAMPLES if re.search(rf"^(class |){defines}\b", source, re.MULTILINE)]
    return source


def run(source: str) -> dict[str, Any]:
    """The example's names, once it has run."""
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(source, "docs/plugins.md", "exec", dont_inherit=True), names)  # noqa: S102  (the page's own example)
    return names


def test_every_plugin_point_has_its_row() -> None:
    assert set(ROWS) == set(GROUPS)


@pytest.mark.parametrize("group", GROUPS)
def test_a_row_names_what_is_built_in(group: str) -> None:
    built_in = {entry.name for entry in entry_points(group=group) if entry.dist and entry.dist.name == "steward"}

    named = set(re.findall(r"`([\w-]+)`", ROWS[group][4]))
    assert named == (set() if group == "steward.services" else built_in)
    assert len(built_in) == 5 or group != "steward.services"


@pytest.mark.parametrize("group", GROUPS)
def test_a_row_names_a_setting_and_a_contract_that_there_are(group: str) -> None:
    settings = (*describe_settings(PlatformSettings), *describe_settings(LedgerSettings))
    variables = {line.variable for line in settings}

    assert set(re.findall(r"STEWARD_\w+", ROWS[group][3])) <= variables
    assert re.search(r"STEWARD_\w+", ROWS[group][3])
    for path in re.findall(r"`(tests/[\w/.]+)`", ROWS[group][5]):
        assert (PROJECT / path).is_file()


def test_every_refusal_of_a_plugin_is_explained() -> None:
    code = text_of("shared/plugins/registry.py") + text_of("shared/messaging/consuming/incoming.py")

    for words in ("no plugin named", "declared by more than one package", "listed twice in settings"):
        assert words in PAGE
        assert words in code
    assert len(re.findall(r"raise BadPlugin\(", code)) == len(re.findall(r"^\| `.*` \| ", PAGE, re.MULTILINE)) - len(
        ROWS
    )


class TestIntakeExample(IntakeContract):
    """The printed intake format keeps the contract."""

    @property
    def intake_format(self) -> Any:
        return run(example("FORMAT"))["FORMAT"]

    @property
    def good_messages(self) -> list[Sent]:
        return [Sent(body="PROV-1;Sample Süd Ltd\nPROV-2;Größe".encode(), content_type="text/x-provider-lines")]

    def test_a_good_message_cut_short_is_refused(self) -> None:
        with pytest.raises(Exception, match="each line is"):
            self.read(Sent(body=b"PROV-1", content_type="text/x-provider-lines"))


def test_the_printed_pack_source_gives_the_packs_of_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packs = tmp_path / "our_packs" / "packs" / "cheshire-east"
    packs.mkdir(parents=True)
    (tmp_path / "our_packs" / "__init__.py").write_text("")
    built_in = PROJECT / "shared/policy/packs/cheshire-east/2019-04-01.yaml"
    (packs / "2019-04-01.yaml").write_text(built_in.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    source = run(example("OurPacks"))["OurPacks"]()

    assert isinstance(source, PackSource)
    assert Policies.load([source]).councils() == ("cheshire-east",)


def test_the_printed_service_gets_its_queues_and_its_place_in_the_catalogue() -> None:
    command = [sys.executable, "-W", "ignore", "-c", example("PLUGIN") + WITH_A_SERVICE]

    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_the_profile_of_a_bank_s_csv_is_one() -> None:
    [text] = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)

    assert set(read_profiles(text, name="docs/plugins.md")) == {"sample-bank"}
