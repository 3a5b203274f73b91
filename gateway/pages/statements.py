"""A fund's statement, for people."""

from __future__ import annotations

from flask import Blueprint, Response, request
from marshmallow import ValidationError

from gateway.api import serves
from gateway.asking import ask
from gateway.schemas.ledger import Period
from gateway.services import LEDGER
from gateway.statements import statement_page
from gateway.strict import refuse

statement_pages = Blueprint("statement_pages", __name__)


@statement_pages.get("/funds/<id:fund_id>/statement")
@serves("pages.statement")
def statement(fund_id: str) -> Response:
    """The statement of some days; of the fund's whole life without `from` and `to`."""
    try:
        period = Period(only=("from_on", "to_on")).load(request.args.to_dict())
    except ValidationError as error:
        refuse(error)
    return statement_page(ask(LEDGER, "get_statement", {**period, "id": fund_id}))
