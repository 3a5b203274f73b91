"""Reports under protection, for the named person alone (CE 7.5)."""

from __future__ import annotations

from services.referrals.calls.base import JSON
from services.referrals.calls.cases import CaseCalls
from services.referrals.handlers import whistleblowing
from services.referrals.handlers.whistleblowing import seen_report
from services.referrals.schemas.cases import case_out, command, list_of
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class WhistleblowingCalls(CaseCalls):
    """Reports under protection, for the named person alone (CE 7.5)."""

    @rpc
    def report_whistleblowing(self, payload: JSON, caller: JSON) -> JSON:
        """Takes a report from anybody; the answer says that it is there, and nothing of what it holds."""
        given = command(whistleblowing.NewReport, payload)
        cause = of_command("report_whistleblowing", payload, caller)
        stored = whistleblowing.report_whistleblowing(given, desk=self.desk.cases, cause=cause)
        return {"id": stored.id, "version": stored.version, "council_id": stored.council_id}

    @rpc
    def look_into_whistleblowing(self, payload: JSON, caller: JSON) -> JSON:
        shape = whistleblowing.NotedReport
        return self.case_command(shape, whistleblowing.look_into_whistleblowing, payload, caller)

    @rpc
    def conclude_whistleblowing(self, payload: JSON, caller: JSON) -> JSON:
        shape = whistleblowing.NotedReport
        return self.case_command(shape, whistleblowing.conclude_whistleblowing, payload, caller)

    @rpc
    def read_reporter(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(whistleblowing.NotedReport, whistleblowing.read_reporter, payload, caller)

    @rpc
    def disclose_reporter(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(whistleblowing.NewDisclosure, whistleblowing.disclose_reporter, payload, caller)

    @reads
    def get_whistleblowing(self, payload: JSON, caller: JSON) -> JSON:
        return case_out(seen_report(payload["id"], desk=self.desk.cases, caller=Caller.from_dict(caller)))

    @reads
    def list_whistleblowing(self, payload: JSON, caller: JSON) -> JSON:
        """Reports, the newest first."""
        found = self.desk.case_lists.reports_seen_by(Caller.from_dict(caller), **load(list_of("status"), payload))
        return {"items": [case_out(stored) for stored in found.items], "next": found.next}
