"""Bringing in people who are in support already."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas import imports as shapes
from gateway.schemas.common import page_of
from gateway.services import REFERRALS
from gateway.strict import Malformed
from shared.errors import Invalid
from shared.intake.csv_referrals import CSV
from shared.intake.current_users import read_current_users

Fields = dict[str, Any]

imports = ApiBlueprint("imports", __name__, description="Bringing in people who are in support already.")


@imports.operation(
    "POST",
    "/imports/current-users",
    "imports.current_users",
    query=shapes.ImportTerms,
    answer=shapes.ImportReport,
    body_types={CSV: {"type": "string", "description": "A header, and a row for each person in support."}},
)
def import_current_users(query: Fields) -> Fields:
    """Import current users from a CSV: all rows or none.

    The columns are those of a referral and `implemented_on`. Each row's outcome is told; one that is refused, by field and
    rule, holds back all others. What is there already stays as it is, so the same file again changes nothing. A
    data-sharing agreement must be in force (CE 3.5).
    """
    if request.mimetype != CSV:
        raise UnsupportedMediaType(f"send {CSV}")
    try:
        rows = read_current_users(request.get_data())
    except Invalid as error:
        raise Malformed(error.detail, errors=error.errors) from error
    return ask(REFERRALS, "import_current_users", {**query, "rows": rows})


@imports.operation(
    "POST",
    "/data-sharing-agreements",
    "agreements.record",
    body=shapes.NewAgreement,
    answer=shapes.SharingAgreement,
    status=201,
)
def record_agreement(body: Fields) -> Fields:
    """Record a data-sharing agreement, on which imports stand (CE 3.5)."""
    return ask(REFERRALS, "record_agreement", body)


@imports.operation(
    "GET",
    "/data-sharing-agreements",
    "agreements.list",
    query=shapes.AgreementFilter,
    answer=page_of(shapes.SharingAgreement),
)
def list_agreements(query: Fields) -> Fields:
    """List data-sharing agreements, those recorded last first."""
    return ask(REFERRALS, "list_agreements", query)


@imports.operation(
    "POST",
    "/data-sharing-agreements/<id:agreement_id>/end",
    "agreements.end",
    body=shapes.AgreementEnd,
    answer=shapes.SharingAgreement,
)
def end_agreement(body: Fields, agreement_id: str) -> Fields:
    """End an agreement sooner than it said; nothing is imported under it after that."""
    return change(REFERRALS, "end_agreement", {**body, "id": agreement_id})
