"""A month and a year of a fund, in sums (CP 9.8, 10.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request
from marshmallow import ValidationError

from gateway.api import serves
from gateway.asking import ask, gateway, may
from gateway.pages.of_fund import PLACE, fund_or_sums, known_of
from gateway.schemas.fund_overview import DayAsked
from gateway.services import LEDGER
from gateway.strict import refuse
from shared.dates import add_days, london_day, parse_day

sum_pages = Blueprint("sum_pages", __name__)


@sum_pages.get(f"{PLACE}/month")
@serves("funds.month")
def month(id: str) -> str:
    """Committed spend against budget in a month, by plan line, never by payee."""
    found = ask(LEDGER, "get_month", {"id": id, **_on()})
    return render_template(
        "fund_month.html",
        known=known_of({"id": id}),
        month=found,
        others=_others(found["days"], since=found["number"] > 1),
    )


@sum_pages.get(f"{PLACE}/summary")
@serves("funds.summary")
def summary(id: str) -> str:
    """Income received and expenditure incurred in a fund's year."""
    found = ask(LEDGER, "get_summary", {"id": id, **_on()})
    first_on = fund_or_sums(id).get("starts_on")
    return render_template(
        "fund_summary.html",
        known=known_of({"id": id}),
        summary=found,
        may_statement=may("pages.statement"),
        others=_others(
            found["year"], since=found["year"]["from"] > first_on if first_on else found["opening_pence"] != 0
        ),
    )


def _on() -> dict[str, Any]:
    """The day in it that is asked about; today without one."""
    try:
        return dict(DayAsked().load(request.args.to_dict()))
    except ValidationError as error:
        refuse(error)


def _others(days: Mapping[str, str], *, since: bool) -> list[tuple[str, str]]:
    """The one before, if there is one, and the one after, unless it has still to come."""
    before, after = add_days(parse_day(days["from"]), -1), add_days(parse_day(days["to"]), 1)
    return [("before", _asking(before))] * since + [("after", _asking(after))] * (after <= _today())


def _asking(on: date) -> str:
    return f"{request.path}?on={on.isoformat()}"


def _today() -> date:
    return london_day(gateway().clock.now())
