"""Voucher codes of the planning software: one for each person of a council (CP 5.5)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from services.ledger.errors import VoucherTaken
from services.ledger.model.arrangements import Arrangement, arrangement_id_of, plain_code
from services.ledger.model.funds import Fund
from services.ledger.ports import LifeRules
from shared.errors import FieldError
from shared.messaging.aggregates import Aggregates
from shared.store.documents import Equal, KeyTaken


def voucher_to_hold(fund: Fund, code: str, *, on: date, arrangements: Aggregates[Arrangement], rules: LifeRules) -> str:
    """The code as this fund's arrangement holds it for its person; nothing where another fund of theirs does, or none is kept.

    Raises `VoucherTaken` where it is another person's.
    """
    key = plain_code(code)
    if not key or rules.is_so(fund.council_id, "voucher_code_shared", on):
        return ""
    where = [Equal(path="council_id", value=fund.council_id), Equal(path="state.voucher_key", value=key)]
    own = arrangement_id_of(fund.fund_id)
    others = [stored.state for stored in arrangements.find(where).items if stored.id != own]
    if any(other.person_id != fund.person_id for other in others):
        raise _taken()
    return "" if any(other.voucher_held for other in others) else key


@contextmanager
def one_for_each_person() -> Iterator[None]:
    """Of two people given one code in the same moment, the store keeps the first. Raises `VoucherTaken`."""
    try:
        yield
    except KeyTaken as refusal:
        raise _taken() from refusal


def _taken() -> VoucherTaken:
    sentence = "This voucher code is another person's; each person has their own (CP 5.5)."
    return VoucherTaken(
        sentence, errors=[FieldError(field="voucher_code", rule="one-for-each-person", message=sentence)]
    )
