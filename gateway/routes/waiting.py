"""The waiting list and the refusals."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas import waiting as shapes
from gateway.schemas.common import page_of
from gateway.schemas.referrals import Referral
from gateway.services import REFERRALS

Fields = dict[str, Any]

waiting = ApiBlueprint("waiting", __name__, description="The waiting list, and the refusals kept with the same fields.")


@waiting.operation(
    "POST",
    "/referrals/<id:referral_id>/place-on-waiting-list",
    "referrals.place_on_waiting_list",
    body=shapes.Waiting,
    answer=Referral,
)
def place_on_waiting_list(body: Fields, referral_id: str) -> Fields:
    """Place a referral on the waiting list, with its reason (CE 4.8).

    Again, while it waits, it writes anew why; the wait goes on.
    """
    return change(REFERRALS, "place_on_waiting_list", {**body, "id": referral_id})


@waiting.operation(
    "GET", "/waiting-list", "waiting_list.read", query=shapes.OfCouncil, answer=page_of(shapes.WaitingLine)
)
def waiting_list(query: Fields) -> Fields:
    """Read a council's waiting list in its order.

    Each place is explained by the criteria of the council's policy (CE 4.8); of equal scores, whoever has waited longer
    stands first. Self-funders' own arrangements are not on the contract's list.
    """
    return ask(REFERRALS, "waiting_list", query)


@waiting.operation("GET", "/refusals", "refusals.list", query=shapes.OfCouncil, answer=page_of(shapes.RefusalLine))
def list_refusals(query: Fields) -> Fields:
    """List a council's refused referrals, newest first, with the fields of the waiting list (CE 4.8)."""
    return ask(REFERRALS, "list_refusals", query)
