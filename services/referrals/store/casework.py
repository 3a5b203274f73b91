"""The collections of messages, visits, onward referrals, problems with resources, and of whistleblowing."""

from __future__ import annotations

from services.referrals.model.messages import Message
from services.referrals.model.onward import OnwardReferral, ResourceProblem
from services.referrals.model.visits import Visit
from services.referrals.model.whistleblowing import ProtectedReporter, WhistleblowingReport
from services.referrals.store.cases import case_collection, case_kind
from shared.messaging.aggregates import Kind, collection_of
from shared.messaging.scheduling import Due
from shared.store.documents import Field, Order
from shared.store.records import dump_record, load_record

MESSAGES = case_collection("messages", "status", "channel", clocks=True)
MESSAGE = case_kind("message", Message)
VISITS = case_collection(
    "visits",
    "status",
    "worker_id",
    fields=(Field(path="state.alarm_at", kind="instant"), Field(path="state.alarmed_at", kind="instant")),
    orders=(Order(name="alarm", by=(("state.alarm_at", "ascending"),)),),
)
VISIT = case_kind("visit", Visit)
RETURNS_OVERDUE = Due(name="visits-overdue", collection=VISITS, path="state.alarm_at", order="alarm")
"""Workers who are not back from a visit off premises when the council's policy says that they are looked for (CE 7.7)."""
ONWARD_REFERRALS = case_collection("onward_referrals", "kind", "outcome")
ONWARD_REFERRAL = case_kind("onward referral", OnwardReferral)
RESOURCE_PROBLEMS = case_collection("resource_problems", "kind", "status")
RESOURCE_PROBLEM = case_kind("resource problem", ResourceProblem)

REPORTS = collection_of(
    "whistleblowing_reports",
    fields=(Field(path="state.status"), Field(path="state.received_at", kind="instant")),
    orders=(Order(name="newest", by=(("state.received_at", "descending"),)),),
)
REPORT = Kind(name="report", dump=dump_record, load=lambda state: load_record(WhistleblowingReport, state))
REPORTERS = collection_of("protected_reporters")
"""Who reported, apart from what: nothing of it is in an event, and it can be asked for by its report alone."""
REPORTER = Kind(name="reporter", dump=dump_record, load=lambda state: load_record(ProtectedReporter, state))
