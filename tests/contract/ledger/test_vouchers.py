"""A voucher code is one person's, on both stores and for two who write in the same moment (CP 5.5)."""

from __future__ import annotations

from typing import Any

import pytest

from services.ledger.errors import VoucherTaken
from services.ledger.handlers import life
from services.ledger.model.arrangements import Arranged, arrangement_id_of
from shared.errors import NotFound
from tests.contract.ledger.conftest import Kept
from tests.support.life_builders import SOCIAL_WORKER, LifeLedger


@pytest.fixture
def ledger(kept: Kept) -> LifeLedger:
    return LifeLedger(store=kept.ledger.store)


def give(ledger: LifeLedger, fund_id: str, code: str) -> str:
    """The code that the fund has after it was given one."""
    cause = ledger.by(SOCIAL_WORKER, "arrange")
    return life.arrange_fund(
        fund_id, Arranged(voucher_code=code), rates=None, desk=ledger.life, cause=cause
    ).state.voucher_code


def two_people(ledger: LifeLedger) -> tuple[str, str]:
    return ledger.open().id, ledger.open(person_id="person-0008").id


@pytest.mark.parametrize("written", ["VC-0007", " vc-0007 "])
def test_another_persons_code_is_refused_by_field_and_rule_however_it_is_written(
    ledger: LifeLedger, written: str
) -> None:
    one, other = two_people(ledger)
    give(ledger, one, "VC-0007")

    with pytest.raises(VoucherTaken) as refused:
        give(ledger, other, written)

    assert [(error.field, error.rule) for error in refused.value.errors] == [("voucher_code", "one-for-each-person")]
    with pytest.raises(NotFound):
        ledger.arrangements.get(arrangement_id_of(other))


def test_of_two_in_the_same_moment_the_store_keeps_the_first(
    ledger: LifeLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two_people(ledger)
    give(ledger, one, "VC-0007")

    def seen_too_early(*_: Any, **__: Any) -> str:
        return "vc-0007"

    monkeypatch.setattr(life, "voucher_to_hold", seen_too_early)

    with pytest.raises(VoucherTaken):
        give(ledger, other, "VC-0007")


def test_a_persons_own_code_goes_with_them_to_another_provider(ledger: LifeLedger) -> None:
    before, after, other = ledger.open().id, ledger.open(provider_id="provider-0004").id, two_people(ledger)[1]
    give(ledger, before, "VC-0007")

    assert give(ledger, after, "VC-0007") == "VC-0007"
    assert give(ledger, before, "VC-0007") == "VC-0007"
    give(ledger, before, "VC-0011")
    with pytest.raises(VoucherTaken):
        give(ledger, other, "VC-0007")


def test_a_code_that_was_given_by_mistake_is_free_again(ledger: LifeLedger) -> None:
    one, other = two_people(ledger)
    give(ledger, one, "VC-0007")
    give(ledger, one, "")

    assert give(ledger, other, "VC-0007") == "VC-0007"
    assert give(ledger, one, "") == ""


def test_where_a_council_keeps_no_list_of_codes_two_may_have_one(
    ledger: LifeLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two_people(ledger)
    monkeypatch.setattr(ledger.rules, "is_so", lambda *_: True)

    assert (give(ledger, one, "VC-0007"), give(ledger, other, "VC-0007")) == ("VC-0007", "VC-0007")
