from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.embedded.topics import matches

words = st.lists(st.sampled_from(["a", "b", "07", ""]), min_size=1, max_size=5)
parts = st.lists(st.sampled_from(["a", "b", "07", "", "*", "#"]), min_size=1, max_size=5)


def says_the_specification(pattern: list[str], key: list[str]) -> bool:
    """The rule of AMQP 0-9-1 written down word by word."""
    if not pattern:
        return not key
    if pattern[0] == "#":
        return any(says_the_specification(pattern[1:], key[skipped:]) for skipped in range(len(key) + 1))
    return bool(key) and pattern[0] in ("*", key[0]) and says_the_specification(pattern[1:], key[1:])


@given(pattern=parts, key=words)
def test_a_pattern_takes_the_keys_that_the_specification_says(pattern: list[str], key: list[str]) -> None:
    if pattern == [""] or key == [""]:
        return  # an empty string has no words; the table below covers it

    assert matches(".".join(pattern), ".".join(key)) is says_the_specification(pattern, key)


@pytest.mark.parametrize(
    ("pattern", "key", "taken"),
    [
        ("referral.#.07", "referral.accepted.07", True),
        ("referral.#.07", "referral.check.due.07", True),
        ("referral.#.07", "referral.07", True),
        ("referral.#.07", "referral.accepted.08", False),
        ("referral.#.07", "referrals.accepted.07", False),
        ("ledger.*", "ledger.get_fund", True),
        ("ledger.*", "ledger", False),
        ("#", "", True),
        ("*", "", False),
        ("", "", True),
        ("", "a", False),
        ("#.#.#.#.#.#.#.#.z", ".".join("a" * 60), False),
    ],
)
def test_keys_as_the_platform_uses_them(pattern: str, key: str, taken: bool) -> None:
    assert matches(pattern, key) is taken
