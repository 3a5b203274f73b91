"""A generated year of books through programs that share no code with the ledger: hledger, beancount, and a plain fold."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from services.ledger.model.exporting import as_beancount, as_hledger, as_jsonl
from services.ledger.model.verification import prove, unsettled, verify
from tests.support.jsonl_fold import folded
from tests.support.ledger_year import a_year_of

FUNDS = 12
Balances = dict[str, int]

BEANCOUNT = """
import json, sys
from beancount import loader
from beancount.core import data, inventory, realization
entries, errors, options = loader.load_file(sys.argv[1])
names = {entry.account: entry.meta["account"] for entry in entries if isinstance(entry, data.Open)}
sums = {}
for entry in entries:
    if isinstance(entry, data.Transaction):
        for posting in entry.postings:
            sums[names[posting.account]] = sums.get(names[posting.account], 0) + int(posting.units.number)
asserted = sum(isinstance(entry, data.Balance) for entry in entries)
print(json.dumps({"errors": [str(error.message) for error in errors], "sums": sums, "asserted": asserted}))
"""


@pytest.fixture(scope="module")
def year() -> list[Mapping[str, Any]]:
    """The stored blocks of some funds' year."""
    return list(a_year_of(FUNDS))


@pytest.fixture(scope="module")
def heads(year: list[Mapping[str, Any]]) -> Balances:
    """What the last block of each book says its accounts stand at."""
    last = {block["book"]: block for block in year}
    return {f"{book}:{account}": pence for book, block in last.items() for account, pence in block["balances"] if pence}


def hledger(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shutil.which("hledger") or "hledger", "-f", str(path), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def beancount(path: Path) -> dict[str, Any]:
    ran = subprocess.run(
        [sys.executable, "-c", BEANCOUNT, str(path)], capture_output=True, text=True, check=True, timeout=300
    )
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


def written(path: Path, parts: Any) -> Path:
    path.write_text("".join(parts), encoding="utf-8")
    return path


def test_the_year_is_a_full_one_and_proves_itself(year: list[Mapping[str, Any]]) -> None:
    types = {entry["type"] for block in year for entry in block["entries"]}

    assert verify(year) == []
    assert unsettled(prove(year)) == []
    assert types >= {"payment-in", "spend", "reserve", "post-reserved", "void-reservation", "expire-reservation"}
    assert types >= {"moved-out", "moved-in", "closing", "reversal"}
    assert sum(len(block["entries"]) for block in year) > 150 * FUNDS


def test_a_plain_fold_of_the_json_lines_comes_to_the_same_penny(year: list[Mapping[str, Any]], heads: Balances) -> None:
    balances, wrong = folded(as_jsonl(year))

    assert wrong == []
    assert {f"{book}:{account}": pence for (book, account), pence in balances.items() if pence} == heads


def test_the_plain_fold_can_tell(year: list[Mapping[str, Any]]) -> None:
    lines = list(as_jsonl(year))
    entry = json.loads(lines[5])
    entry["postings"][0][1] += 1

    _, wrong = folded([*lines[:5], json.dumps(entry), *lines[6:]])
    _, missing = folded([*lines[:5], *lines[6:]])

    assert f"{entry['entry_id']}: the sum" in wrong
    assert missing


@pytest.mark.needs_hledger
def test_hledger_checks_every_posting_and_comes_to_the_same_penny(
    year: list[Mapping[str, Any]], heads: Balances, tmp_path: Path
) -> None:
    journal = written(tmp_path / "year.journal", as_hledger(year))

    checked = hledger(journal, "check", "--strict")
    told = hledger(journal, "balance", "-N", "--flat", "-O", "csv")

    assert (checked.returncode, checked.stderr) == (0, "")
    rows = list(csv.reader(io.StringIO(told.stdout)))[1:]
    assert {account: int(amount.removesuffix(" PENCE")) for account, amount in rows} == heads


@pytest.mark.needs_hledger
@pytest.mark.parametrize(("old", "new"), [("= 40000 PENCE", "= 40001 PENCE"), ("  40000 PENCE", "  40001 PENCE")])
def test_hledger_refuses_a_penny_too_many(year: list[Mapping[str, Any]], tmp_path: Path, old: str, new: str) -> None:
    journal = written(tmp_path / "year.journal", ["".join(as_hledger(year)).replace(old, new, 1)])

    assert hledger(journal, "check", "--strict").returncode != 0


def test_beancount_finds_no_error_and_comes_to_the_same_penny(
    year: list[Mapping[str, Any]], heads: Balances, tmp_path: Path
) -> None:
    told = beancount(written(tmp_path / "year.beancount", as_beancount(year)))

    assert told["errors"] == []
    assert told["asserted"] > 100 * FUNDS
    assert {account: pence for account, pence in told["sums"].items() if pence} == heads


@pytest.mark.parametrize(("old", "new"), [("Held  40000 PENCE\n2", "Held  40001 PENCE\n2"), ("  40000 ", "  40001 ")])
def test_beancount_refuses_a_penny_too_many(year: list[Mapping[str, Any]], tmp_path: Path, old: str, new: str) -> None:
    text = "".join(as_beancount(year))
    assert old in text

    assert beancount(written(tmp_path / "year.beancount", [text.replace(old, new, 1)]))["errors"]


def test_texts_that_people_wrote_stay_out_of_plain_text_books(year: list[Mapping[str, Any]]) -> None:
    noted = [
        dict(block) | {"entries": [{**e, "reference": "for Alex Example"} for e in block["entries"]]} for block in year
    ]

    assert "Alex" not in "".join([*as_hledger(noted), *as_beancount(noted)])
    assert "Alex" in "".join(as_jsonl(noted))
