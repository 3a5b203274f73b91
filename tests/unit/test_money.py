"""Money is whole pence: nothing is rounded, nothing is lost in a split, and only plain pounds are read."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.money import MOST_PENCE, ZERO, NotMoney, Pence, format_gbp, parse_pounds, total

amounts = st.integers(min_value=-MOST_PENCE, max_value=MOST_PENCE).map(Pence)
weights = st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=12).filter(any)


@pytest.mark.parametrize("value", [1.0, True, "1", None, float("nan")])
def test_only_a_whole_number_is_an_amount(value: Any) -> None:
    with pytest.raises(TypeError, match="whole pence"):
        Pence(value)


@pytest.mark.parametrize("amount", [MOST_PENCE + 1, -MOST_PENCE - 1])
def test_an_amount_beyond_the_bound_is_refused(amount: int) -> None:
    with pytest.raises(NotMoney, match="larger than"):
        Pence(amount)


@pytest.mark.parametrize("other", [1, 0.5, True, "1"])
def test_an_amount_meets_amounts_only(other: Any) -> None:
    with pytest.raises(TypeError):
        Pence(100) + other
    with pytest.raises(TypeError):
        Pence(100) - other
    with pytest.raises(TypeError):
        Pence(100) < other  # noqa: B015  the comparison itself is under test
    assert Pence(1) != other


def test_amounts_add_subtract_compare_and_negate() -> None:
    assert Pence(250) + Pence(50) == Pence(300)
    assert Pence(250) - Pence(300) == -Pence(50)
    assert Pence(-50) < ZERO < Pence(1)
    assert abs(Pence(-50)) == Pence(50)
    assert int(Pence(250)) == 250
    assert not ZERO
    assert Pence(2).times(12) == Pence(24)
    assert total([Pence(1), Pence(2)]) == Pence(3)
    assert total([]) == ZERO


def test_an_amount_is_not_taken_a_fraction_of_times() -> None:
    half: Any = 0.5

    with pytest.raises(TypeError, match="float"):
        Pence(100).times(half)


@settings(deadline=None)
@given(amount=amounts, parts=weights)
def test_the_parts_of_a_split_add_up_and_are_within_a_penny_of_their_share(amount: Pence, parts: list[int]) -> None:
    split = amount.allocate(parts)

    assert total(split) == amount
    assert len(split) == len(parts)
    for part, weight in zip(split, parts, strict=True):
        assert abs(part.amount - Fraction(amount.amount * weight, sum(parts))) < 1


@pytest.mark.parametrize(
    ("pence", "parts", "expected"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (5, [0, 1], [0, 5]),
        (10, [50, 49, 1], [5, 5, 0]),
        (2500, [13, 39], [625, 1875]),
    ],
)
def test_a_split_gives_the_odd_pennies_to_the_largest_remainders(
    pence: int, parts: list[int], expected: list[int]
) -> None:
    assert [part.amount for part in Pence(pence).allocate(parts)] == expected


@pytest.mark.parametrize("parts", [[], [0, 0], [1, -1]])
def test_a_split_needs_weights_that_make_sense(parts: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Pence(1).allocate(parts)


def test_a_split_by_fractions_is_refused() -> None:
    weights: Any = [0.5, 0.5]

    with pytest.raises(TypeError, match="float"):
        Pence(1).allocate(weights)


@pytest.mark.parametrize(
    ("text", "pence"),
    [
        ("1,234.50", 123450),
        ("1234.50", 123450),
        ("12", 1200),
        ("12.5", 1250),
        ("0.05", 5),
        ("-0.05", -5),
        ("0", 0),
        ("10,000,000,000.00", MOST_PENCE),
    ],
)
def test_pounds_are_read_as_people_write_them(text: str, pence: int) -> None:
    assert parse_pounds(text) == Pence(pence)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1.005", "at most two decimals"),
        ("1e3", "without an exponent"),
        ("1 234", "without spaces"),
        (" 1", "without spaces"),
        ("1\n", "without spaces"),
        ("£5", "pound sign"),
        ("NaN", "amount in pounds"),
        ("Infinity", "amount in pounds"),
        ("", "amount in pounds"),
        ("12,34", "amount in pounds"),
        ("1,2345", "amount in pounds"),
        (".50", "amount in pounds"),
        ("5.", "amount in pounds"),
        ("--5", "amount in pounds"),
        ("+5", "amount in pounds"),
        ("٥", "amount in pounds"),
        ("0x10", "amount in pounds"),
        ("10,000,000,000.01", "larger than"),
        ("9" * 5000, "longer than"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(NotMoney, match=sentence):
        parse_pounds(text)


@pytest.mark.parametrize(
    ("pence", "text"), [(123450, "£1,234.50"), (-5, "-£0.05"), (0, "£0.00"), (MOST_PENCE, "£10,000,000,000.00")]
)
def test_an_amount_is_shown_in_pounds(pence: int, text: str) -> None:
    assert format_gbp(Pence(pence)) == text


@settings(deadline=None)
@given(amount=amounts)
def test_what_is_shown_reads_back_as_the_same_amount(amount: Pence) -> None:
    assert parse_pounds(format_gbp(amount).replace("£", "")) == amount
