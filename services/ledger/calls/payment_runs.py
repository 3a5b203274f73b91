"""Payment runs, and where funds' payments go."""

from __future__ import annotations

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers import payment_details, payment_runs
from services.ledger.schemas import payment_runs as shapes
from services.ledger.schemas.common import ById
from services.ledger.store.payment_runs import PAYMENT_RUNS_DUE, runs_visible_to
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.messaging.consuming.durable import falls_due
from shared.problems import load


class PaymentRunCalls(LedgerCalls):
    """Payment runs, and where funds' payments go."""

    @falls_due(PAYMENT_RUNS_DUE)
    def go_on_with_run(self, record_id: str) -> None:
        """Prepares or posts as much of a run as can be now."""
        payment_runs.go_on(record_id, desk=self.desk.payment_runs)

    @rpc
    def enter_payment_details(self, payload: JSON, caller: JSON) -> JSON:
        desk = self.desk
        fund_id, pay_to = load(shapes.DetailsSchema(), payload)
        stored = payment_details.enter_details(
            fund_id,
            pay_to,
            cause=of_command("enter_payment_details", payload, caller),
            funds=desk.funds,
            details=desk.payment_details,
            clock=desk.clock,
        )
        return shapes.details_out(stored)

    @reads
    def get_payment_details(self, payload: JSON, caller: JSON) -> JSON:
        desk, given = self.desk, load(ById(), payload)
        stored = payment_details.get_details(
            given["fund_id"], caller=Caller.from_dict(caller), funds=desk.funds, details=desk.payment_details
        )
        return shapes.details_out(stored)

    @rpc
    def prepare_payment_run(self, payload: JSON, caller: JSON) -> JSON:
        command = load(shapes.PrepareRunSchema(), payload)
        cause = of_command("prepare_payment_run", payload, caller)
        return shapes.run_out(payment_runs.prepare(command, cause=cause, desk=self.desk.payment_runs))

    @rpc
    def approve_payment_run(self, payload: JSON, caller: JSON) -> JSON:
        command = load(shapes.ApproveRunSchema(), payload)
        cause = of_command("approve_payment_run", payload, caller)
        return shapes.run_out(payment_runs.approve(command, cause=cause, desk=self.desk.payment_runs))

    @rpc
    def withdraw_payment_run(self, payload: JSON, caller: JSON) -> JSON:
        command = load(shapes.WithdrawRunSchema(), payload)
        cause = of_command("withdraw_payment_run", payload, caller)
        return shapes.run_out(payment_runs.withdraw(command, cause=cause, desk=self.desk.payment_runs))

    @reads
    def get_payment_run(self, payload: JSON, caller: JSON) -> JSON:
        run_id = load(shapes.RunById(), payload)["run_id"]
        return shapes.run_out(
            payment_runs.get_run(run_id, caller=Caller.from_dict(caller), desk=self.desk.payment_runs)
        )

    @reads
    def list_payment_runs(self, payload: JSON, caller: JSON) -> JSON:
        given = load(shapes.ListRuns(), payload)
        found = runs_visible_to(Caller.from_dict(caller), self.desk.payment_runs.runs, **given)
        return {"items": [shapes.run_out(stored) for stored in found.items], "next": found.next}

    @reads
    def list_payment_run_lines(self, payload: JSON, caller: JSON) -> JSON:
        given = load(shapes.RunLinesAsked(), payload)
        lines, following = payment_runs.lines_of(**given, caller=Caller.from_dict(caller), desk=self.desk.payment_runs)
        return {"items": [shapes.line_out(line) for line in lines], "next": shapes.cursor_out(following)}

    @reads
    def get_payment_run_file(self, payload: JSON, caller: JSON) -> JSON:
        given = load(shapes.RunFileAsked(), payload)
        file = payment_runs.file_of(
            given["run_id"],
            format=given["format"],
            caller=Caller.from_dict(caller),
            originators=self.desk.originators,
            desk=self.desk.payment_runs,
        )
        return shapes.file_out(file)
