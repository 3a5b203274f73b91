"""Shapes of payment runs and payment details. Amounts are whole pence."""

from __future__ import annotations

from marshmallow import fields, validate

from gateway.schemas.common import (
    COUNCIL,
    Asked,
    Page,
    Resource,
    Told,
    WholeNumber,
    day,
    identifier,
    instant,
    one_of,
    pence,
    words,
)
from shared.schemas import DayField

METHODS = ("card", "bank", "other")
STATUSES = ("preparing", "prepared", "approved", "posted", "withdrawn")
LINE_STATUSES = ("due", "held-back", "posted", "refused")
FORMATS = ("bacs18", "card-load", "csv")


class NewPaymentDetails(Asked):
    """Where a fund's payments go (CP 5.4)."""

    method = one_of("How it is paid: card, bank or other (the council's own payment system).", METHODS, required=True)
    card_reference = words("The card company's reference for the card; never the card's number.", longest=40)
    sort_code = words("Six digits.", longest=6)
    account_number = words("Eight digits.", longest=8)
    account_name = words("At most 18 characters, as banks take it.", longest=18)
    reference = words("What the payee reads, or how the council's own payment system knows the payee.", longest=18)


class PayTo(Told):
    """A destination."""

    method = one_of("How it is paid.", METHODS)
    card_reference = fields.String()
    sort_code = fields.String()
    account_number = fields.String()
    account_name = fields.String()
    reference = fields.String()


class PaymentDetails(Resource):
    """Where a fund's payments go, and who entered it."""

    fund_id = identifier("The fund.")
    method = one_of("How it is paid.", METHODS)
    card_reference = fields.String()
    sort_code = fields.String()
    account_number = fields.String()
    account_name = fields.String()
    reference = fields.String()
    entered_by = fields.String()
    entered_at = instant("When.")


class NewPaymentRun(Asked):
    """Which payments to draw up."""

    council_id = identifier(COUNCIL, required=True)
    pay_on = day("The day the money is there; a banking day.", required=True)
    due_through = day("Payments that fall due by this day are in the run; the day of payment when left out.")


class RunApproval(Asked):
    """The totals that were looked at; other ones are not approved."""

    payments = WholeNumber(
        required=True, validate=validate.Range(min=0), metadata={"description": "How many payments it has."}
    )
    amount_pence = pence("What they come to.", required=True, minimum=0)


class RunWithdrawal(Asked):
    """Why a run is not carried out."""

    reason = words("Why.", required=True, longest=500)


class RunFilter(Page):
    """Which runs to list, the newest first."""

    council_id = identifier(COUNCIL)


class MethodTotal(Told):
    """What a run pays in one way."""

    method = one_of("How it is paid.", METHODS)
    payments = fields.Integer()
    amount_pence = pence("In all.")


class PaymentRun(Resource):
    """A council's payments in advance to all its funds at once (CP 5.4)."""

    council_id = identifier(COUNCIL)
    status = fields.String(metadata={"enum": list(STATUSES)})
    pay_on = day("The day the money is there.")
    due_through = day("Payments that fall due by this day are in it.")
    send_bacs_by = DayField(
        allow_none=True, metadata={"description": "The last day on which Bacs takes its file in time for that."}
    )
    policy_version = fields.String()
    clause = fields.String()
    payments = fields.Integer(metadata={"description": "How many payments it has."})
    amount_pence = pence("What they come to.")
    by_method = fields.List(fields.Nested(MethodTotal))
    held_back = fields.Integer(metadata={"description": "Funds that fall due and cannot be paid; each line says why."})
    not_due = fields.Integer(metadata={"description": "Open funds that are paid for already."})
    posted = fields.Integer(metadata={"description": "Payments that are on their funds' books."})
    posted_pence = pence("What they come to.")
    refused = fields.Integer(metadata={"description": "Payments that their books refused; each line says why."})
    prepared_by = fields.String()
    prepared_at = instant("When.")
    approved_by = fields.String(allow_none=True)
    approved_at = fields.String(allow_none=True)
    withdrawn_by = fields.String(allow_none=True)
    reason = fields.String()
    ended_at = fields.String(allow_none=True)


class RunLineFilter(Page):
    """Which lines of a run to list, by their funds' ids."""

    status = one_of("Only these.", LINE_STATUSES)


class RunLine(Told):
    """One fund in a run."""

    fund_id = identifier("The fund.")
    status = fields.String(metadata={"enum": list(LINE_STATUSES)})
    from_on = DayField(data_key="from", allow_none=True, metadata={"description": "The first day paid for."})
    to_on = DayField(data_key="to", allow_none=True, metadata={"description": "The last day paid for."})
    amount_pence = pence("Amount.")
    pay_to = fields.Nested(PayTo, allow_none=True)
    details_by = fields.String(allow_none=True, metadata={"description": "Who entered where it goes."})
    reason = fields.String(metadata={"description": "Why it is held back or was refused."})
    entry_id = fields.String(allow_none=True)


class FileAsked(Asked):
    """Which file of a run."""

    format = one_of("bacs18, card-load or csv.", FORMATS, required=True)
