from __future__ import annotations

from dataclasses import replace
from string import Template

import pytest

from services.notifications.errors import BadTemplate
from services.notifications.model.wording import Wording, check_wording, put_into_words
from services.notifications.wordings import read_wording
from tests.unit.notifications.builders import WORDINGS

PLAIN = Wording(
    name="plain",
    subject="About $referral_id",
    body="Reference $referral_id.",
    sms="$council_name has news.",
    phone="Say that there is news of $referral_id.",
)
VALUES = {"referral_id": "ref-1", "council_name": "Sample Council"}


@pytest.mark.parametrize("name", WORDINGS)
def test_no_template_puts_anything_about_the_person_into_an_sms(name: str) -> None:
    sms = WORDINGS[name].sms

    assert set(Template(sms).get_identifiers()) <= {"council_name"}
    for word in ("fund", "direct payment", "safeguarding", "concern", "refus", "care", "suspend"):
        assert word not in sms.lower().replace("opened a fund that you hold", "")
    assert len(sms) <= 160


def test_an_sms_template_that_would_tell_a_detail_stops_the_start() -> None:
    with pytest.raises(BadTemplate, match="referral_id"):
        check_wording(replace(PLAIN, sms="News of $referral_id"))


@pytest.mark.parametrize(
    "broken",
    [
        {"body": ""},
        {"sms": " "},
        {"phone": ""},
        {"subject": "two\nlines"},
        {"body": "a price of $5 or ${"},
    ],
    ids=["no body", "no sms", "no phone script", "two lines of subject", "a broken placeholder"],
)
def test_a_template_that_could_not_be_used_stops_the_start(broken: dict[str, str]) -> None:
    with pytest.raises(BadTemplate, match="plain"):
        check_wording(replace(PLAIN, **broken))


def test_a_template_with_an_unknown_part_is_named() -> None:
    with pytest.raises(BadTemplate, match="greeting"):
        read_wording("plain", "subject: a\nbody: b\ngreeting: c\n")


def test_a_placeholder_without_a_value_is_an_error_and_never_sent() -> None:
    with pytest.raises(KeyError):
        put_into_words(PLAIN, "email", values={}, name="", formats=())


def test_an_email_greets_by_name_and_says_back_the_format_that_was_asked_for() -> None:
    words = put_into_words(
        PLAIN, "email", values=VALUES, name="Sample Person 0007", formats=("large print", "easy read")
    )

    assert words.subject == "About ref-1"
    assert words.body.startswith("Dear Sample Person 0007\n\nReference ref-1.\n\n")
    assert "large print, easy read" in words.body


def test_someone_without_a_known_name_is_still_greeted() -> None:
    assert put_into_words(PLAIN, "letter", values=VALUES, name="", formats=()).body.startswith("Hello\n\n")


def test_an_sms_is_the_short_text_alone_without_name_or_formats() -> None:
    words = put_into_words(PLAIN, "sms", values=VALUES, name="Sample Person 0007", formats=("large print",))

    assert (words.subject, words.body) == ("", "Sample Council has news.")


def test_a_value_that_looks_like_a_placeholder_is_left_as_it_is() -> None:
    words = put_into_words(PLAIN, "phone", values={"referral_id": "$council_name"}, name="", formats=())

    assert words.body == "Say that there is news of $council_name."
