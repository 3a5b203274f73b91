"""The edge's fields read one JSON form each and refuse every other with a sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from marshmallow import Schema, ValidationError

from shared.money import MOST_PENCE, Pence
from shared.schemas import DayField, IdField, InstantField, PenceField, PoundsField


class SpendSchema(Schema):
    amount_pence = PenceField(minimum=1)
    refund_pence = PenceField()
    gift_pence = PenceField(minimum=0)
    pounds = PoundsField(minimum=100)
    spent_on = DayField()
    recorded_at = InstantField()
    fund_id = IdField(longest=12)
    closed_on = DayField(allow_none=True)


@pytest.mark.parametrize(
    ("field", "given", "read"),
    [
        ("amount_pence", 1250, Pence(1250)),
        ("refund_pence", -1250, Pence(-1250)),
        ("pounds", "1,234.50", Pence(123450)),
        ("spent_on", "2026-03-02", date(2026, 3, 2)),
        ("recorded_at", "2026-07-01T10:00:00+01:00", datetime(2026, 7, 1, 9, tzinfo=UTC)),
        ("fund_id", "fund-0007", "fund-0007"),
        ("closed_on", None, None),
    ],
)
def test_a_field_reads_its_own_form(field: str, given: Any, read: Any) -> None:
    assert SpendSchema().load({field: given}) == {field: read}


@pytest.mark.parametrize(
    ("field", "given", "sentence"),
    [
        ("amount_pence", 12.0, "whole pence"),
        ("amount_pence", True, "whole pence"),
        ("amount_pence", "12", "whole pence"),
        ("amount_pence", 0, "at least £0.01"),
        ("amount_pence", MOST_PENCE + 1, "larger than"),
        ("gift_pence", -1, "cannot be negative"),
        ("pounds", 12, "as a string"),
        ("pounds", "1.005", "at most two decimals"),
        ("pounds", "0.99", "at least £1.00"),
        ("spent_on", "2026-02-31", "2026-02-31 is not a day in the calendar"),
        ("spent_on", 20260302, "year-month-day"),
        ("recorded_at", "2026-07-01T10:00:00", "offset from UTC"),
        ("recorded_at", 1, "ISO 8601"),
        ("fund_id", "", "as a string"),
        ("fund_id", 7, "as a string"),
        ("fund_id", "../etc", "begins with a letter or digit"),
        ("fund_id", "fund 7", "begins with a letter or digit"),
        ("fund_id", "f" * 13, "at most 12 characters"),
    ],
)
def test_a_field_refuses_any_other_form_with_a_sentence(field: str, given: Any, sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        SpendSchema().load({field: given})

    assert list(refused.value.messages_dict) == [field]
    assert sentence in refused.value.messages_dict[field][0]


def test_what_is_written_reads_back() -> None:
    spend = {
        "amount_pence": Pence(1250),
        "pounds": Pence(123450),
        "spent_on": date(2026, 3, 2),
        "recorded_at": datetime(2026, 7, 1, 9, tzinfo=UTC),
        "fund_id": "fund-0007",
    }

    written = SpendSchema().dump(spend)

    assert written["pounds"] == "1234.50"
    assert written["recorded_at"] == "2026-07-01T09:00:00Z"
    assert SpendSchema().load(written) == spend


def test_nothing_is_written_for_nothing() -> None:
    assert SpendSchema().dump({"closed_on": None}) == {"closed_on": None}
