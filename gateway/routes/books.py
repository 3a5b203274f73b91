"""The books as such: seals over all of them, and bringing a book's earlier life in."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas import books as shapes
from gateway.schemas.common import page_of
from gateway.services import LEDGER

Fields = dict[str, Any]

books = ApiBlueprint("books", __name__, description="Seals over all funds' books, and import of their history.")


@books.operation("POST", "/ledger/seals", "seals.make", body=shapes.NewSeal, answer=shapes.Seal, status=201)
def make_seal(body: Fields) -> Fields:
    """Seal the heads of all books under one root. The next ones follow by themselves."""
    return ask(LEDGER, "make_seal", body)


@books.operation("GET", "/ledger/seals", "seals.list", query=shapes.SealPage, answer=page_of(shapes.Seal))
def list_seals(query: Fields) -> Fields:
    """List seals, the newest first. A root told earlier must still be among them."""
    return ask(LEDGER, "list_seals", query)


@books.operation("GET", "/funds/<id:fund_id>/seal", "funds.seal", query=shapes.InclusionAsked, answer=shapes.Inclusion)
def get_inclusion(query: Fields, fund_id: str) -> Fields:
    """Get what shows that a fund's book was under a seal.

    Hash `00` and the text `fund/number/hash`; at each step of the path hash `01` and the two parts, the other one on its
    side; all with SHA-256. The last hash is the seal's root.
    """
    return ask(LEDGER, "get_inclusion", {**query, "id": fund_id})


@books.operation(
    "POST", "/funds/<id:fund_id>/history", "funds.import_history", body=shapes.NewHistory, answer=shapes.History
)
def import_history(body: Fields, fund_id: str) -> Fields:
    """Import entries that another system recorded, with the instants at which it did: all of them or none.

    Only into a book without entries of its own, in the order they were recorded. Each is marked as imported.
    """
    return change(LEDGER, "bring_history_in", {**body, "id": fund_id})
