"""Funds: a list of them, and one fund's page, from which everything about it is reached."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, render_template, request
from marshmallow import ValidationError

from gateway import fund_lists
from gateway.api import serves
from gateway.asking import ask, gateway, may
from gateway.pages import fees, fund_life, surpluses, variations
from gateway.pages.money import OF_A_FUND
from gateway.pages.moving import MOVING
from gateway.pages.of_fund import Told, fund_or_sums, items_of, of_fund, told_of
from gateway.pages.options import own_councils
from gateway.pages.showing import next_address
from gateway.pages.steps import Steps
from gateway.pages.words import council, short_day
from gateway.schemas.ledger import FundFilter
from gateway.services import LEDGER
from gateway.strict import refuse

fund_pages = Blueprint("fund_pages", __name__)
FILTERS = ("council_id", "person_id", "provider_id", "status")
STATUSES = (("", "All"), ("opened", "Opened"), ("active", "Active"), ("closed", "Closed"))
FAMILIES: dict[str, Steps] = {
    "life": fund_life.STEPS,
    "changes": variations.STEPS,
    "surpluses": surpluses.STEPS,
    "contributions": fees.CONTRIBUTIONS,
    "moving": MOVING,
}
"""The steps of a fund that its page leads to, by the part of it where they stand."""
SUMS = (
    ("funds.month", "This month", "month"),
    ("funds.summary", "This year", "summary"),
    ("funds.fee", "The provider's fee", "fee"),
)
"""Pages of the fund's sums, as `BOOK` is of its book."""
LATEST = 5
"""How many of each kind of record the fund's own page shows."""
BOOK = (("pages.statement", "Statement", "statement"), *OF_A_FUND)
"""Pages of the fund's book: the operation that a reader needs, what the link says, the path below the fund's own."""


@fund_pages.get("/funds")
@serves("pages.funds")
def funds() -> str:
    """The funds that the reader may see."""
    given = {name: request.args[name].strip() for name in FILTERS if request.args.get(name, "").strip()}
    after = {"after": request.args["after"]} if request.args.get("after") else {}
    try:
        query = FundFilter().load({**given, **after})
    except ValidationError as error:
        refuse(error)
    page = fund_lists.list_funds({**query, "limit": gateway().settings.page_size})
    return render_template(
        "funds.html",
        funds=page["items"],
        given=given,
        councils=[(name, council(name)) for name in own_councils()],
        statuses=STATUSES,
        may_read=may("pages.fund"),
        may_name=may("funds.read"),
        may_open=may("funds.open"),
        next=page["next"],
        next_address=next_address(page["next"]),
    )


@fund_pages.get("/funds/<id:id>")
@serves("pages.fund")
def fund(id: str) -> str:
    """One fund: where it stands, the seven steps of its life, its plan, what is due, and what is going on about it."""
    record = fund_or_sums(id)
    life = told_of("funds.life", lambda: ask(LEDGER, "get_fund_life", {"id": id}))
    record |= {"life": life.answer}
    return render_template(
        "fund.html",
        fund=record,
        facts=_facts(record),
        position=_position(id),
        life=life,
        outcome_words={one["outcome_id"]: one["words"] for one in (life.answer or {"outcomes": ()})["outcomes"]},
        to_agree=fund_life.next_draft(record),
        steps={part: family.possible(record, id=id) for part, family in FAMILIES.items()},
        done=next(filter(None, (family.done() for family in FAMILIES.values())), ""),
        outcomes=of_fund("funds.outcomes", "get_fund_outcomes", id),
        duties=of_fund("funds.duties", "get_fund_duties", id),
        may_see={name: may(name) for name in ("variations.list", "fund_notices.list", "surpluses.list", "pages.clock")},
        variations=items_of("variations.list", "list_variations", id, limit=LATEST),
        notices=items_of("fund_notices.list", "list_notices", id, limit=LATEST),
        surpluses=items_of("surpluses.list", "list_surpluses", id, limit=LATEST),
        variation_states=variations.STATES,
        surplus_states=surpluses.STATES,
        may_give=may("fund_notices.give"),
        book=_links(id, BOOK),
        sums=_links(id, SUMS),
        may_list=may("pages.funds"),
        may_meet=may("funds.meet_duty"),
        may_close=may("funds.close") and record["status"] != "closed",
    )


def _links(id: str, pages: Iterable[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Those that the reader may open."""
    return [(text, f"/funds/{id}/{path}") for operation, text, path in pages if may(operation)]


def _position(id: str) -> Told:
    return told_of("funds.position", lambda: ask(LEDGER, "get_position", {"id": id}))


def _facts(record: dict[str, Any]) -> list[tuple[str, str]]:
    named = (
        ("person_id", "Person"),
        ("provider_id", "Provider"),
        ("referral_id", "Referral"),
        ("moved_to", "Moved to"),
    )
    days = (("starts_on", "First day"), ("support_ended_on", "Last day of the provider's services"))
    facts = [("Council", council(record["council_id"]))]
    facts += [(label, str(record[name])) for name, label in named if record.get(name)]
    return facts + [(label, short_day(record[name])) for name, label in days if record.get(name)]
