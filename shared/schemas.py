"""Marshmallow fields for what every service's edge takes in: money, days, instants and ids, each strict."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from marshmallow import ValidationError, fields

from shared.dates import format_instant, parse_day, parse_instant
from shared.errors import Invalid
from shared.money import MOST_PENCE, Pence, parse_pounds

LONGEST_ID = 128
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")

Value = TypeVar("Value")


class StrictField(fields.Field[Value], Generic[Value]):
    """A field that reads one JSON form only and refuses every other with a sentence."""

    @abstractmethod
    def read(self, given: Any) -> Value:
        """The value. Raises `Invalid` with a sentence."""

    @abstractmethod
    def write(self, value: Value) -> Any:
        """The JSON form."""

    def _deserialize(self, value: Any, attr: Any, data: Mapping[str, Any] | None, **kwargs: Any) -> Value:
        try:
            return self.read(value)
        except Invalid as refusal:
            raise ValidationError(refusal.detail) from refusal

    def _serialize(self, value: Value | None, attr: Any, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else self.write(value)


class PenceField(StrictField[Pence]):
    """Whole pence as a JSON integer; refuses 12.0, "12" and true. `minimum` is in pence."""

    def __init__(self, *, minimum: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.minimum = minimum

    def read(self, given: Any) -> Pence:
        if type(given) is not int:
            raise Invalid("Give whole pence as a JSON integer, for example 1250 for £12.50.")
        if abs(given) > MOST_PENCE:
            raise Invalid("The amount is larger than the platform can hold.")
        return _at_least(Pence(given), self.minimum)

    def write(self, value: Pence) -> int:
        return value.amount


class PoundsField(StrictField[Pence]):
    """Pounds as a JSON string such as "1,234.50", never rounded; written as "1234.50". `minimum` is in pence."""

    def __init__(self, *, minimum: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.minimum = minimum

    def read(self, given: Any) -> Pence:
        if not isinstance(given, str):
            raise Invalid('Give pounds as a string, for example "1,234.50".')
        return _at_least(parse_pounds(given), self.minimum)

    def write(self, value: Pence) -> str:
        return _plain_pounds(value)


class DayField(StrictField[date]):
    """A day in London as an ISO date; refuses 2026-02-31 with a sentence."""

    def read(self, given: Any) -> date:
        if not isinstance(given, str):
            raise Invalid("Give a day as year-month-day, for example 2026-03-02.")
        return parse_day(given)

    def write(self, value: date) -> str:
        return value.isoformat()


class InstantField(StrictField[datetime]):
    """An ISO 8601 instant with its offset, held in UTC; refuses one without an offset."""

    def read(self, given: Any) -> datetime:
        if not isinstance(given, str):
            raise Invalid("Give an instant in ISO 8601, for example 2026-03-02T09:00:00Z.")
        return parse_instant(given)

    def write(self, value: datetime) -> str:
        return format_instant(value)


class IdField(StrictField[str]):
    """An id: letters, digits, `.`, `_`, `:` and `-`, first a letter or digit; at most `longest` characters."""

    def __init__(self, *, longest: int = LONGEST_ID, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.longest = longest

    def read(self, given: Any) -> str:
        if not isinstance(given, str) or not given:
            raise Invalid("Give an id as a string.")
        if len(given) > self.longest:
            raise Invalid(f"An id has at most {self.longest} characters.")
        if not _ID.fullmatch(given):
            raise Invalid("An id begins with a letter or digit and has only letters, digits, '.', '_', ':' and '-'.")
        return given

    def write(self, value: str) -> str:
        return value


def _at_least(amount: Pence, minimum: int | None) -> Pence:
    if minimum is not None and amount.amount < minimum:
        raise Invalid(_too_small(minimum))
    return amount


def _too_small(minimum: int) -> str:
    if minimum == 0:
        return "The amount cannot be negative."
    return f"The amount must be at least £{_plain_pounds(Pence(minimum))}."


def _plain_pounds(amount: Pence) -> str:
    pounds, pence = divmod(abs(amount.amount), 100)
    return f"{'-' if amount.amount < 0 else ''}{pounds}.{pence:02}"
