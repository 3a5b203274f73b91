"""Shapes of statements taken in, bank lines, and bank against book. Amounts are whole pence."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.common import Asked, Page, Resource, Told, day, identifier, one_of, pence, words
from shared.schemas import DayField, PenceField

STATUSES = ("queued", "matched", "set-aside")
REASONS = ("no-entry", "several-entries", "several-lines", "amount-differs")


class ImportTerms(Asked):
    """Whose statement it is, and how to read a CSV."""

    fund_id = identifier("The fund; left out, it is the one whose payments go to the statement's account.")
    profile = words("The shape of a CSV: signed, in-and-out, card, or one of your own.", longest=100)


class UploadedStatement(ImportTerms):
    """A statement that a person chose on a page: the bytes of the file, and what it is."""

    content_type = words("What the file is.", longest=200)
    body_base64 = fields.String(required=True)


class TakenStatement(Told):
    """One account's statement of a file."""

    import_id = fields.String()
    fund_id = identifier("Whose it is.")
    account = fields.String()
    from_on = DayField(data_key="from", allow_none=True, metadata={"description": "Its first day."})
    to_on = DayField(data_key="to", allow_none=True, metadata={"description": "Its last day."})
    opening_pence = PenceField(allow_none=True)
    closing_pence = PenceField(allow_none=True)
    lines = fields.Integer(metadata={"description": "How many lines it has."})
    new = fields.Integer(metadata={"description": "How many of them no earlier file had."})
    imported_by = fields.String()
    imported_at = fields.String()
    matched = fields.Integer(metadata={"description": "Lines of the fund that have their entry, after this."})
    queued = fields.Integer(metadata={"description": "Lines of the fund that wait for a person, after this."})


class TakenFile(Told):
    """What became of a file."""

    statements = fields.List(fields.Nested(TakenStatement), required=True)


class LineFilter(Page):
    """Which bank lines to list, the newest first."""

    status = one_of("Only these; queued is the queue.", STATUSES)


class BankLine(Resource):
    """One line of a fund's bank or card statement, and what it is."""

    fund_id = identifier("The fund.")
    import_id = fields.String()
    booked_on = day("The bank's day.")
    amount_pence = pence("Above nought came in, below went out.")
    description = fields.String()
    reference = fields.String()
    status = fields.String(metadata={"enum": list(STATUSES)})
    how = fields.String(metadata={"description": "By what it was matched: reference, amount-and-day, by-hand."})
    entry_id = fields.String(allow_none=True)
    reason = fields.String(metadata={"description": f"Why it waits: {', '.join(REASONS)}."})
    words = fields.String(metadata={"description": "The reason in words."})
    candidates = fields.List(fields.String(), metadata={"description": "Entries that it could be."})
    settled_by = fields.String(allow_none=True)
    settled_at = fields.String(allow_none=True)


class LineMatch(Asked):
    """Which entry a line is."""

    entry_id = identifier("An entry of the fund's book, of the line's amount.", required=True)


class LineSetAside(Asked):
    """Why a line is nothing of the book's."""

    reason = words("Why.", required=True, longest=500)


class LookAgain(Asked):
    """Nothing more needs to be said."""


class MatchCount(Told):
    """How the fund's lines stand."""

    fund_id = identifier("The fund.")
    matched = fields.Integer()
    queued = fields.Integer()


class Reconciliation(Told):
    """Bank against book, on the last day that a statement tells of."""

    fund_id = identifier("The fund.")
    on = day("That day.")
    bank_pence = pence("What the bank says is there.")
    book_pence = pence("What the book says is in hand.")
    difference_pence = pence("Bank less book.")
    before_first_statement_pence = pence("What the bank had before the first statement.")
    explained_pence = pence("Of the difference, what stands on one side only.")
    unexplained_pence = pence("What is left; nought unless a statement is missing.")
    agrees = fields.Boolean()
    only_at_bank = fields.List(fields.Dict())
    only_on_book = fields.List(fields.Dict())
