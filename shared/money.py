"""Money: whole pence in an `int` behind a small value type. Only the edges read or write pounds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.errors import Invalid

MOST_PENCE = 10**12
"""The largest amount either side of zero: ten thousand million pounds, far inside what JSON and BSON keep exactly."""

_LONGEST_AMOUNT = len("-10,000,000,000.00")
_POUNDS = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.(?P<part>[0-9]{1,2}))?")


class NotMoney(Invalid):
    """The text is not an amount in pounds, or the amount is beyond `MOST_PENCE`; the detail says which."""


def _refuse_other_than_int(value: object) -> None:
    if type(value) is not int:
        raise TypeError(f"money is counted in whole pence (int), never in {type(value).__name__}")


@dataclass(frozen=True, order=True, slots=True)
class Pence:
    """An amount in whole pence, negative for money owed or taken out.

    Adds to, subtracts from and compares with `Pence` only; a float or a bool is refused with `TypeError`, an amount
    beyond `MOST_PENCE` with `NotMoney`.
    """

    amount: int

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            _refuse_other_than_int(self.amount)
        if not -MOST_PENCE <= self.amount <= MOST_PENCE:
            raise NotMoney("The amount is larger than the platform can hold.")

    def __add__(self, other: Pence) -> Pence:
        return Pence(self.amount + other.amount) if isinstance(other, Pence) else NotImplemented

    def __sub__(self, other: Pence) -> Pence:
        return Pence(self.amount - other.amount) if isinstance(other, Pence) else NotImplemented

    def __neg__(self) -> Pence:
        return Pence(-self.amount)

    def __abs__(self) -> Pence:
        return Pence(abs(self.amount))

    def __bool__(self) -> bool:
        return self.amount != 0

    def __int__(self) -> int:
        return self.amount

    def times(self, count: int) -> Pence:
        """This amount `count` times over (12 weeks of a weekly budget)."""
        _refuse_other_than_int(count)
        return Pence(self.amount * count)

    def allocate(self, weights: Sequence[int]) -> tuple[Pence, ...]:
        """Splits by `weights` so that the parts add up exactly: largest remainder, an earlier part first when equal.

        Raises `ValueError` unless the weights are whole, none is negative and one is above zero.
        """
        _refuse_bad_weights(weights)
        sign = -1 if self.amount < 0 else 1
        return tuple(Pence(sign * part) for part in _largest_remainder(abs(self.amount), weights))


ZERO = Pence(0)


def total(amounts: Iterable[Pence]) -> Pence:
    """The sum of the amounts; nothing for none."""
    return Pence(sum(each.amount for each in amounts))


def parse_pounds(text: str) -> Pence:
    """Reads pounds as people write them: "1,234.50", "0.05", "-12". Raises `NotMoney` for anything else.

    Refused: a third decimal, an exponent, a space, a pound sign, a comma out of place, NaN, infinity and amounts beyond
    `MOST_PENCE`.
    """
    if len(text) > _LONGEST_AMOUNT:
        raise NotMoney("The amount is longer than any the platform can hold.")
    found = _POUNDS.fullmatch(text)
    if found is None:
        raise NotMoney(_why_not_pounds(text))
    pence = int(found["whole"].replace(",", "")) * 100 + int((found["part"] or "").ljust(2, "0"))
    return Pence(-pence if found["sign"] else pence)


def format_gbp(amount: Pence) -> str:
    """The amount for a reader: "£1,234.50", "-£0.05"."""
    pounds, pence = divmod(abs(amount.amount), 100)
    sign = "-" if amount.amount < 0 else ""
    return f"{sign}£{pounds:,}.{pence:02}"


def _refuse_bad_weights(weights: Sequence[int]) -> None:
    for weight in weights:
        _refuse_other_than_int(weight)
    if any(weight < 0 for weight in weights) or sum(weights) == 0:
        raise ValueError("weights are whole numbers, none below zero and at least one above it")


def _largest_remainder(amount: int, weights: Sequence[int]) -> list[int]:
    whole = sum(weights)
    shares = [divmod(amount * weight, whole) for weight in weights]
    parts = [quotient for quotient, _ in shares]
    by_remainder = sorted(range(len(shares)), key=lambda index: -shares[index][1])
    for index in by_remainder[: amount - sum(parts)]:
        parts[index] += 1
    return parts


_WHY_NOT_POUNDS = (
    (re.compile(r".*\s.*", re.DOTALL), "Write the amount without spaces, for example 1,234.50."),
    (re.compile(r"£.*"), "Leave out the pound sign: write, for example, 1,234.50."),
    (
        re.compile(r"-?[0-9,]+\.[0-9]{3,}"),
        "Give at most two decimals, for example 12.50: nothing is smaller than a penny.",
    ),
    (
        re.compile(r"-?[0-9.,]+[eE][+-]?[0-9]+"),
        "Write the amount out in full, without an exponent, for example 1000.00.",
    ),
)


def _why_not_pounds(text: str) -> str:
    for shape, sentence in _WHY_NOT_POUNDS:
        if shape.fullmatch(text):
            return sentence
    return "Give an amount in pounds, for example 1,234.50."
