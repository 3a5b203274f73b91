"""What a statement file says, and the checks that every format's answer must pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from shared.errors import FieldError, Invalid, TooLarge
from shared.money import ZERO, Pence, format_gbp, total

POUNDS = "GBP"


@dataclass(frozen=True, kw_only=True)
class BankLine:
    """One movement as the bank tells it. Above nought came in, below went out.

    `bank_id` is the bank's own id of it, where it gives one: by it the same line of an overlapping file is known.
    """

    booked_on: date
    amount: Pence
    description: str = ""
    reference: str = ""
    bank_id: str = ""
    balance_after: Pence | None = None


@dataclass(frozen=True, kw_only=True)
class BankStatement:
    """One account's lines, in the file's order. `account` is a card's reference or sort code and account number."""

    account: str
    lines: tuple[BankLine, ...]
    opening: Pence | None = None
    closing: Pence | None = None
    from_on: date | None = None
    to_on: date | None = None

    @property
    def first_on(self) -> date | None:
        return self.from_on or min((line.booked_on for line in self.lines), default=None)

    @property
    def last_on(self) -> date | None:
        return self.to_on or max((line.booked_on for line in self.lines), default=None)


def refuse(field: str, rule: str, message: str) -> Invalid:
    """A refusal of the file."""
    return Invalid(message, errors=[FieldError(field=field, rule=rule, message=message)])


def checked(statements: Sequence[BankStatement], *, most_lines: int) -> list[BankStatement]:
    """The statements, if there are any and each adds up. Raises `Invalid`, `TooLarge`."""
    if not statements:
        raise refuse("body", "statements", "the file holds no statement")
    count = sum(len(statement.lines) for statement in statements)
    if count > most_lines:
        raise TooLarge(f"a file holds {most_lines} lines at most, this one {count}; send it in parts")
    for statement in statements:
        _check_sum(statement)
    return list(statements)


def plain_account(text: str) -> str:
    """An account as it is compared: letters and digits only; a British IBAN as its sort code and account number."""
    plain = "".join(character for character in text.upper() if character.isalnum())
    return plain[8:] if len(plain) == _GB_IBAN and plain.startswith("GB") else plain


_GB_IBAN = 22


def by_account(lines: Sequence[tuple[str, BankLine]]) -> Mapping[str, tuple[BankLine, ...]]:
    """The lines of each account, in the order of the file."""
    found: dict[str, list[BankLine]] = {}
    for account, line in lines:
        found.setdefault(account, []).append(line)
    return {account: tuple(each) for account, each in found.items()}


def _check_sum(statement: BankStatement) -> None:
    """Opening and movements are the closing balance; a file cut short or read wrongly is not taken."""
    if statement.opening is None or statement.closing is None:
        return
    reached = statement.opening + total(line.amount for line in statement.lines)
    if reached != statement.closing:
        raise refuse(
            "body",
            "adds-up",
            f"the statement does not add up: it leads to {format_gbp(reached)}, its closing balance is "
            f"{format_gbp(statement.closing)}",
        )


def opening_of(lines: Sequence[BankLine]) -> Pence | None:
    """The balance before the first line, where lines tell the balance after them. Raises `Invalid` when these do not follow.

    Banks list the newest first or last; either is taken, one that fits neither is refused.
    """
    if not lines or any(line.balance_after is None for line in lines):
        return None
    for ordered in (lines, lines[::-1]):
        first = ordered[0]
        before = (first.balance_after or ZERO) - first.amount
        if _follows(ordered, before):
            return before
    raise refuse("body", "balances", "the balances after the lines do not follow from their amounts")


def closing_of(lines: Sequence[BankLine], opening: Pence | None) -> Pence | None:
    """The balance after the last line, given that before the first."""
    return None if opening is None else opening + total(line.amount for line in lines)


def _follows(lines: Sequence[BankLine], before: Pence) -> bool:
    for line in lines:
        before = before + line.amount
        if line.balance_after != before:
            return False
    return True
