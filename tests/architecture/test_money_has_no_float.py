"""No float comes near money outside the ledger either: where pence are read, carried and shown."""

from __future__ import annotations

import pytest

from tests.architecture.tree import PROJECT
from tests.unit.ledger.test_no_float import floats_in

CARRY_MONEY = (
    "shared/money.py",
    "shared/events/ledger.py",
    "gateway/schemas/ledger.py",
    "gateway/routes/ledger.py",
    "gateway/statements.py",
    "gateway/pages/statements.py",
)


@pytest.mark.parametrize("path", CARRY_MONEY)
def test_what_carries_money_has_no_float(path: str) -> None:
    assert floats_in((PROJECT / path).read_text(encoding="utf-8")) == []
