"""A Bacs Standard 18 file of credits: labels of 80 characters, payments and their contra record of 100, one a line.

Fields stand at fixed places, counted from 1 in the standard. Banks take capital letters, digits and `. & / -` only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.ledger.errors import BanksClosed
from services.ledger.model.payment_runs import RunLine
from shared.errors import FieldError
from shared.money import Pence, total
from shared.policy.calendars import SATURDAY, BankHolidays

CREDIT, CONTRA = "99", "17"
MOST_PENCE = 99_999_999_999
"""The largest amount one record can hold: 11 digits of pence."""
_LABEL, _RECORD = 80, 100
_NAME = 18
_TAKEN = re.compile(r"[^A-Z0-9.&/ -]")


@dataclass(frozen=True, kw_only=True)
class Originator:
    """Who pays: the council's service user number and the account that its payments come from."""

    service_user_number: str
    sort_code: str
    account_number: str
    account_name: str


def processing_day(pay_on: date, holidays: BankHolidays) -> date:
    """The banking day before the money is there, on which Bacs works the file. Raises `BanksClosed`."""
    check_banking_day(pay_on, holidays)
    return _before(pay_on, holidays)


def last_day_to_send(pay_on: date, holidays: BankHolidays) -> date:
    """The banking day on which Bacs must have the file: two before the money is there. Raises `BanksClosed`."""
    return _before(processing_day(pay_on, holidays), holidays)


def check_banking_day(day: date, holidays: BankHolidays) -> None:
    """Raises `BanksClosed`."""
    if not _is_banking_day(day, holidays):
        sentence = f"Banks move no money on {day.isoformat()}: choose a working day."
        raise BanksClosed(sentence, errors=[FieldError(field="pay_on", rule="banking-day", message=sentence)])


def standard_18(
    lines: Sequence[RunLine], *, originator: Originator, serial: str, made_on: date, processed_on: date, reference: str
) -> str:
    """The file that pays these lines into bank accounts, with one contra record for their total.

    `serial` is the volume's, six characters. Raises `ValueError` for an amount that no record holds.
    """
    amounts = total(line.amount for line in lines)
    records = [_payment(line, originator, reference) for line in lines]
    contra = _contra(amounts, originator, reference)
    labels = _labels(originator, serial=serial, made_on=made_on, processed_on=processed_on)
    ends = _ends(labels, amounts, len(lines))
    return "".join(f"{record}\r\n" for record in (*labels, *records, contra, *ends))


def bank_text(text: str, length: int) -> str:
    """The text as a bank takes it: capitals without accents, other characters as spaces, of exactly this length."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().upper()
    return _TAKEN.sub(" ", plain)[:length].ljust(length)


def _payment(line: RunLine, originator: Originator, reference: str) -> str:
    to = line.pay_to
    if to is None or to.method != "bank":
        raise ValueError("the line does not go to a bank account")
    return _fixed(
        f"{to.sort_code}{to.account_number}0{CREDIT}{originator.sort_code}{originator.account_number}    "
        f"{_pence(line.amount)}{bank_text(originator.account_name, _NAME)}"
        f"{bank_text(to.reference or reference, _NAME)}{bank_text(to.account_name, _NAME)}",
        _RECORD,
    )


def _contra(amount: Pence, originator: Originator, reference: str) -> str:
    own = f"{originator.sort_code}{originator.account_number}"
    return _fixed(
        f"{own}0{CONTRA}{own}    {_pence(amount)}{bank_text(reference, _NAME)}"
        f"{bank_text('CONTRA', _NAME)}{bank_text(originator.account_name, _NAME)}",
        _RECORD,
    )


def _labels(originator: Originator, *, serial: str, made_on: date, processed_on: date) -> tuple[str, str, str, str]:
    user = originator.service_user_number
    volume = f"VOL1{serial}{'':27}{'':4}{user}{'':32}1"
    kept_until = made_on + timedelta(days=7)
    first = f"HDR1A{user}S  1{user}{serial}00010001{'':6}{_julian(made_on)}{_julian(kept_until)} 000000{'':13}{'':7}"
    second = f"HDR2F0200000100{'':35}00{'':28}"
    user_label = f"UHL1{_julian(processed_on)}999999{'':4}00000000" + f"1 DAILY  001{'':40}"
    return _fixed(volume, _LABEL), _fixed(first, _LABEL), _fixed(second, _LABEL), _fixed(user_label, _LABEL)


def _ends(labels: Sequence[str], amount: Pence, payments: int) -> tuple[str, str, str]:
    """The labels' counterparts, and the totals: the contra record is the one debit."""
    totals = f"UTL1{amount.amount:013}{amount.amount:013}{1:07}{payments:07}{'':36}"
    return "EOF1" + labels[1][4:], "EOF2" + labels[2][4:], _fixed(totals, _LABEL)


def _fixed(record: str, length: int) -> str:
    if len(record) != length:
        raise ValueError(f"a record of {length} characters came out as {len(record)}")
    return record


def _pence(amount: Pence) -> str:
    if not 0 < amount.amount <= MOST_PENCE:
        raise ValueError("no Bacs record holds this amount")
    return f"{amount.amount:011}"


def _julian(day: date) -> str:
    """Space, year of the century, day of the year: ` 26061`."""
    return f" {day:%y%j}"


def _before(day: date, holidays: BankHolidays) -> date:
    """The banking day before."""
    before = day - timedelta(days=1)
    while not _is_banking_day(before, holidays):
        before -= timedelta(days=1)
    return before


def _is_banking_day(day: date, holidays: BankHolidays) -> bool:
    return day.weekday() < SATURDAY and holidays.name_of(day) is None
