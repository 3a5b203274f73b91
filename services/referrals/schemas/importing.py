"""Imports as callers ask for them and see them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate

from services.referrals.handlers.importing import CheckedRow, ImportReport
from services.referrals.model.importing import AgreementRecord
from services.referrals.schemas.commands import ById, CommandSchema
from shared.events.schemas import dump_event
from shared.intake.current_users import MOST_ROWS
from shared.messaging.aggregates import Stored
from shared.schemas import DayField, IdField


class ImportCurrentUsers(Schema):
    council_id = IdField(required=True)
    dry_run = fields.Boolean(load_default=False)
    agreement_reference = fields.String(required=True, validate=validate.Length(min=1, max=100))
    agreement_from_on = DayField(required=True)
    agreement_until_on = DayField(load_default=None, allow_none=True)
    rows = fields.List(fields.Dict(), required=True, validate=validate.Length(min=1, max=MOST_ROWS))


class NewAgreement(CommandSchema):
    council_id = IdField(required=True)
    reference = fields.String(required=True, validate=validate.Length(min=1, max=100))
    from_on = DayField(required=True)
    until_on = DayField(load_default=None, allow_none=True)


class EndAgreement(ById):
    until_on = DayField(required=True)


class ListAgreements(Schema):
    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))


def agreement_out(stored: Stored[AgreementRecord]) -> dict[str, Any]:
    """An agreement as callers see it."""
    resource: dict[str, Any] = dump_event(stored.state)
    return resource | {"id": stored.id, "version": stored.version, "council_id": stored.council_id}


def report_out(report: ImportReport) -> dict[str, Any]:
    """The report, row by row."""
    items = [_row_out(row, report) for row in report.rows]
    outcomes = [item["outcome"] for item in items]
    return {
        "import_id": report.import_id,
        "dry_run": report.is_dry_run,
        "imported": outcomes.count("imported"),
        "already_there": outcomes.count("already_there"),
        "refused": outcomes.count("refused"),
        "items": items,
    }


def _row_out(row: CheckedRow, report: ImportReport) -> dict[str, Any]:
    return {"row": row.number, "outcome": _outcome(row, report), "errors": [asdict(error) for error in row.errors]}


def _outcome(row: CheckedRow, report: ImportReport) -> str:
    if row.errors or (row.user is not None and row.user.referral_reference in report.left_out):
        return "refused"
    if row.is_there:
        return "already_there"
    if report.is_refused:
        return "held_back"
    return "would_be_imported" if report.is_dry_run else "imported"
