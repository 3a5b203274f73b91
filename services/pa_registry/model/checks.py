"""Checks of a personal assistant: what was checked and when, never what a certificate says (CE 3.2 "Employing a PA")."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from shared.errors import FieldError, Invalid, invalid

CheckName = Literal["dbs", "right-to-work", "references", "identity", "training"]
CHECKS: tuple[CheckName, ...] = ("dbs", "right-to-work", "references", "identity", "training")

Level = Literal["basic", "standard", "enhanced", "enhanced_with_barred_list"]
LEVELS: tuple[Level, ...] = ("basic", "standard", "enhanced", "enhanced_with_barred_list")
"""DBS levels, each including those before it."""

Workforce = Literal["adult", "child", "adult-and-child", "other"]
WORKFORCES: tuple[Workforce, ...] = ("adult", "child", "adult-and-child", "other")

DBS_STATUS: dict[Level, tuple[str, ...]] = {
    "basic": (),
    "standard": (),
    "enhanced": ("enhanced",),
    "enhanced_with_barred_list": ("enhanced", "enhanced-with-barred-lists"),
}
"""What the DBS facet says of a level; it has no value for the two lower ones."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check that was made. `reference` says where the evidence is kept.

    `level`, `workforce` and `update_service` (consent to ask the DBS Update Service) belong to a DBS check alone.
    """

    check: CheckName
    checked_on: date
    expires_on: date | None = None
    level: Level | None = None
    workforce: Workforce | None = None
    update_service: bool = False
    reference: str | None = None
    recorded_by: str = field(default="", compare=False)
    recorded_at: datetime | None = field(default=None, compare=False)

    def holds_on(self, day: date) -> bool:
        """Whether the check was made by that day and has not run out; its last day still counts."""
        return self.checked_on <= day and (self.expires_on is None or day <= self.expires_on)


@dataclass(frozen=True, kw_only=True)
class AskedCheck:
    """A check that a council asks for before an entry is published, and the clause or policy that says so."""

    check: CheckName
    level: Level | None = None
    source: str

    def is_met_by(self, check: Check) -> bool:
        """Whether this check is of the kind asked for, at the level asked for or above."""
        return check.check == self.check and (self.level is None or reaches(check.level, self.level))


def reaches(level: Level | None, wanted: Level) -> bool:
    """Whether a DBS level includes another."""
    return level is not None and LEVELS.index(level) >= LEVELS.index(wanted)


def check_check(check: Check, *, today: date) -> None:
    """Raises `Invalid` naming each field that makes no sense for this kind of check or this day."""
    faults = list(_faults(check, today))
    if faults:
        raise Invalid("The check cannot be recorded as given.", errors=faults)


def _faults(check: Check, today: date) -> Iterator[FieldError]:
    if check.checked_on > today:
        yield FieldError(field="checked_on", rule="past", message="A check is recorded once it was made.")
    if check.expires_on is not None and check.expires_on < check.checked_on:
        yield FieldError(field="expires_on", rule="order", message="A check cannot run out before it was made.")
    if check.check == "dbs":
        yield from _dbs_faults(check)
        return
    for name in ("level", "workforce", "update_service"):
        if getattr(check, name):
            yield FieldError(field=name, rule="dbs-only", message=f"{name} belongs to a DBS check.")


def _dbs_faults(check: Check) -> Iterator[FieldError]:
    if check.level is None:
        yield FieldError(field="level", rule="required", message=f"A DBS check has a level: {', '.join(LEVELS)}.")
    if check.level == "basic" and check.update_service:
        message = "The Update Service does not cover basic checks."
        yield FieldError(field="update_service", rule="level", message=message)


def read_level(text: str) -> Level:
    """A DBS level as people write it: `Enhanced with barred list`, `enhanced_with_barred_list`. Raises `Invalid`."""
    tidy = text.strip().lower().replace(" ", "_").replace("-", "_").replace("lists", "list")
    for level in LEVELS:
        if tidy == level:
            return level
    raise invalid("level", "choice", f"The level is one of {', '.join(LEVELS)}.")


def lacking(checks: Sequence[Check], asked: Iterable[AskedCheck], *, today: date) -> list[FieldError]:
    """Of the checks asked for, those that no check on record meets today."""
    held = [check for check in checks if check.holds_on(today)]
    return [_lack(wanted) for wanted in asked if not any(wanted.is_met_by(check) for check in held)]


def _lack(wanted: AskedCheck) -> FieldError:
    level = f" ({wanted.level.replace('_', ' ')} or above)" if wanted.level else ""
    message = f"No valid {wanted.check} check{level} is on record; it is asked for by {wanted.source}."
    return FieldError(field=f"checks.{wanted.check}", rule="check-missing", message=message)


def current_dbs(checks: Iterable[Check], *, today: date) -> Check | None:
    """The newest DBS check that holds today."""
    held = [check for check in checks if check.check == "dbs" and check.holds_on(today)]
    return max(held, key=lambda check: check.checked_on, default=None)


def dbs_status(checks: Iterable[Check], *, today: date) -> tuple[str, ...]:
    """The values of the DBS facet: from checks on record, never from what somebody says of themselves."""
    dbs = current_dbs(checks, today=today)
    if dbs is None or dbs.level is None:
        return ("not-checked",)
    return (*DBS_STATUS[dbs.level], *(("update-service",) if dbs.update_service else ()))
