"""CSV statements, read by a profile: data that names a file's headings and how it writes days and amounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from shared.bank_statements.reading import (
    BankLine,
    BankStatement,
    by_account,
    closing_of,
    opening_of,
    plain_account,
    refuse,
)
from shared.errors import Invalid
from shared.intake.tables import Row, read_table
from shared.money import ZERO, Pence, parse_pounds
from shared.policy.yaml_text import read_yaml
from shared.settings import BadSetting

CSV = "text/csv"
MOST_ROWS = 10_000
AMOUNTS = (frozenset({"amount"}), frozenset({"money_in", "money_out"}))
KNOWN = frozenset(
    {"booked_on", "amount", "money_in", "money_out", "description", "reference", "bank_id", "balance", "account"}
)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One shape of CSV: what each heading means, those that may be missing, and how days are written."""

    name: str
    days: str
    columns: Mapping[str, str]
    optional: Mapping[str, str]

    @property
    def headings(self) -> Mapping[str, str]:
        """Each meaning's heading."""
        return {**self.columns, **self.optional}


class CsvStatements:
    """Statements as CSV. Columns that a profile does not name are left alone: banks add them as they please."""

    content_types = (CSV,)

    def __init__(self, profiles: Mapping[str, Profile]) -> None:
        self.profiles = profiles

    def read(self, body: bytes, *, content_type: str, profile: str | None) -> list[BankStatement]:
        """A statement for each account of the file. Raises `Invalid`, `TooLarge`."""
        shape = self._profile(profile)
        rows = read_table(
            _whole(body), columns=_EveryHeading(), needed=sorted(shape.columns.values()), most_rows=MOST_ROWS
        )
        lines = by_account([_line(row, shape) for row in rows])
        return [_statement(account, found) for account, found in lines.items()]

    def _profile(self, name: str | None) -> Profile:
        known = ", ".join(sorted(self.profiles))
        if name is None:
            raise refuse("profile", "required", f"say which shape the CSV has: {known}")
        if name not in self.profiles:
            raise refuse("profile", "known", f"there is no profile of that name; there are {known}")
        return self.profiles[name]


class _EveryHeading:
    """Takes any heading for known."""

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0


def read_profiles(text: str, *, name: str) -> Mapping[str, Profile]:
    """The profiles of a YAML text. Raises `BadSetting`."""
    try:
        data = read_yaml(text, name=name)
        return MappingProxyType({str(key): _profile(str(key), value) for key, value in data.items()})
    except (Invalid, KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadSetting(f"{name}: not profiles of CSV statements: {error}") from error


def built_in_profiles() -> Mapping[str, Profile]:
    """The shapes that come with the platform."""
    text = (files("shared.bank_statements") / "profiles.yaml").read_text(encoding="utf-8")
    return read_profiles(text, name="profiles.yaml")


def with_profiles_of(path: str) -> CsvStatements:
    """The built-in shapes and those of a file, if one is named. Raises `BadSetting`."""
    own = read_profiles(Path(path).read_text(encoding="utf-8"), name=path) if path else {}
    return CsvStatements(MappingProxyType({**built_in_profiles(), **own}))


def build(*, profiles: str = "") -> CsvStatements:
    """What the entry point names: the format with the profiles of a file besides the built-in ones."""
    return with_profiles_of(profiles)


def _profile(name: str, data: Mapping[str, Any]) -> Profile:
    profile = Profile(
        name=name, days=str(data["days"]), columns=dict(data["columns"]), optional=dict(data.get("optional", {}))
    )
    unknown = set(profile.headings) - KNOWN
    if unknown:
        raise ValueError(f"{name}: no column means {', '.join(sorted(unknown))}")
    if not any(kind <= set(profile.columns) for kind in AMOUNTS) or "booked_on" not in profile.columns:
        raise ValueError(f"{name}: needs booked_on, and amount or money_in with money_out")
    return profile


def _whole(body: bytes) -> bytes:
    """With an end to its last line: banks leave it out."""
    return body if body.endswith(b"\n") else body + b"\n"


def _line(row: Row, shape: Profile) -> tuple[str, BankLine]:
    if row.problem is not None:
        raise Invalid(row.problem.message, errors=[row.problem])
    cells = {meaning: row.cells.get(heading, "").strip() for meaning, heading in shape.headings.items()}
    line = BankLine(
        booked_on=_day(cells["booked_on"], shape, row.number),
        amount=_amount(cells, shape, row.number),
        description=cells.get("description", ""),
        reference=cells.get("reference", ""),
        bank_id=cells.get("bank_id", ""),
        balance_after=_pounds(cells["balance"], "balance", row.number) if cells.get("balance") else None,
    )
    return plain_account(cells.get("account", "")), line


def _statement(account: str, lines: tuple[BankLine, ...]) -> BankStatement:
    opening = opening_of(lines)
    return BankStatement(account=account, lines=lines, opening=opening, closing=closing_of(lines, opening))


def _day(text: str, shape: Profile, number: int) -> date:
    try:
        return datetime.strptime(text, shape.days).date()  # noqa: DTZ007  (a day has no zone)
    except ValueError as error:
        raise refuse(
            f"row.{number}.booked_on", "day", f"row {number}: {text!r} is no day written {shape.days}"
        ) from error


def _amount(cells: Mapping[str, str], shape: Profile, number: int) -> Pence:
    if "amount" in shape.columns:
        return _pounds(cells["amount"], "amount", number)
    came_in, went_out = cells.get("money_in", ""), cells.get("money_out", "")
    if bool(came_in) == bool(went_out):
        raise refuse(f"row.{number}.money_in", "one-of", f"row {number}: give money in or money out, one of them")
    amount = _pounds(came_in or went_out, "money_in" if came_in else "money_out", number)
    return amount if came_in else ZERO - abs(amount)


def _pounds(text: str, column: str, number: int) -> Pence:
    plain = text.replace("£", "").replace(" ", "")
    try:
        return parse_pounds(plain.removeprefix("+"))
    except Invalid as error:
        raise refuse(f"row.{number}.{column}", "money", f"row {number}: {error.detail}") from error
