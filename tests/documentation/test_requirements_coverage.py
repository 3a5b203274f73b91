"""Every requirement of referrals and funds has its row: where it is, and a test that is there, or that it is not there yet."""

from __future__ import annotations

import ast
import re

import pytest

from tests.documentation.pages import PROJECT, text_of

PAGE = "docs/requirements-coverage.md"
ASKED = [
    *(f"REF-{number:02d}" for number in range(1, 63)),
    "REF-20a",
    *(f"ISF-{number:02d}" for number in range(1, 38)),
    "ISF-02a",
]
NOT_YET = "not yet"
NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
NAMED_PLACE = re.compile(r"`((?:services|gateway|shared)/[^`]+)`")


def rows_of(text: str) -> dict[str, tuple[str, str]]:
    """Each requirement's place and tests. A requirement that stands twice is an error."""
    rows: dict[str, tuple[str, str]] = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if cells[0].startswith(("REF-", "ISF-")):
            assert cells[0] not in rows, f"{cells[0]} stands twice"
            assert len(cells) == 4, f"{cells[0]} has {len(cells)} columns"
            rows[cells[0]] = (cells[2], cells[3])
    return rows


def names_in(path: str) -> set[str]:
    """The names of a module's tests."""
    tree = ast.parse((PROJECT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def faults_of(name: str, where: str, proof: str) -> list[str]:
    """What is wrong with a row: a place or a test that isn't there, or neither a test nor a word that there is none."""
    faults = [f"{name}: {place}" for place in NAMED_PLACE.findall(where) if not (PROJECT / place).exists()]
    for path, test in NAMED_TEST.findall(proof):
        if not (PROJECT / path).is_file() or test not in names_in(path):
            faults.append(f"{name}: {path}::{test}")
    if not NAMED_TEST.search(proof) and NOT_YET not in proof and "not software" not in proof:
        faults.append(f"{name}: neither a test nor why there is none")
    return faults


def test_every_requirement_has_exactly_one_row() -> None:
    assert sorted(rows_of(text_of(PAGE))) == sorted(ASKED)


@pytest.mark.parametrize("name", ASKED)
def test_every_place_and_every_test_that_a_row_names_is_there(name: str) -> None:
    assert faults_of(name, *rows_of(text_of(PAGE))[name]) == []


@pytest.mark.parametrize(
    ("where", "proof"),
    [
        ("`services/referrals/nowhere.py`", NOT_YET),
        ("`services/referrals/model/life.py`", "`tests/unit/referrals/test_steps.py::test_that_is_not_there`"),
        ("`services/referrals/model/life.py`", "`tests/unit/referrals/test_nowhere.py::test_steps`"),
        ("`services/referrals/model/life.py`", ""),
    ],
)
def test_a_row_that_names_what_is_not_there_would_be_seen(where: str, proof: str) -> None:
    assert len(faults_of("REF-00", where, proof)) == 1
