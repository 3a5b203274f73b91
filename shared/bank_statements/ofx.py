"""OFX statements (banks' and cards'), read by `ofxtools`."""

from __future__ import annotations

import io
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from shared.bank_statements.reading import POUNDS, BankLine, BankStatement, plain_account, refuse
from shared.dates import london_day
from shared.errors import StewardError
from shared.money import Pence, total


class OfxStatements:
    """OFX 1.x (SGML) and 2.x (XML)."""

    content_types = ("application/x-ofx", "application/ofx")

    def read(self, body: bytes, *, content_type: str, profile: str | None) -> list[BankStatement]:
        """A statement for each account of the file. Raises `Invalid`."""
        from ofxtools.Parser import OFXTree

        tree = OFXTree()
        try:
            tree.parse(io.BytesIO(body))
            return [_statement(found) for found in tree.convert().statements]
        except StewardError:
            raise
        except Exception as error:  # the library raises what it likes for a file that is none
            raise refuse("body", "ofx", f"the file is not OFX ({type(error).__name__})") from error


def build(*, profiles: str = "") -> OfxStatements:
    """What the entry point names."""
    return OfxStatements()


def _statement(found: Any) -> BankStatement:
    if found.curdef != POUNDS:
        raise refuse("body", "currency", f"the statement is in {found.curdef}, not in {POUNDS}")
    listed = found.transactions
    lines = tuple(_line(each) for each in listed or ())
    balance = _pence(found.ledgerbal.balamt) if found.ledgerbal is not None else None
    last_on = london_day(found.ledgerbal.dtasof) if found.ledgerbal is not None else None
    reaches = last_on is None or all(line.booked_on <= last_on for line in lines)
    closing = balance if reaches else None
    return BankStatement(
        account=_account(found.account),
        lines=lines,
        closing=closing,
        opening=_opening(closing, lines),
        from_on=london_day(listed.dtstart) if listed is not None else None,
        to_on=london_day(listed.dtend) if listed is not None else None,
    )


def _opening(closing: Pence | None, lines: Iterable[BankLine]) -> Pence | None:
    return None if closing is None else closing - total(line.amount for line in lines)


def _account(account: Any) -> str:
    return plain_account(f"{getattr(account, 'bankid', '') or ''}{account.acctid}")


def _line(each: Any) -> BankLine:
    words = [text for text in (each.name, each.memo) if text]
    return BankLine(
        booked_on=london_day(each.dtposted),
        amount=_pence(each.trnamt),
        description=" ".join(dict.fromkeys(words)),
        reference=str(each.refnum or each.checknum or ""),
        bank_id=str(each.fitid),
    )


def _pence(amount: Decimal) -> Pence:
    """The amount in whole pence. Raises `Invalid` for a part of a penny."""
    pence = amount * 100
    if pence != pence.to_integral_value():
        raise refuse("body", "money", f"the amount {amount} is no whole number of pence")
    return Pence(int(pence))
