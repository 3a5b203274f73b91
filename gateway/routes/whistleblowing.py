"""Reports under protection, and the named person who reads them (CE 7.5)."""

from __future__ import annotations

from functools import partial

from gateway.api import ApiBlueprint
from gateway.routes.passing import changing, listing, reading
from gateway.schemas import whistleblowing as shapes
from gateway.schemas.cases import Note
from gateway.services import REFERRALS

whistleblowing = ApiBlueprint(
    "whistleblowing", __name__, description="Reports under protection, and the named person who reads them (CE 7.5)."
)
_read = partial(reading, whistleblowing, service=REFERRALS)
_list = partial(listing, whistleblowing, service=REFERRALS)
_change = partial(changing, whistleblowing, service=REFERRALS)

_change(
    "/whistleblowing",
    "whistleblowing.report",
    "Report something under protection. You need not say who you are, nor sign in (CE 7.5).",
    method="report_whistleblowing",
    body=shapes.NewReport,
    answer=shapes.Taken,
    status=201,
)
_list(
    "/whistleblowing",
    "whistleblowing.list",
    "List reports, the newest first.",
    method="list_whistleblowing",
    query=shapes.ReportFilter,
    item=shapes.Report,
)
_read(
    "/whistleblowing/<id:id>",
    "whistleblowing.read",
    "Read a report, without who made it.",
    method="get_whistleblowing",
    answer=shapes.Report,
)
_change(
    "/whistleblowing/<id:id>/look-into",
    "whistleblowing.look_into",
    "Record that a report is looked into.",
    method="look_into_whistleblowing",
    body=Note,
    answer=shapes.Report,
)
_change(
    "/whistleblowing/<id:id>/conclude",
    "whistleblowing.conclude",
    "Record that a report has been looked into, and what was found.",
    method="conclude_whistleblowing",
    body=Note,
    answer=shapes.Report,
)
_change(
    "/whistleblowing/<id:id>/reporter",
    "whistleblowing.read_reporter",
    "Read who reported, with the reason; that it was read is kept.",
    method="read_reporter",
    body=shapes.Reading,
    answer=shapes.Reporter,
)
_change(
    "/whistleblowing/<id:id>/disclose-reporter",
    "whistleblowing.disclose_reporter",
    "Disclose who reported to police or court, on a recorded ground (CE 7.5).",
    method="disclose_reporter",
    body=shapes.NewDisclosure,
    answer=shapes.Reporter,
)
