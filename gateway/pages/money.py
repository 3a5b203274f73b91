"""Money: where the pages are that are about all funds, and what the pages about a book have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template, request
from marshmallow import Schema, ValidationError

from gateway.api import serves
from gateway.asking import ask, gateway, may
from gateway.pages.fields import Field, Known
from gateway.pages.of_fund import known_of
from gateway.pages.options import today
from gateway.pages.showing import next_address
from gateway.pages.words import place, short, short_day
from gateway.services import LEDGER
from gateway.statements import pounds
from gateway.strict import refuse

PLACES = (
    ("Funds", "/funds", "pages.funds", "Every fund that you may see, and from there its book."),
    (
        "Payment runs",
        "/payment-runs",
        "payment_runs.list",
        "The council's payments in advance to all its funds (CP 5.4).",
    ),
    (
        "Take a statement in",
        "/statement-imports/new",
        "statements.import",
        "A bank's or card company's file, held against the funds' books (CP 9.5).",
    ),
    ("Bring a fund's earlier book in", "/history/new", "funds.import_history", "What another system recorded."),
    ("Ask a rule", "/ask", "policies.decide", "What the rules of money say, without posting anything."),
    ("Seals", "/seals", "seals.list", "One root over the heads of all books (CP 9.7)."),
)
OF_A_FUND = (
    ("funds.list_entries", "Book", "entries"),
    ("funds.list_refused", "Refused spends", "refused-spends"),
    ("reservations.list", "Bookings", "reservations"),
    ("allocations.list", "Money set aside by purpose", "allocations"),
    ("funds.missing_evidence", "Evidence", "evidence"),
    ("statements.lines", "Bank against book", "bank"),
    ("funds.payment_details", "Where payments go", "payment-details"),
    ("funds.decide", "Ask a rule about it", "ask"),
    ("funds.proof", "Proof", "proof"),
    ("itemisations.list", "Who asked to see its entries", "itemisations"),
)
"""Pages of a fund's book: the operation that a reader needs, what the link says, the path below the fund's own."""

money_pages = Blueprint("money_pages", __name__)


@money_pages.get("/money")
@serves("pages.money")
def money() -> str:
    """Every page about money that the reader may open."""
    places = [one for one in PLACES if may(one[2])]
    return render_template("money.html", places=places)


def page_of_list(method: str, shape: type[Schema], *, only: tuple[str, ...], **ids: str) -> dict[str, Any]:
    """A page of a list, by the filters in the address, with where the next one is. Raises `Invalid`."""
    given = {name: request.args[name] for name in (*only, "after") if request.args.get(name, "").strip()}
    try:
        query = shape().load(given)
    except ValidationError as error:
        refuse(error)
    page = ask(LEDGER, method, {**query, **ids, "limit": gateway().settings.page_size})
    return {"items": page["items"], "next": page["next"], "next_address": next_address(page["next"]), "given": given}


def about_entry(path: str, name: str) -> Callable[..., Known]:
    """What a form about one entry of a fund's book knows; it leads back to a page of the fund."""

    def about(id: str, entry_id: str, **_: str) -> Known:
        entry = ask(LEDGER, "get_entry", {"id": id, "entry_id": entry_id})
        return Known(record=entry, name=name, address=f"/funds/{id}/{path}", facts=entry_facts(entry))

    return about


def entry_facts(entry: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """An entry in words."""
    facts = (
        ("Entry", place(entry["entry_id"])),
        ("What", entry["words"]),
        ("Day", short_day(entry["effective_on"])),
        ("Amount", pounds(entry["amount_pence"])),
        ("Payee", entry.get("payee_id") or ""),
        ("Reference", entry.get("reference") or ""),
        ("Reversed by", place(entry["reversed_by"]) if entry.get("reversed_by") else ""),
    )
    return tuple((label, text) for label, text in facts if text)


def below_fund(path: str, name: str) -> Callable[..., Known]:
    """What a form about a fund knows, where it leads back to one of its pages."""

    def about(id: str, **_: str) -> Known:
        fund = ask(LEDGER, "get_fund", {"id": id})
        known = known_of(fund, ("Fund", id))
        return Known(
            council_id=known.council_id, record=fund, name=name, address=f"/funds/{id}/{path}", facts=known.facts
        )

    return about


def fund_if_read(id: str) -> dict[str, Any]:
    """The fund, for who may read it whole: what can be done depends on how it stands."""
    return ask(LEDGER, "get_fund", {"id": id}) if may("funds.read") else {}


def back_to(id: str) -> dict[str, str] | None:
    """The way back to the fund's own page, for who may open it."""
    return {"text": f"Fund {short(id)}", "href": f"/funds/{id}"} if may("pages.fund") else None


def on_day(name: str, label: str, *, optional: bool = False, hint: str = "", path: str = "") -> Field:
    """A day; today stands there at first unless it may be left out."""
    usual = None if optional else today
    return Field(
        name=name, path=path, label=label, kind="day", usual=usual, ask="Enter the day.", optional=optional, hint=hint
    )


def reason(label: str = "Why?") -> Field:
    """Why something is done."""
    return Field(name="reason", label=label, kind="area", ask="Say why.")
