"""Care agencies and who is signposted to them."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas import agencies as shapes
from gateway.schemas.common import page_of
from gateway.schemas.direct_payments import DirectPayment
from gateway.services import REFERRALS

Fields = dict[str, Any]

agencies = ApiBlueprint("agencies", __name__, description="Care agencies and how CQC rates them.")


@agencies.operation("POST", "/agencies", "agencies.add", body=shapes.NewAgency, answer=shapes.Agency, status=201)
def add_agency(body: Fields) -> Fields:
    """Add a care agency with its CQC rating, the rating's day, and where it was read (CE 3.2 "The Care Agency")."""
    return ask(REFERRALS, "add_agency", body)


@agencies.operation("GET", "/agencies", "agencies.list", query=shapes.AgencyFilter, answer=page_of(shapes.Agency))
def list_agencies(query: Fields) -> Fields:
    """List care agencies that people may be signposted to, by name.

    One that CQC rates Inadequate is not among them; ask for `barred` to see those (CE 3.2 "The Care Agency").
    """
    return ask(REFERRALS, "list_agencies", query)


@agencies.operation(
    "POST", "/agencies/<id:agency_id>/rating", "agencies.rate", body=shapes.NewRating, answer=shapes.Agency
)
def rate_agency(body: Fields, agency_id: str) -> Fields:
    """Record a rating of CQC.

    One that bars the agency takes it off the list, and everybody who was signposted to it is told (CE 3.2).
    """
    return change(REFERRALS, "rate_agency", {**body, "id": agency_id})


@agencies.operation(
    "POST",
    "/referrals/<id:referral_id>/direct-payment/agencies",
    "agencies.signpost",
    body=shapes.AgencySignpost,
    answer=DirectPayment,
)
def signpost_agency(body: Fields, referral_id: str) -> Fields:
    """Point a person to a care agency; never to one that CQC rates Inadequate (CE 3.2 "The Care Agency")."""
    return change(REFERRALS, "signpost_agency", {**body, "id": referral_id})
