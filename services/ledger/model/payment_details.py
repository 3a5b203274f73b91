"""Where a fund's payments go: a prepaid card, a bank account, or the council's own payment system (CP 5.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.bank_statements.reading import plain_account

Method = Literal["card", "bank", "other"]
METHODS: tuple[Method, ...] = ("card", "bank", "other")
NEEDED: dict[Method, tuple[str, ...]] = {
    "card": ("card_reference",),
    "bank": ("sort_code", "account_number", "account_name"),
    "other": ("reference",),
}
"""What each way of paying needs; it takes nothing else but a reference."""


@dataclass(frozen=True, kw_only=True)
class PayTo:
    """One destination. A card is named by the card company's own reference, never by its number."""

    method: Method
    card_reference: str = ""
    sort_code: str = ""
    account_number: str = ""
    account_name: str = ""
    reference: str = ""


def account_of(pay_to: PayTo) -> str:
    """The destination as statements name it."""
    return plain_account(pay_to.card_reference or f"{pay_to.sort_code}{pay_to.account_number}")


@dataclass(frozen=True, kw_only=True)
class PaymentDetails:
    """A fund's destination, and who entered it: whoever did never approves a payment to it."""

    fund_id: str
    pay_to: PayTo
    entered_by: str
    entered_at: datetime
    account: str = ""
    """How a bank's or card company's statement names it."""
