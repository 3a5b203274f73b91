"""Statements taken in, bank lines, and bank against book."""

from __future__ import annotations

import base64
import binascii

from marshmallow import ValidationError, fields, validate

from services.ledger.handlers.reconciliation import Taken
from services.ledger.model.commands import ImportStatement, SettleLine
from services.ledger.model.entries import Entry, movement_in_hand
from services.ledger.model.reconciliation import FundLine, Reconciliation, StatementImport
from services.ledger.schemas.common import JSON, CommandSchema, Paged, Strict, Text, optional_id
from shared.dates import format_instant
from shared.money import Pence
from shared.schemas import IdField

STATUSES = ("queued", "matched", "set-aside")


class ImportStatementSchema(CommandSchema):
    fund_id = optional_id()
    content_type = Text(required=True, shortest=1, longest=200)
    profile = Text(longest=100, load_default=None, allow_none=True)
    body_base64 = fields.String(required=True)

    def command(self, data: JSON) -> ImportStatement:
        try:
            body = base64.b64decode(data.pop("body_base64"), validate=True)
        except binascii.Error as error:
            raise ValidationError("The file did not arrive whole.", "body_base64") from error
        return ImportStatement(body=body, **data)


class MatchLineSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    line_id = IdField(required=True)
    entry_id = IdField(required=True)

    def command(self, data: JSON) -> SettleLine:
        return SettleLine(**data)


class SetLineAsideSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    line_id = IdField(required=True)
    reason = Text(required=True, shortest=1, longest=500)

    def command(self, data: JSON) -> SettleLine:
        return SettleLine(**data)


class ReleaseLineSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    line_id = IdField(required=True)

    def command(self, data: JSON) -> SettleLine:
        return SettleLine(**data)


class OneLine(Strict):
    fund_id = IdField(data_key="id", required=True)
    line_id = IdField(required=True)


class MatchAgainSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)

    def command(self, data: JSON) -> str:
        return str(data["fund_id"])


class ListLines(Paged):
    fund_id = IdField(data_key="id", required=True)
    status = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(STATUSES))


def taken_out(taken: Taken) -> JSON:
    """One statement of a file, and how the fund's lines stand after it."""
    return import_out(taken.stored.state) | {"matched": taken.matched, "queued": taken.queued}


def import_out(told: StatementImport) -> JSON:
    """A statement as it was taken in."""
    return {
        "import_id": told.import_id,
        "fund_id": told.fund_id,
        "account": told.account,
        "from": told.from_on.isoformat() if told.from_on else None,
        "to": told.to_on.isoformat() if told.to_on else None,
        "opening_pence": _pence(told.opening),
        "closing_pence": _pence(told.closing),
        "lines": told.lines,
        "new": told.new,
        "imported_by": told.imported_by,
        "imported_at": format_instant(told.imported_at),
    }


def line_out(line: FundLine, version: int) -> JSON:
    """A bank line and what it is."""
    return {
        "id": line.line_id,
        "version": version,
        "fund_id": line.fund_id,
        "import_id": line.import_id,
        "booked_on": line.booked_on.isoformat(),
        "amount_pence": line.amount.amount,
        "description": line.description,
        "reference": line.reference,
        "status": line.status,
        "how": line.how,
        "entry_id": line.entry_id,
        "reason": line.reason,
        "words": line.words,
        "candidates": list(line.candidates),
        "settled_by": line.settled_by,
        "settled_at": format_instant(line.settled_at) if line.settled_at else None,
    }


def reconciliation_out(found: Reconciliation) -> JSON:
    """Bank against book, with everything that stands on one side only."""
    return {
        "fund_id": found.fund_id,
        "on": found.on.isoformat(),
        "bank_pence": found.bank.amount,
        "book_pence": found.book.amount,
        "difference_pence": found.difference.amount,
        "before_first_statement_pence": found.opening.amount,
        "explained_pence": found.explained.amount,
        "unexplained_pence": found.unexplained.amount,
        "agrees": not found.unexplained,
        "only_at_bank": [_only_at_bank(line) for line in found.lines],
        "only_on_book": [_only_on_book(entry) for entry in found.entries],
    }


def _only_at_bank(line: FundLine) -> JSON:
    return {
        "line_id": line.line_id,
        "booked_on": line.booked_on.isoformat(),
        "amount_pence": line.amount.amount,
        "status": line.status,
        "reason": line.reason,
    }


def _only_on_book(entry: Entry) -> JSON:
    return {
        "entry_id": entry.entry_id,
        "effective_on": entry.effective_on.isoformat(),
        "amount_pence": movement_in_hand(entry).amount,
        "words": entry.words,
        "reference": entry.draft.reference,
    }


def _pence(amount: Pence | None) -> int | None:
    return None if amount is None else amount.amount
