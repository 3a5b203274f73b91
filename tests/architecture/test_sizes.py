"""Functions and modules stay small enough to hold in the head. Complexity is ruff's (C90, at most 8)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, PROJECT, named, sources

LONGEST_FUNCTION = 40
LONGEST_MODULE = 400
LONGEST_TEST_MODULE = 600


def long_functions(source: str, limit: int = LONGEST_FUNCTION) -> list[str]:
    """Functions with more lines than the limit, from `def` to their last."""
    functions = [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return [f"{f.name}: {size}" for f in functions if (size := (f.end_lineno or 0) - f.lineno + 1) > limit]


def long_module(source: str, limit: int) -> bool:
    return len(source.splitlines()) > limit


@pytest.mark.parametrize("folder", [*PACKAGES, "infra", "tests"])
def test_no_function_is_longer_than_forty_lines(folder: str) -> None:
    found = {named(path): long_functions(path.read_text(encoding="utf-8")) for path in sources(folder)}

    assert {path: functions for path, functions in found.items() if functions} == {}


@pytest.mark.parametrize(
    ("folder", "limit"), [*((folder, LONGEST_MODULE) for folder in PACKAGES), ("tests", LONGEST_TEST_MODULE)]
)
def test_no_module_is_longer_than_its_limit(folder: str, limit: int) -> None:
    assert [named(path) for path in sources(folder) if long_module(path.read_text(encoding="utf-8"), limit)] == []


def test_a_long_function_and_a_long_module_would_be_seen() -> None:
    body = "\n".join(f"    x{n} = {n}" for n in range(LONGEST_FUNCTION))
    source = f"class Some:\n  def long(self):\n{body}\n\ndef short():\n    pass\n"

    assert long_functions(source) == [f"long: {LONGEST_FUNCTION + 1}"]
    assert long_module("\n" * (LONGEST_MODULE + 1), LONGEST_MODULE)


def test_every_package_is_looked_at() -> None:
    looked_at = {path.relative_to(PROJECT).parts[0] for path in sources(*PACKAGES, "infra", "tests")}

    assert looked_at == {*PACKAGES, "infra", "tests"}
    assert PROJECT / "services/ledger/model/blocks.py" in set(sources("services"))
    assert Path(__file__) in set(sources("tests"))
