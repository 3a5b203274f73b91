"""A fund's book: its entries, spends that were refused, bookings, evidence, and what can be done about each."""

from __future__ import annotations

from flask import Blueprint, render_template

from gateway.api import serves
from gateway.asking import ask, caller, may
from gateway.pages import spending_forms as forms
from gateway.pages.fields import Known
from gateway.pages.money import about_entry, back_to, below_fund, fund_if_read, page_of_list
from gateway.pages.of_fund import PLACE, fund_step
from gateway.pages.purposes import with_purposes
from gateway.pages.steps import Record, Steps
from gateway.pages.words import words
from gateway.schemas.ledger import EntryPage
from gateway.schemas.reservations import ReservationFilter
from gateway.services import LEDGER
from gateway.statements import pounds

ENTRY = f"{PLACE}/entries/<id:entry_id>"
BOOKING = f"{PLACE}/reservations/<id:entry_id>"
REVERSIBLE = ("payment-in", "spend", "fee", "contribution", "return")
STATUSES = (("", "All"), ("open", "Open"), ("posted", "Paid"), ("voided", "Called off"), ("expired", "Ran out"))


def _refused_spend(id: str, spend_id: str, **_: str) -> Known:
    spend = ask(LEDGER, "get_refused_spend", {"id": id, "spend_id": spend_id})
    facts = (
        ("Spend", f"{words(spend['category'])}, {pounds(spend['amount_pence'])}"),
        ("Payee", spend["payee_id"]),
        ("Asked by", spend["asked_by"]),
        ("Clause", spend["clause"]),
        ("Why it was refused", spend["reason"]),
        ("What would change it", spend["would_change"]),
    )
    told = tuple((label, text) for label, text in facts if text)
    return Known(record=spend, name="Refused spends", address=f"/funds/{id}/refused-spends", facts=told)


book_pages = Blueprint("book_pages", __name__)
BOOK = Steps(
    blueprint=book_pages,
    steps=(
        fund_step(
            "spends/new",
            "funds.request_spend",
            "request_spend",
            forms.SPEND,
            "The spend is allowed and posted.",
            about=with_purposes(below_fund("entries", "Book")),
        ),
        fund_step(
            "payments/new",
            "funds.take_payment_in",
            "take_payment_in",
            forms.PAY_IN,
            "The payment is on the book.",
            about=below_fund("entries", "Book"),
        ),
        fund_step(
            "reverse",
            "funds.reverse_entry",
            "reverse_entry",
            forms.REVERSE,
            "The entry is reversed.",
            about=about_entry("entries", "Book"),
            place=ENTRY,
            elsewhere=True,
        ),
        fund_step(
            "evidence",
            "funds.attach_evidence",
            "attach_evidence",
            forms.ATTACH,
            "The document is kept beside the entry.",
            about=about_entry("evidence", "Evidence"),
            place=ENTRY,
            elsewhere=True,
        ),
        fund_step(
            "agree",
            "funds.agree_to_spend",
            "agree_to_spend",
            forms.AGREE,
            "The spend is agreed to and posted.",
            about=_refused_spend,
            place=f"{PLACE}/refused-spends/<id:spend_id>",
            elsewhere=True,
        ),
    ),
)
BOOKINGS = Steps(
    blueprint=book_pages,
    steps=(
        fund_step(
            "reservations/new",
            "reservations.make",
            "reserve_spend",
            forms.BOOK,
            "The money is set aside.",
            about=with_purposes(below_fund("reservations", "Bookings")),
        ),
        fund_step(
            "pay",
            "reservations.post",
            "post_reserved",
            forms.PAY,
            "The booking is paid.",
            about=about_entry("reservations", "Bookings"),
            place=BOOKING,
            elsewhere=True,
        ),
        fund_step(
            "call-off",
            "reservations.void",
            "void_reservation",
            forms.CALL_OFF,
            "The booking is called off; its money is free again.",
            about=about_entry("reservations", "Bookings"),
            place=BOOKING,
            elsewhere=True,
        ),
    ),
)
BOOK.register()
BOOKINGS.register()


@book_pages.get(f"{PLACE}/entries")
@serves("funds.list_entries")
def entries(id: str) -> str:
    """The entries of the fund's book, the newest first, and what is in hand."""
    page = page_of_list("list_entries", EntryPage, only=(), id=id)
    undone = {one["reverses"] for one in page["items"]}
    items = [one | {"may_be_reversed": _may_be_reversed(one, undone)} for one in page["items"]]
    return render_template(
        "book.html",
        fund_id=id,
        page=page,
        entries=items,
        balance=ask(LEDGER, "get_balance", {"id": id}) if may("funds.balance") else None,
        back=back_to(id),
        steps=BOOK.possible(fund_if_read(id), id=id),
        may_attach=may("funds.attach_evidence"),
        done=BOOK.done(),
    )


@book_pages.get(f"{PLACE}/refused-spends")
@serves("funds.list_refused")
def refused_spends(id: str) -> str:
    """Spends that were not allowed: the clause, why, and what would change it."""
    return render_template(
        "refused_spends.html",
        fund_id=id,
        page=page_of_list("list_refused_spends", EntryPage, only=(), id=id),
        back=back_to(id),
        may_agree=may("funds.agree_to_spend"),
        me=caller().actor_id,
        done=BOOK.done(),
    )


@book_pages.get(f"{PLACE}/reservations")
@serves("reservations.list")
def reservations(id: str) -> str:
    """The fund's bookings, the newest first, and how each stands."""
    return render_template(
        "reservations.html",
        fund_id=id,
        page=page_of_list("list_reservations", ReservationFilter, only=("status",), id=id),
        statuses=STATUSES,
        labels=dict(STATUSES),
        back=back_to(id),
        steps=BOOKINGS.possible(fund_if_read(id), id=id),
        may_pay=may("reservations.post"),
        may_call_off=may("reservations.void"),
        done=BOOKINGS.done(),
    )


@book_pages.get(f"{PLACE}/evidence")
@serves("funds.missing_evidence")
def evidence(id: str) -> str:
    """The spends that no document shows, the oldest first, and what was attached to entries later (CP 9.5)."""
    attached = ask(LEDGER, "list_evidence", {"id": id})["items"] if may("funds.list_evidence") else []
    return render_template(
        "evidence.html",
        fund_id=id,
        missing=ask(LEDGER, "list_missing_evidence", {"id": id})["items"],
        attached=attached,
        back=back_to(id),
        may_attach=may("funds.attach_evidence"),
        done=BOOK.done(),
    )


def _may_be_reversed(entry: Record, undone: set[str | None]) -> bool:
    """Whether a reversal could be posted, as far as this page of the book knows; the ledger has the last word."""
    return entry["type"] in REVERSIBLE and entry["id"] not in undone and may("funds.reverse_entry")
