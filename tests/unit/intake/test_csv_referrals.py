"""Referrals in rows: each column a field, each row its own answer, and nothing lost unseen."""

from __future__ import annotations

from typing import Any

import pytest

from shared.errors import Invalid, TooLarge
from shared.intake.csv_referrals import CSV, MOST_ROWS
from shared.messaging.consuming.incoming import BUILT_IN_FORMATS, load_intake_formats
from tests.unit.referrals.builders import CE, ReferralsDesk

FORMATS = load_intake_formats(BUILT_IN_FORMATS, body_bytes=262_144)
HEADER = (
    "referral_reference,person.person_reference,person.name,person.born_on,care_and_support_plan,"
    "referrer.referrer_reference,weekly_budget_pence,client_groups,self_funder"
)
ROW = 'REF-1,P-1,"Example, Alex",1961-04-05,CSP-1,SW-1,18200,autism; carer,no'


def read(text: str) -> list[Any]:
    return FORMATS.read(text.encode(), content_type=CSV, headers={}, council_id=CE)


def rules_of(refusal: Invalid) -> dict[str, str]:
    return {error.field: error.rule for error in refusal.errors}


def test_a_row_is_a_referral_with_numbers_flags_and_lists() -> None:
    desk = ReferralsDesk()

    referral = desk.taken_in(read(f"{HEADER}\n{ROW}\n")[0]).state

    assert (referral.reference, referral.status) == ("REF-1", "submitted")
    assert (referral.weekly_budget_pence, referral.client_groups) == (18200, ("autism", "carer"))
    assert referral.self_funder is False
    assert desk.persons.records.get(referral.person_id).state.contact.name == "Example, Alex"


def test_the_same_row_again_is_a_duplicate_and_another_is_not() -> None:
    desk = ReferralsDesk()
    (first,) = read(f"{HEADER}\n{ROW}\n")
    again, other = read(f"{HEADER}\n{ROW}\n{ROW.replace('REF-1', 'REF-2')}\n")

    assert [desk.take_in(one).outcome for one in (first, again, other)] == ["accepted", "duplicate", "accepted"]


def test_a_row_that_is_wrong_is_refused_by_itself_naming_field_and_rule() -> None:
    desk = ReferralsDesk()
    rows = read(f"{HEADER}\n{ROW}\n{ROW.replace('18200', 'a lot').replace('REF-1', 'REF-2')}\nREF-3,P-3\n")

    answers = [desk.take_in(row) for row in rows]

    assert [answer.outcome for answer in answers] == ["accepted", "refused", "refused"]
    assert answers[1].errors[0].field == "data.weekly_budget_pence"
    assert (answers[2].errors[0].field, answers[2].errors[0].rule) == ("row.4", "cells")


@pytest.mark.parametrize(
    ("text", "field", "rule"),
    [
        (f"{HEADER},shoe_size\n{ROW},44\n", "shoe_size", "known-column"),
        (f"{HEADER},lot,lot\n{ROW},1,2\n", "lot", "once"),
        ("person.person_reference\nP-1\n", "referral_reference", "required"),
        (f"{HEADER}\n", "body", "rows"),
        (f"{HEADER}\n{ROW}", "body", "whole"),
        (f'{HEADER}\nREF-1,P-1,"Example, Al\n', "body", "csv"),
        ("", "body", "whole"),
    ],
)
def test_a_file_that_could_lose_something_is_refused_whole(text: str, field: str, rule: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read(text)

    assert rules_of(refusal.value)[field] == rule


def test_a_file_of_too_many_rows_is_to_be_sent_in_parts() -> None:
    with pytest.raises(TooLarge, match="in parts"):
        read(f"{HEADER}\n" + f"{ROW}\n" * (MOST_ROWS + 1))


def test_rows_bring_a_referral_up_to_date_and_cancel_it() -> None:
    desk = ReferralsDesk()
    header = f"event,{HEADER},updated_at,reason"
    new, updated = (
        f"{event},{ROW.replace('18200', budget)}" for event, budget in (("new", "18200"), ("update", "20000"))
    )
    sent = read(
        f"{header}\n{new},2026-03-02T08:00:00Z,\n{updated},2026-03-02T09:00:00Z,\n"
        "cancel,REF-1,,,,,,,,,2026-03-02T08:30:00Z,too late\ncancel,REF-1,,,,,,,,,2026-03-02T09:00:00Z,moved away\n"
    )

    answers = [desk.take_in(one) for one in sent]

    assert [(one.outcome, one.problem) for one in answers] == [
        ("accepted", None),
        ("accepted", None),
        ("refused", "stale-referral"),
        ("accepted", None),
    ]
    referral = desk.referrals.records.get(str(answers[0].record_id)).state
    assert (referral.status, referral.weekly_budget_pence, referral.reason) == ("withdrawn", 20000, "moved away")


def test_an_event_that_there_is_not_is_refused_by_name() -> None:
    answer = ReferralsDesk().take_in(read(f"event,{HEADER}\nexplode,{ROW}\n")[0])

    assert (answer.errors[0].field, answer.errors[0].rule) == ("type", "known-type")
