"""Shapes: bringing in people who are in support already."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.common import COUNCIL, Asked, FieldProblem, Page, Resource, Told, day, identifier, instant, words


class ImportTerms(Asked):
    """Into which council, under which data-sharing agreement, and whether only to try."""

    council_id = identifier(COUNCIL, required=True)
    agreement_reference = words("The data-sharing agreement (CE 3.5).", required=True, longest=100)
    agreement_from_on = day("The first day on which it is in force.", required=True)
    agreement_until_on = day("The last day, if it has one.")
    dry_run = fields.Boolean(metadata={"description": "Check every row and import none."})


class ImportedRow(Told):
    """What became of one row, or would."""

    row = fields.Integer(required=True, metadata={"description": "Its number in the file; the header is 1."})
    outcome = fields.String(
        required=True,
        metadata={"enum": ["imported", "would_be_imported", "already_there", "refused", "held_back"]},
    )
    errors = fields.List(fields.Nested(FieldProblem))


class ImportReport(Told):
    """The report, row by row. One refused row holds back all others."""

    import_id = identifier("The import.", required=True)
    dry_run = fields.Boolean(required=True)
    imported = fields.Integer(required=True)
    already_there = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    items = fields.List(fields.Nested(ImportedRow), required=True)


class NewAgreement(Asked):
    """A data-sharing agreement (CE 3.5)."""

    council_id = identifier(COUNCIL, required=True)
    reference = words("Its reference.", required=True, longest=100)
    from_on = day("The first day on which it is in force.", required=True)
    until_on = day("The last day, if it has one.")


class AgreementEnd(Asked):
    """The end of an agreement, sooner than it said."""

    until_on = day("The last day.", required=True)


class AgreementFilter(Page):
    """Which part of the list."""


class SharingAgreement(Resource):
    """A data-sharing agreement."""

    agreement_id = identifier("The same as `id`.")
    council_id = identifier(COUNCIL)
    reference = fields.String()
    from_on = day("The first day on which it is in force.")
    until_on = day("The last day, if it has one.")
    recorded_by = identifier("Who recorded it.")
    recorded_at = instant("When that was.")
    ended_by = identifier("Who ended it sooner.")
