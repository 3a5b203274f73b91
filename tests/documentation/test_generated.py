"""What is generated from the code is stored as generated; `make docs` brings it up to date."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from shared.documents.states import BEGIN, END, NoPlace, pages_with_diagrams, state_diagram, with_diagram
from shared.documents.writing import documents, service_plugins
from tests.documentation.pages import PROJECT


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    """The documents as the code has them now."""
    return documents()


def drifted(stored: Path, generated: Mapping[str, str]) -> list[str]:
    """Documents that are not stored as the code has them."""
    return [
        name
        for name, text in generated.items()
        if not (stored / name).is_file() or (stored / name).read_text(encoding="utf-8") != text
    ]


def test_the_stored_documents_are_the_generated_ones(generated: dict[str, str]) -> None:
    assert drifted(PROJECT / "docs", generated) == [], "run: make docs"


def test_a_document_that_drifted_or_is_missing_would_be_seen(generated: dict[str, str], tmp_path: Path) -> None:
    for name, text in generated.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "events.md").write_text(generated["events.md"].replace("referral", "referal", 1), encoding="utf-8")
    (tmp_path / "settings.md").unlink()

    assert drifted(tmp_path, generated) == ["events.md", "settings.md"]


def test_make_docs_writes_the_same_in_a_process_of_its_own(generated: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "shared.documents", str(tmp_path / "docs")]
    subprocess.run(command, cwd=PROJECT, check=True, timeout=100)

    assert drifted(tmp_path / "docs", generated) == []
    assert {path.name for path in (tmp_path / "docs").iterdir()} == set(generated)


def test_make_docs_is_the_command_that_the_documents_name() -> None:
    assert re.search(r"^docs: .*\n\t.*-m shared\.documents$", (PROJECT / "Makefile").read_text(), re.MULTILINE)


def test_the_diagrams_of_records_lives_are_those_of_the_tables() -> None:
    pages = pages_with_diagrams(service_plugins(), PROJECT)

    assert {path.parent.name for path in pages} >= {"referrals"}
    for path, text in pages.items():
        assert path.read_text(encoding="utf-8") == text, "run: make docs"


def test_a_diagram_shows_every_step_and_both_ends() -> None:
    table = {"new": {"accept_it": "open", "refuse": "ended"}, "open": {"end": "ended", "renew": "open"}, "ended": {}}

    lines = [line.strip() for line in state_diagram(table).splitlines()]

    assert lines == [
        "```mermaid",
        "stateDiagram-v2",
        "[*] --> new",
        "new --> open: accept it",
        "new --> ended: refuse",
        "open --> ended: end",
        "open --> open: renew",
        "ended --> [*]",
        "```",
    ]


def test_a_changed_table_makes_the_stored_diagram_stale() -> None:
    page = with_diagram(f"# Some\n\n{BEGIN}\n{END}\n\nmore\n", {"new": {}})

    assert with_diagram(page, {"new": {}}) == page
    assert with_diagram(page, {"new": {"end": "ended"}, "ended": {}}) != page


def test_a_page_without_a_place_for_its_diagram_is_named() -> None:
    with pytest.raises(NoPlace):
        with_diagram("# Some\n", {"new": {}})
