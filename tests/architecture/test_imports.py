"""The import rules of pyproject.toml hold, and each of them sees a breach that is planted in a copy of the tree."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import PROJECT, copy_packages

LINT = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
CONTRACTS = {
    contract["id"]: contract["name"]
    for contract in tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}
BREACHES = [
    ("services-apart", "services/ledger/model/planted.py", "import services.referrals.model"),
    ("services-apart", "services/safeguarding/handlers/planted.py", "from services.notifications import ports"),
    ("shared-below", "shared/planted.py", "import services.ledger.errors"),
    ("shared-below", "shared/planted.py", "import gateway.settings"),
    ("shared-below", "gateway/planted.py", "import services.ledger.errors"),
    ("shared-below", "services/ledger/model/planted.py", "import gateway.settings"),
    ("inside-a-service", "services/ledger/model/planted.py", "from services.ledger import store"),
    ("inside-a-service", "services/ledger/handlers/planted.py", "from services.ledger import schemas"),
    ("inside-a-service", "services/notifications/channels/planted.py", "from services.notifications import service"),
    ("inside-a-service", "services/ledger/utils.py", ""),
    ("pure-core", "services/ledger/model/planted.py", "import nameko"),
    ("pure-core", "services/ledger/handlers/planted.py", "def late() -> None:\n    import kombu"),
    ("pure-core", "services/ledger/handlers/planted.py", "import shared.store.mongo"),
    ("home-of-pymongo", "services/ledger/planted.py", "import pymongo"),
    ("home-of-pymongo", "shared/planted.py", "from bson import ObjectId"),
    ("home-of-sqlite", "services/ledger/planted.py", "import sqlite3"),
    ("home-of-sqlite", "services/pa_registry/search/planted.py", "import sqlite3"),
    ("home-of-opentelemetry", "shared/runtime/planted.py", "from opentelemetry import trace"),
    ("home-of-opentelemetry", "gateway/planted.py", "def late() -> None:\n    import opentelemetry.sdk"),
    ("home-of-kombu", "shared/runtime/planted.py", "import kombu"),
    ("home-of-kombu", "gateway/planted.py", "from amqp import Connection"),
    ("home-of-the-search-client", "services/pa_registry/handlers/planted.py", "import elasticsearch"),
    ("home-of-the-search-client", "shared/planted.py", "import elastic_transport"),
    ("home-of-the-web-framework", "services/ledger/planted.py", "import flask"),
    ("home-of-the-web-framework", "shared/planted.py", "import werkzeug"),
    ("gateway-without-eventlet", "gateway/planted.py", "import eventlet"),
    ("gateway-without-eventlet", "gateway/planted.py", "import shared.runtime.platform"),
]

Lint = Callable[..., tuple[bool, str]]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages, which tests may spoil as long as they mend it."""
    folder = tmp_path_factory.mktemp("tree")
    copy_packages(folder)
    return folder


@pytest.fixture(scope="module")
def lint(tree: Path) -> Lint:
    """Lints the copy; whether it holds, and the report."""

    def run(*contracts: str) -> tuple[bool, str]:
        chosen = [argument for contract in contracts for argument in ("--contract", contract)]
        done = subprocess.run(
            [sys.executable, "-c", LINT, "--no-logo", "--cache-dir", str(tree / "cache"), *chosen],
            cwd=tree,
            env={"PATH": "", "COLUMNS": "400"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.stderr == ""
        return done.returncode == 0, done.stdout

    return run


@pytest.fixture
def plant(tree: Path) -> Iterator[Callable[[str, str], None]]:
    """Writes a module into the copy, and takes it out after the test."""
    planted: list[Path] = []

    def write(path: str, source: str) -> None:
        target = tree / path
        assert not target.exists()
        target.write_text(f"{source}\n", encoding="utf-8")
        planted.append(target)

    yield write
    for path in planted:
        path.unlink()


def test_every_import_rule_holds(lint: Lint) -> None:
    holds, report = lint()

    assert holds, report
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in report


@pytest.mark.parametrize(("contract", "path", "source"), BREACHES)
def test_a_planted_breach_is_seen(
    lint: Lint, plant: Callable[[str, str], None], contract: str, path: str, source: str
) -> None:
    plant(path, source)

    holds, report = lint(contract)

    assert not holds
    assert "0 kept, 1 broken" in report
    assert path.removesuffix(".py").replace("/", ".").rpartition(".")[2] in report


def test_every_rule_has_its_planted_breach() -> None:
    assert {contract for contract, _, _ in BREACHES} == set(CONTRACTS)
