"""ISO 20022 bank-to-customer statements (camt.053), any version: elements are known by name, whatever the namespace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from shared.bank_statements.reading import POUNDS, BankLine, BankStatement, plain_account, refuse
from shared.dates import parse_day
from shared.errors import Invalid
from shared.money import ZERO, Pence, parse_pounds

BOOKED = "BOOK"
OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)
DEBIT = "DBIT"


class Camt053Statements:
    """camt.053: booked entries only; what is pending is on the next statement."""

    content_types = ("application/xml", "text/xml")

    def read(self, body: bytes, *, content_type: str, profile: str | None) -> list[BankStatement]:
        """A statement for each `Stmt`. Raises `Invalid`."""
        try:
            root = fromstring(body, forbid_dtd=True)
        except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
            raise refuse("body", "xml", f"the file is not plain XML ({type(error).__name__})") from error
        if _name(root) != "Document" or _first(root, "BkToCstmrStmt") is None:
            raise refuse("body", "camt.053", "the file is XML, but no camt.053 statement")
        return [_statement(found) for found in _each(root, "BkToCstmrStmt", "Stmt")]


def build(*, profiles: str = "") -> Camt053Statements:
    """What the entry point names."""
    return Camt053Statements()


def _statement(found: Element) -> BankStatement:
    entries = [entry for entry in _each(found, "Ntry") if _status(entry) == BOOKED]
    return BankStatement(
        account=plain_account(_text(found, "Acct", "Id", "IBAN") or _text(found, "Acct", "Id", "Othr", "Id")),
        lines=tuple(_line(entry) for entry in entries),
        opening=_balance(found, OPENING),
        closing=_balance(found, CLOSING),
        from_on=_day_of(found, "FrToDt", "FrDtTm"),
        to_on=_day_of(found, "FrToDt", "ToDtTm"),
    )


def _line(entry: Element) -> BankLine:
    details = _first(entry, "NtryDtls", "TxDtls")
    words = [_text(entry, "AddtlNtryInf")]
    reference = ""
    if details is not None:
        words += [each.text or "" for each in _each(details, "RmtInf", "Ustrd")]
        words += [_text(details, "RltdPties", party, *rest) for party in ("Cdtr", "Dbtr") for rest in _NAMES]
        reference = _text(details, "Refs", "EndToEndId")
    return BankLine(
        booked_on=_booked_on(entry),
        amount=_signed(entry),
        description=" ".join(dict.fromkeys(word.strip() for word in words if word.strip())),
        reference="" if reference == "NOTPROVIDED" else reference,
        bank_id=_text(entry, "AcctSvcrRef"),
    )


_NAMES = (("Nm",), ("Pty", "Nm"))


def _status(entry: Element) -> str:
    """`BOOK`, told plainly before version 8 and as a code since."""
    return _text(entry, "Sts", "Cd") or _text(entry, "Sts")


def _balance(found: Element, kinds: tuple[str, ...]) -> Pence | None:
    for balance in _each(found, "Bal"):
        if _text(balance, "Tp", "CdOrPrtry", "Cd") in kinds:
            return _signed(balance)
    return None


def _signed(element: Element) -> Pence:
    amount = _first(element, "Amt")
    if amount is None:
        raise refuse("body", "money", "an entry or balance has no amount")
    if amount.get("Ccy") != POUNDS:
        raise refuse("body", "currency", f"an amount is in {amount.get('Ccy')}, not in {POUNDS}")
    pence = _pence((amount.text or "").strip())
    is_reversal = _text(element, "RvslInd") == "true" and not _text(element, "CdtDbtInd")
    return ZERO - pence if _text(element, "CdtDbtInd") == DEBIT or is_reversal else pence


def _pence(text: str) -> Pence:
    """Up to five decimals are allowed there; those beyond a penny must be noughts."""
    whole, point, part = text.partition(".")
    try:
        return parse_pounds(f"{whole}.{part.rstrip('0').ljust(2, '0')}" if point else whole)
    except Invalid as error:
        raise refuse("body", "money", f"the amount {text[:30]!r} is not in pounds and whole pence") from error


def _booked_on(entry: Element) -> date:
    day = _day_of(entry, "BookgDt", "Dt") or _day_of(entry, "BookgDt", "DtTm")
    if day is None:
        raise refuse("body", "day", "an entry has no booking day")
    return day


def _day_of(element: Element, *path: str) -> date | None:
    """The day as the bank writes it: its own, whatever the offset."""
    text = _text(element, *path)
    if not text:
        return None
    try:
        return parse_day(text[:10])
    except Invalid as error:
        raise refuse("body", "day", error.detail) from error


def _text(element: Element, *path: str) -> str:
    found = _first(element, *path)
    return (found.text or "").strip() if found is not None else ""


def _first(element: Element, *path: str) -> Element | None:
    return next(_each(element, *path), None)


def _each(element: Element, *path: str) -> Iterator[Element]:
    name, *rest = path
    for child in element:
        if _name(child) == name:
            yield from _each(child, *rest) if rest else (child,)


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
