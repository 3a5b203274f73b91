"""Shapes of the calendar of events, appointments, audits and information that is given."""

from __future__ import annotations

from marshmallow import fields, validate

from gateway.schemas.cases import AboutWhom, CaseAct, CaseFilter, CaseRecord
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
    words,
)

WAYS = ("in-person", "web", "phone")
EVENT_STATUSES = ("planned", "held", "cancelled")
APPOINTMENT_STATUSES = ("made", "kept", "missed", "cancelled")
AUDIT_STATUSES = ("planned", "told", "begun", "finished")
LISTS = ("first-contact", "service-start", "advice")


class NewCalendarEvent(Asked):
    """A peer meeting, workshop or surgery."""

    council_id = identifier(COUNCIL, required=True)
    kind = words("A code of the council's policy, such as peer-meeting.", required=True, longest=60)
    starts_at = instant("When.", required=True)
    way = one_of("How people take part.", WAYS)
    place = words("Where; needed in person.", longest=300)
    topics = words("Codes of the council's policy.", longest=60, many=True)


class CalendarEvent(CaseRecord):
    """An event of the calendar."""

    kind = fields.String()
    starts_at = instant("When.")
    way = fields.String(metadata={"enum": list(WAYS)})
    place = fields.String()
    topics = fields.List(fields.String())
    status = fields.String(metadata={"enum": list(EVENT_STATUSES)})
    attendance = fields.Integer(metadata={"description": "How many came."})
    acts = fields.List(fields.Nested(CaseAct))


class CalendarFilter(Page):
    """Which events to list."""

    kind = words("Only of this kind.", longest=60)
    status = one_of("Only those.", EVENT_STATUSES)


class Attendance(Asked):
    """How many came."""

    attendance = WholeNumber(
        required=True, validate=validate.Range(min=0, max=100_000), metadata={"description": "How many came."}
    )


class YearFilter(Asked):
    """Which year."""

    council_id = identifier(COUNCIL, required=True)
    from_on = day("The first day of the twelve months.", required=True)


class Span(Told):
    """Some months."""

    from_on = day("From this day.")
    before_on = day("Up to, and without, this one.")


class KindOfYear(Told):
    """One kind of event in that year, against the council's policy."""

    kind = fields.String()
    label = fields.String()
    clause = fields.String()
    planned = fields.Integer(metadata={"description": "How many there are, without those cancelled."})
    places = fields.Integer(metadata={"description": "In how many places."})
    least = fields.Integer()
    most = fields.Integer()
    missing = fields.Integer(metadata={"description": "How many the year lacks."})
    too_many = fields.Integer(metadata={"description": "How many it has too many."})
    empty = fields.List(fields.Nested(Span), metadata={"description": "Months without one that should have one."})
    crowded = fields.List(fields.Nested(Span), metadata={"description": "Months with more than there should be."})
    is_enough = fields.Boolean(metadata={"description": "Whether the year keeps to the policy."})


class NewAppointment(AboutWhom):
    """An appointment of a person."""

    worker_id = identifier("With whom.", required=True)
    starts_at = instant("When.", required=True)
    place = words("Where.", longest=300)
    remind_at = instant("When to remind them; a day before when left out (a setting).")


class Appointment(CaseRecord):
    """An appointment."""

    worker_id = identifier("With whom.")
    starts_at = instant("When.")
    place = fields.String()
    status = fields.String(metadata={"enum": list(APPOINTMENT_STATUSES)})
    remind_at = instant("When they are reminded.")
    reminded_at = instant("When they were.")
    acts = fields.List(fields.Nested(CaseAct))


class AppointmentFilter(CaseFilter):
    """Which appointments to list."""

    status = one_of("Only those.", APPOINTMENT_STATUSES)
    worker_id = identifier("Only this worker's.")


class OtherTime(Asked):
    """Another time."""

    starts_at = instant("When.", required=True)
    remind_at = instant("When to remind them.")


class NewAudit(AboutWhom):
    """An audit of a person's direct payment (CE 3.2 "Audit")."""

    starts_on = day("When it starts.", required=True)


class Document(Told):
    """A document that the audit asks for."""

    document_id = identifier("The document.", required=True)
    name = fields.String()
    given_on = day("When it was given.")


class Audit(CaseRecord):
    """Support in an audit."""

    starts_on = day("When it starts.")
    status = fields.String(metadata={"enum": list(AUDIT_STATUSES)})
    told_at = instant("When the person was told.")
    told_in_time = fields.Boolean(metadata={"description": "Whether that was before it starts."})
    documents = fields.List(fields.Nested(Document))
    acts = fields.List(fields.Nested(CaseAct))


class AuditFilter(CaseFilter):
    """Which audits to list."""

    status = one_of("Only those.", AUDIT_STATUSES)


class NewDocument(Asked):
    """A document that the audit asks for."""

    name = words("Which.", required=True, longest=200)


class DocumentGiven(Asked):
    """When a document was given."""

    given_on = day("When.", required=True)


class NewInformation(Asked):
    """What a person was told."""

    topic_list = one_of("Of which list.", LISTS, required=True)
    items = words("Codes of the council's policy.", longest=60, many=True)
    given_on = day("When; today when left out.")


class Given(Told):
    """One item that was given."""

    topic_list = fields.String(metadata={"enum": list(LISTS)})
    item = fields.String()
    given_on = day("When.")
    by = fields.String()


class Information(CaseRecord):
    """All that was given in one referral."""

    given = fields.List(fields.Nested(Given))


class Checklists(Resource):
    """The lists of the council's policy, and what was given of each."""

    council_id = identifier(COUNCIL)
    referral_id = identifier("The referral.")
    lists = fields.Dict(
        metadata={
            "description": "By list, each item with its label, its clause and `given_on`, null until it was given."
        }
    )
