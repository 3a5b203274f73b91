"""The ledger's own settings."""

from __future__ import annotations

import json
from dataclasses import dataclass

from services.ledger.model.bacs import Originator
from shared.settings import names, setting

_DIGITS = {"service_user_number": 6, "sort_code": 6, "account_number": 8}


def read_originators(text: str) -> tuple[tuple[str, Originator], ...]:
    """JSON of councils and the accounts that they pay from. Raises `ValueError`."""
    try:
        given = json.loads(text)
        read = {council: Originator(**values) for council, values in given.items()}
    except (AttributeError, TypeError) as error:
        raise ValueError(f"not an object of councils with {', '.join((*_DIGITS, 'account_name'))}: {error}") from error
    for council, originator in read.items():
        _check_digits(council, originator)
    return tuple(read.items())


def _check_digits(council: str, originator: Originator) -> None:
    for name, count in _DIGITS.items():
        digits = getattr(originator, name)
        if not (isinstance(digits, str) and digits.isascii() and digits.isdigit() and len(digits) == count):
            raise ValueError(f"{council}: {name} has {count} digits")


@dataclass(frozen=True, kw_only=True)
class LedgerSettings:
    """Limits of posting."""

    post_attempts: int = setting(
        "STEWARD_LEDGER_POST_ATTEMPTS",
        50,
        "How often a posting starts again because another writer got into the same book first, before it gives up.",
    )
    seal_hours: int = setting(
        "STEWARD_LEDGER_SEAL_HOURS",
        24,
        "How many hours after a seal of all books the next is made by itself; 0: only when asked, as the first always is.",
    )
    run_page: int = setting(
        "STEWARD_LEDGER_RUN_PAGE",
        200,
        "How many funds of a payment run are prepared or posted at a time, before the run notes how far it is.",
    )
    originators: tuple[tuple[str, Originator], ...] = setting(
        "STEWARD_LEDGER_BACS_ORIGINATORS",
        (),
        "Which account each council's Bacs files pay from: JSON such as "
        '`{"sampleshire": {"service_user_number": "000000", "sort_code": "000000", "account_number": "00000000", '
        '"account_name": "SAMPLESHIRE"}}`',
        parse=read_originators,
        secret=True,
    )
    statement_formats: tuple[str, ...] = setting(
        "STEWARD_STATEMENTS",
        ("csv", "ofx", "camt053"),
        "Formats of bank and card statements, comma-separated plugins (steward.statements)",
        parse=names,
    )
    statement_profiles: str = setting(
        "STEWARD_STATEMENT_PROFILES", "", "A YAML file of further shapes of CSV statements; see docs/plugins.md"
    )
    statement_bytes: int = setting("STEWARD_STATEMENT_BYTES", 1_000_000, "Largest statement file, bytes")
    statement_lines: int = setting("STEWARD_STATEMENT_LINES", 2000, "Most lines of one statement file")
    match_days: int = setting(
        "STEWARD_LEDGER_MATCH_DAYS",
        5,
        "How many days apart the bank's day and the book's may be for one movement to be matched by amount and day",
    )
