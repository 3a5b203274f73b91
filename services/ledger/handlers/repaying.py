"""Repaying a fund's balance at the end of an agreement: its entry on the book, then the termination's own record. Two records,
so a process: cut short anywhere, it is finished (CP 4.7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from services.ledger.errors import NotYetPossible
from services.ledger.handlers.funds import get_fund
from services.ledger.handlers.life import LifeDesk
from services.ledger.handlers.posting import effective_day, key_of, post_entry
from services.ledger.handlers.termination import funds_of, seen_termination
from services.ledger.model import termination as rules
from services.ledger.model.blocks import Head
from services.ledger.model.entries import Draft, Grounds, returned_to_council
from services.ledger.model.funds import Fund
from services.ledger.model.termination import CLAUSE, Repayment, Termination
from shared.dates import london_day
from shared.errors import Conflict, NotFound, Stale
from shared.ids import derived_id
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause, Command
from shared.messaging.processes import Process, Processes, Step
from shared.money import format_gbp

REPAYING = "repay-balance"
Data = Mapping[str, Any]


def record_repayment(
    termination_id: str,
    fund_id: str,
    *,
    repaid_on: date | None,
    reference: str,
    evidence: str,
    desk: LifeDesk,
    processes: Processes,
    cause: Cause,
) -> Stored[Termination]:
    """One fund's whole balance came back (CP 4.7); with the last one the provider's clock stops.

    Raises `NotFound` for a fund of another provider, `NotYetPossible` where money is still set aside, `Conflict` where
    nothing is left, `Stale`, `Invalid` for a day to come, and `StillUnderWay` when the ledger finishes it by itself.
    """
    stored = seen_termination(termination_id, caller=cause.caller, desk=desk)
    fund = get_fund(fund_id, caller=cause.caller, funds=desk.funds)
    if (fund.council_id, fund.state.provider_id) != (stored.council_id, stored.state.provider_id):
        raise NotFound(f"there is no fund {fund_id} of this provider")
    data = {
        "termination_id": termination_id,
        "fund_id": fund_id,
        "repaid_on": effective_day(repaid_on, desk.clock).isoformat(),
        "reference": reference,
        "evidence": evidence,
        "once": derived_id("key", cause.new_id("repayment")),
    }
    check = partial(_check, stored, cause, fund.state, desk)
    processes.carry_out(REPAYING, data, council_id=stored.council_id, cause=cause, check=check)
    return desk.terminations.get(termination_id)


def repaying(desk: LifeDesk) -> Process:
    """The process. Only the book may refuse it."""
    at_work = _Repaying(desk=desk)
    return Process(name=REPAYING, steps=(Step(name="post", do=at_work.post), Step(name="record", do=at_work.record)))


@dataclass(frozen=True, kw_only=True)
class _Repaying:
    desk: LifeDesk

    def post(self, data: Data, cause: Cause) -> None:
        """Posts the whole balance back to the council."""
        desk, fund = self.desk, self.desk.funds.get(data["fund_id"]).state
        version = desk.rules.version(fund.council_id, date.fromisoformat(data["repaid_on"]))
        posting = _keyed(data, cause)

        def decide(head: Head) -> Draft:
            _check_repayable(fund, head)
            return Draft(
                type="return",
                legs=returned_to_council(head.free),
                effective_on=date.fromisoformat(data["repaid_on"]),
                policy_version=version,
                reference=data["reference"],
                evidence=data["evidence"],
                grounds=Grounds(clause=CLAUSE, reason="The balance, at the end of the agreement."),
                key=key_of(posting),
            )

        post_entry(decide, fund=fund, cause=posting, books=desk.books, clock=desk.clock, attempts=desk.attempts)

    def record(self, data: Data, cause: Cause) -> None:
        """Says on the termination what came back, and stops the provider's clock with the last of it."""
        stored, at = self.desk.terminations.get(data["termination_id"]), self.desk.clock.now()
        repayment = self._repayment(data)
        is_last = not any(self.desk.books.head(fund.fund_id).in_hand for fund in funds_of(stored, self.desk))

        def decide(state: Termination) -> Decision[Termination]:
            return rules.repaid(state, repayment, is_last=is_last, at=at, today=london_day(at))

        self.desk.terminations.change(data["termination_id"], decide, cause=cause)

    def _repayment(self, data: Data) -> Repayment:
        block = self.desk.books.block_with_key(data["once"])
        found = [e for e in block.entries if e.draft.key and e.draft.key.key == data["once"]] if block else []
        if not found:
            raise LookupError(f"the repayment of fund {data['fund_id']} is not on its book")
        entry = found[0]
        return Repayment(
            fund_id=data["fund_id"], entry_id=entry.entry_id, amount=entry.amount, repaid_on=entry.effective_on
        )


def _check(stored: Stored[Termination], cause: Cause, fund: Fund, desk: LifeDesk) -> None:
    """What refuses it before anything is written."""
    if cause.expected_version not in (None, stored.version):
        raise Stale(f"version {cause.expected_version} was expected, but the termination is at {stored.version}")
    _check_repayable(fund, desk.books.head(fund.fund_id))


def _check_repayable(fund: Fund, head: Head) -> None:
    if head.in_hand != head.free:
        aside = format_gbp(head.in_hand - head.free)
        raise NotYetPossible(f"{aside} is set aside; call the reservations off, or release it, first.")
    if not head.free:
        raise Conflict(f"Fund {fund.fund_id} holds nothing that could be repaid.")


def _keyed(data: Data, cause: Cause) -> Cause:
    command = cause.command
    return replace(cause, command=Command(key=data["once"], input=command.input if command else ""))
