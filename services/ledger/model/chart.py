"""The accounts of a fund's book, as described data.

Amounts are signed whole pence: a debit is positive, a credit negative, so an entry's postings sum to nought. The
books are the fund's own: money that comes in debits `held` and credits `council`. No account may cross nought to the
side that is not its own; that is the whole of the limits, and it holds after every single posting. Only a clearing
account may stand on either side: it holds one half of a move between two books, and over all books it comes to nought.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from shared.money import Pence

Side = Literal["debit", "credit", "either"]
_SIGNS: Mapping[Side, int] = {"debit": 1, "credit": -1, "either": 0}


@dataclass(frozen=True, kw_only=True)
class Family:
    """A kind of account.

    `side` is where its balance may stand. `named` families hold one account for each party or purpose, written
    `payee:<id>`. The balances of `in_hand` families together are the money the fund has; `memo` families record what
    others collect and touch no money of the fund.
    """

    name: str
    words: str
    side: Side
    named: bool = False
    in_hand: bool = False
    memo: bool = False


_FAMILIES = (
    Family(name="council", words="Paid in by the council", side="credit"),
    Family(name="held", words="Held and free to spend", side="debit", in_hand=True),
    Family(name="reserved", words="Set aside for agreed bookings", side="debit", in_hand=True),
    Family(name="allocated", words="Set aside for an agreed purpose", side="debit", named=True, in_hand=True),
    Family(name="payee", words="Paid to a payee", side="debit", named=True),
    Family(name="fees", words="Provider's management fees", side="debit"),
    Family(name="returned", words="Returned to the council", side="debit"),
    Family(name="clearing", words="Moved between two funds", side="either", named=True),
    Family(name="contribution", words="Contribution the council invoices", side="debit", memo=True),
    Family(name="contribution-contra", words="Contribution, other side", side="credit", memo=True),
)
CHART: Mapping[str, Family] = {family.name: family for family in _FAMILIES}

COUNCIL = "council"
HELD = "held"
RESERVED = "reserved"
RETURNED = "returned"
ALLOCATED = "allocated"


class NotAnAccount(ValueError):
    """The text does not name an account of the chart."""


def payee_account(payee_id: str) -> str:
    """The account of what was paid to this payee."""
    return f"payee:{payee_id}"


def allocated_account(purpose: str) -> str:
    """The account of what is set aside for this purpose."""
    return f"{ALLOCATED}:{purpose}"


def allocations_in(balances: Mapping[str, Pence]) -> dict[str, Pence]:
    """What is set aside for each purpose."""
    prefix = f"{ALLOCATED}:"
    return {
        account.removeprefix(prefix): balance
        for account, balance in sorted(balances.items())
        if account.startswith(prefix) and balance
    }


def clearing_account(transfer_id: str) -> str:
    """The account that one move of a fund goes through, in both its books (CP 5.3)."""
    return f"clearing:{transfer_id}"


def is_clearing(account: str) -> bool:
    """Whether the account must come to nought over all books together."""
    return account.startswith("clearing:")


@lru_cache(maxsize=4096)
def family_of(account: str) -> Family:
    """The account's family. Raises `NotAnAccount`."""
    name, colon, of = account.partition(":")
    family = CHART.get(name)
    if family is None or family.named != bool(of) or bool(colon) != bool(of):
        raise NotAnAccount(f"{account!r} is not an account of the chart")
    return family


def is_within_limit(account: str, balance: Pence) -> bool:
    """Whether the account may stand at this balance: on its own side of nought, or at nought."""
    return balance.amount * _SIGNS[family_of(account).side] >= 0


def in_hand(balances: Mapping[str, Pence]) -> Pence:
    """The money the fund has: free, reserved and set aside together."""
    return Pence(sum(amount.amount for account, amount in balances.items() if family_of(account).in_hand))


def side_of(amount: Pence) -> str:
    """`Dr` for a debit, `Cr` for a credit, nothing for nought."""
    if not amount:
        return ""
    return "Dr" if amount.amount > 0 else "Cr"
