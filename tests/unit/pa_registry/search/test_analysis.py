"""Words are read the same way everywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.pa_registry.search.analysis import LONGEST_WORD, words_of, words_sought


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("Meals & shopping, 24/7!", ["meals", "shopping", "24", "7"]),
        ("the carer's and carers' views", ["the", "carer", "and", "carers", "views"]),
        ("I don’t smoke", ["i", "dont", "smoke"]),
        ("ÉLODIE naïve Ångström", ["elodie", "naive", "angstrom"]),
        ("Łukasz Øster Straße", ["lukasz", "oster", "strasse"]),
        ("ＦＵＬＬ ﬁve", ["full", "five"]),
        ("snake_case", ["snake", "case"]),
        ("польский язык", ["польскии", "язык"]),
        ("caфe", ["ca", "ф", "e"]),
    ],
)
def test_text_is_cut_into_folded_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(st.text(max_size=200))
def test_reading_words_again_changes_nothing(text: str) -> None:
    words = words_of(text)

    assert words_of(" ".join(words)) == words


@given(st.text(max_size=200))
def test_a_word_holds_only_letters_and_digits_of_one_script_and_is_short(text: str) -> None:
    for word in words_of(text):
        assert word.isalnum()
        assert word.isascii() or not any(letter.isascii() for letter in word)
        assert 0 < len(word) <= LONGEST_WORD


def test_small_words_are_not_sought_beside_others() -> None:
    assert words_sought("help with the shopping") == ("help", "shopping")


def test_small_words_are_sought_when_there_is_no_other() -> None:
    assert words_sought("the who") == ("the", "who")


def test_a_word_is_sought_once() -> None:
    assert words_sought("cook Cook cook") == ("cook",)
