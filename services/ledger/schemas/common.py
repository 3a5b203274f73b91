"""What the ledger's schemas share. Amounts are whole pence; unknown fields are refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

from services.ledger.model.entries import Period
from shared.schemas import DayField, IdField

JSON = dict[str, Any]
MOST_LISTED = 100
LONGEST_DAYS = 3660
"""Days that a period may have: ten years, far more than anything that is paid for at once."""
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)
"""The days that a question may be about, so that reckoning on from them ends in the calendar."""


def _of_characters(text: str) -> None:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ValidationError("The text holds half of a character.") from error
    if any(ord(character) < ord(" ") and character not in "\n\r\t" for character in text):
        raise ValidationError("The text holds control characters.")


class Text(fields.String):
    """Text of at most `longest` characters."""

    def __init__(self, *, longest: int, shortest: int = 0, **kwargs: Any) -> None:
        super().__init__(validate=[validate.Length(min=shortest, max=longest), _of_characters], **kwargs)


class Flag(fields.Boolean):
    """JSON true or false; refuses 1, "yes" and the like."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("Give true or false.")
        return value


def optional_id() -> IdField:
    return IdField(load_default=None, allow_none=True)


def optional_day() -> DayField:
    return DayField(load_default=None, allow_none=True)


class Strict(Schema):
    """Refuses fields that it does not know."""

    class Meta:
        unknown = RAISE


class CommandSchema(Strict):
    """A command; `expected_version` guards against changing what one has not read."""

    expected_version = fields.Integer(strict=True, load_default=None, allow_none=True)

    @post_load
    def build(self, data: JSON, **_: Any) -> Any:
        data.pop("expected_version")
        return self.command(data)

    def command(self, data: JSON) -> Any:
        """The command of this shape."""
        raise NotImplementedError


def _reckonable(day: date | None) -> None:
    if day is not None and not FIRST_DAY <= day <= LAST_DAY:
        raise ValidationError(f"Give a day from {FIRST_DAY} to {LAST_DAY}.")


def reckonable_day(**kwargs: Any) -> DayField:
    """A day within what can be reckoned from."""
    return DayField(validate=_reckonable, **kwargs)


class PeriodSchema(Strict):
    """Some days, both included."""

    from_on = reckonable_day(data_key="from", required=True)
    to_on = reckonable_day(data_key="to", required=True)

    @validates_schema
    def check_order(self, data: Mapping[str, Any], **_: Any) -> None:
        if data["to_on"] < data["from_on"]:
            raise ValidationError("The last day comes before the first.", "to")
        if (data["to_on"] - data["from_on"]).days >= LONGEST_DAYS:
            raise ValidationError(f"These are more than {LONGEST_DAYS} days.", "to")

    @post_load
    def build(self, data: JSON, **_: Any) -> Period:
        return Period(**data)


class ById(Strict):
    fund_id = IdField(data_key="id", required=True)


class Paged(Strict):
    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(strict=True, load_default=50, validate=validate.Range(min=1, max=MOST_LISTED))


def period_out(period: Period | None) -> JSON | None:
    return None if period is None else {"from": period.from_on.isoformat(), "to": period.to_on.isoformat()}
