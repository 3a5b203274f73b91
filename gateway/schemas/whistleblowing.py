"""Shapes of reports under protection."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.cases import CaseAct
from gateway.schemas.common import COUNCIL, Asked, Page, Resource, Told, identifier, instant, one_of, words

STATUSES = ("received", "looked-into", "concluded")


class NewReport(Asked):
    """What is reported. Who reports need not say who they are."""

    council_id = identifier(COUNCIL, required=True)
    text = words("What you have seen or been told.", required=True)
    reporter_name = words("Who you are, for the named person alone.", longest=200)
    reporter_contact = words("How to reach you, for the named person alone.", longest=300)


class Taken(Resource):
    """That the report is there."""

    council_id = identifier(COUNCIL)


class Disclosure(Told):
    """That who reported was disclosed."""

    ground = fields.String()
    reference = fields.String()
    at = instant("When.")
    by = fields.String()


class Report(Resource):
    """A report, without who made it."""

    council_id = identifier(COUNCIL)
    report_id = identifier("The same as `id`.")
    text = fields.String()
    has_reporter = fields.Boolean(metadata={"description": "Whether they left a name."})
    received_at = instant("When.")
    status = fields.String(metadata={"enum": list(STATUSES)})
    acts = fields.List(fields.Nested(CaseAct))
    disclosures = fields.List(fields.Nested(Disclosure))


class ReportFilter(Page):
    """Which reports to list."""

    status = one_of("Only those.", STATUSES)


class Reading(Asked):
    """Why the named person needs to know."""

    note = words("Why.", required=True, longest=1000)


class NewDisclosure(Asked):
    """On which ground who reported is disclosed (CE 7.5)."""

    ground = words("A code of the council's policy: action of the police or before a court.", required=True, longest=60)
    reference = words("Theirs.", required=True, longest=200)


class Reporter(Resource):
    """Who reported, and each time that it was read."""

    council_id = identifier(COUNCIL)
    report_id = identifier("The report.")
    name = fields.String()
    contact = fields.String()
    readings = fields.List(fields.Nested(CaseAct))
