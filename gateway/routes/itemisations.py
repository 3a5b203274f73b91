"""A fund's entries one by one, for whoever sees it in sums by default."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas import itemisations as shapes
from gateway.schemas.common import page_of
from gateway.services import LEDGER

Fields = dict[str, Any]
ALL = "/funds/<id:fund_id>/itemisations"

itemisations = ApiBlueprint(
    "itemisations", __name__, description="A fund's entries one by one, for whoever sees it in sums by default."
)


@itemisations.operation("POST", ALL, "itemisations.ask", body=shapes.NewItemisation, answer=shapes.Itemised, status=201)
def itemise_fund(body: Fields, fund_id: str) -> Fields:
    """See the entries of some days, with a reason that is on record and told to the person (CP 9.7)."""
    return change(LEDGER, "itemise_fund", {**body, "id": fund_id})


@itemisations.operation(
    "GET", ALL, "itemisations.list", query=shapes.ItemisationPage, answer=page_of(shapes.Itemisation)
)
def list_itemisations(query: Fields, fund_id: str) -> Fields:
    """Who asked to see a fund's entries, when and why."""
    return ask(LEDGER, "list_itemisations", {**query, "id": fund_id})
