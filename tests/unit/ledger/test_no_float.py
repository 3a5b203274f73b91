"""No float comes near money: none is written, made or divided into being anywhere in the ledger's code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import services.ledger

MAKES_FLOATS = {"float", "Decimal", "fsum", "fmean", "sqrt"}


def floats_in(source: str) -> list[str]:
    """Float literals, divisions by `/`, and calls that make floats."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            found.append(f"line {node.lineno}: {node.value!r}")
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            found.append(f"line {node.lineno}: /")
        if isinstance(node, ast.Name | ast.Attribute) and _name(node) in MAKES_FLOATS:
            found.append(f"line {node.lineno}: {_name(node)}")
    return found


def _name(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


SOURCES = sorted(Path(services.ledger.__path__[0]).rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_the_ledger_s_code_has_no_float(path: Path) -> None:
    assert floats_in(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("source", ["x = 1.5", "x = a / b", "x /= 2", "x = float(y)", "x = decimal.Decimal('1')"])
def test_a_float_would_be_seen(source: str) -> None:
    assert floats_in(source)


def test_every_part_of_the_ledger_is_looked_at() -> None:
    assert {"blocks.py", "verification.py", "books.py", "payments.py"} <= {path.name for path in SOURCES}
