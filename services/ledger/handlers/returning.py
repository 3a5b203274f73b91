"""Returning a surplus: its entry on the book, then the surplus's own record. Two records, so a process: cut short anywhere, it
is finished (CP 9.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from services.ledger.handlers.life import LifeDesk
from services.ledger.handlers.posting import effective_day, key_of, post_entry
from services.ledger.handlers.surplus import fund_and_terms, seen_surplus
from services.ledger.model import surplus as rules
from services.ledger.model.blocks import Head
from services.ledger.model.entries import Draft, Entry, Grounds, returned_to_council
from services.ledger.model.funds import Fund
from services.ledger.model.surplus import Surplus, SurplusTerms
from shared.errors import Stale
from shared.ids import derived_id, input_hash
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause, Command
from shared.messaging.processes import Process, Processes, Step
from shared.money import ZERO, Pence

RETURNING = "return-surplus"
Data = Mapping[str, Any]


class _NothingLeft(Exception):
    """Nothing is above the limit any more."""


def return_surplus(
    surplus_id: str,
    *,
    returned_on: date | None,
    reference: str,
    evidence: str,
    desk: LifeDesk,
    processes: Processes,
    cause: Cause,
) -> Stored[Surplus]:
    """The provider has returned what was ordered; its entry is posted once, whoever records it and how often (CP 9.5).

    Raises `NotYetPossible` before an order and while it is challenged, `Stale`, `Invalid` for a day to come, what posting
    raises, and `StillUnderWay` when the ledger finishes it by itself.
    """
    stored = seen_surplus(surplus_id, caller=cause.caller, desk=desk)
    data = {
        "surplus_id": surplus_id,
        "returned_on": effective_day(returned_on, desk.clock).isoformat(),
        "reference": reference,
        "evidence": evidence,
    }
    check = partial(_check, stored, cause)
    processes.carry_out(RETURNING, data, council_id=stored.council_id, cause=cause, check=check)
    return desk.surpluses.get(surplus_id)


def returning(desk: LifeDesk) -> Process:
    """The process. An order that is being carried out is not challenged any more, so that only the book may refuse it."""
    at_work = _Returning(desk=desk)
    return Process(
        name=RETURNING,
        steps=(
            Step(name="begin", do=at_work.begin, undo=at_work.leave),
            Step(name="post", do=at_work.post),
            Step(name="record", do=at_work.record),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class _Returning:
    desk: LifeDesk

    def begin(self, data: Data, cause: Cause) -> None:
        """Marks the order as being carried out."""
        self.desk.surpluses.change(data["surplus_id"], rules.carrying_out, cause=cause)

    def leave(self, data: Data, cause: Cause) -> None:
        """The order stands as before."""
        self.desk.surpluses.change(data["surplus_id"], rules.not_carried_out, cause=cause)

    def post(self, data: Data, cause: Cause) -> None:
        """Posts what is still above the limit, at most what was ordered, under a key of the surplus itself."""
        desk, surplus = self.desk, self.desk.surpluses.get(data["surplus_id"]).state
        on = date.fromisoformat(data["returned_on"])
        fund, terms = fund_and_terms(surplus, on, desk)
        posting = replace(cause, command=_once(surplus.surplus_id))
        by = surplus.ruling.by if surplus.ruling else ""

        def decide(head: Head) -> Draft:
            return Draft(
                type="return",
                legs=returned_to_council(_amount(surplus, fund, terms, head)),
                effective_on=on,
                policy_version=terms.policy_version,
                reference=data["reference"],
                evidence=data["evidence"],
                grounds=Grounds(
                    clause=terms.return_clause,
                    reason=f"Above {terms.return_weeks} weeks' budget; ordered back by {by}",
                ),
                key=key_of(posting),
            )

        with suppress(_NothingLeft):
            post_entry(decide, fund=fund, cause=posting, books=desk.books, clock=desk.clock, attempts=desk.attempts)

    def record(self, data: Data, cause: Cause) -> None:
        """Says on the surplus what went back."""
        entry = self._posted(data["surplus_id"])
        amount, entry_id = (entry.amount, entry.entry_id) if entry else (ZERO, None)
        self.desk.surpluses.change(
            data["surplus_id"], lambda state: rules.carried_out(state, amount=amount, entry_id=entry_id), cause=cause
        )

    def _posted(self, surplus_id: str) -> Entry | None:
        key = _once(surplus_id).key
        block = self.desk.books.block_with_key(key)
        return next((e for e in block.entries if e.draft.key and e.draft.key.key == key), None) if block else None


def _check(stored: Stored[Surplus], cause: Cause) -> None:
    """What refuses it before anything is written."""
    if cause.expected_version not in (None, stored.version):
        raise Stale(f"version {cause.expected_version} was expected, but the surplus is at {stored.version}")
    rules.check_ordered(stored.state)


def _once(surplus_id: str) -> Command:
    return Command(key=derived_id("key", surplus_id, "return"), input=input_hash(["return", surplus_id]))


def _amount(surplus: Surplus, fund: Fund, terms: SurplusTerms, head: Head) -> Pence:
    ordered = surplus.ruling.amount if surplus.ruling else ZERO
    amount = min(ordered, terms.to_return(head.in_hand, fund.weekly_budget), head.free)
    if amount <= ZERO:
        raise _NothingLeft
    return amount
