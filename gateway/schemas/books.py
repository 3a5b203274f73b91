"""Shapes of seals and of imported history. Amounts are whole pence."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from gateway.schemas.common import Asked, Page, Told, day, identifier, instant, one_of, pence, words
from gateway.schemas.ledger import EVIDENCE, Days, Entry


class NewSeal(Asked):
    """A seal is of everything; there is nothing to say."""


class SealPage(Page):
    """Which seals to give, the newest first."""


class Seal(Told):
    """One root over the heads of all books."""

    id = identifier("The seal.", required=True)
    number = fields.Integer()
    root = fields.String(metadata={"description": "Root of the Merkle tree over all heads, in hexadecimal."})
    previous_root = fields.String(metadata={"description": "That of the seal before."})
    books = fields.Integer(metadata={"description": "How many books are under it."})
    made_at = instant("When.")
    made_by = fields.String()
    next_at = fields.DateTime(allow_none=True, metadata={"description": "When the next one is due."})


class InclusionAsked(Asked):
    """Under which seal; the last when left out."""

    seal_id = identifier("The seal.")


class InclusionStep(Told):
    """The hash of the other part, and on which side of ours it stands."""

    side = fields.String(metadata={"enum": ["left", "right"]})
    hash = fields.String()


class Inclusion(Told):
    """What shows that a book's head is under a seal."""

    fund_id = identifier("The fund.")
    head = fields.Dict(metadata={"description": "Number and hash of the block that was the book's last."})
    path = fields.List(fields.Nested(InclusionStep))
    seal = fields.Nested(Seal)


class PastEntry(Schema):
    """An entry as the earlier system kept it."""

    type = one_of("What it was.", ("payment-in", "spend"), required=True)
    amount_pence = pence("Amount.", required=True, minimum=1)
    effective_on = day("The day it counts from.", required=True)
    recorded_at = instant("When the earlier system recorded it.", required=True)
    reference = words("That system's own reference.", required=True, longest=200)
    category = words("What kind of spend.", longest=100)
    payee_id = identifier("Who was paid.")
    outcome_id = identifier("The outcome that it served.")
    period = fields.Nested(Days, metadata={"description": "The days that a payment was for, or of a stay."})
    evidence = one_of("What proves it (CP 9.5).", EVIDENCE)


class NewHistory(Asked):
    """Some of a book's earlier entries, in the order they were recorded."""

    source = words("The system that they come from.", required=True, longest=100)
    entries = fields.List(fields.Nested(PastEntry), required=True, validate=validate.Length(min=1, max=500))


class UploadedHistory(NewHistory):
    """What a person brings in on a page, where the fund is a question too."""

    id = identifier("The fund.", required=True)


class History(Told):
    """What was posted, in one block."""

    fund_id = identifier("The fund.")
    block = fields.Dict()
    items = fields.List(fields.Nested(Entry))
