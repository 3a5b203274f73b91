"""Moving a fund to another provider: out of one book and into another, with nothing lost on the way whatever dies (CP 5.3).

The first step empties and ends the old book in one block, or is refused and nothing has happened. From then on nothing can
be refused: should the fund that the money was meant for have been closed in between, one is opened in its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from services.ledger.errors import FundClosed
from services.ledger.handlers.funds import get_fund
from services.ledger.handlers.posting import key_of, post_entries, post_entry
from services.ledger.model.blocks import Head, place_of
from services.ledger.model.commands import MoveFund
from services.ledger.model.entries import Draft, Entry
from services.ledger.model.funds import Fund
from services.ledger.model.moving import check_no_reservations, check_same_person, moved_in, moved_out
from services.ledger.ports import Books, FundPolicies
from shared.clock import Clock
from shared.dates import london_day
from shared.errors import NotFound, Stale
from shared.events import ledger as events
from shared.ids import derived_id
from shared.messaging.aggregates import Aggregates, Decision, Stored
from shared.messaging.cause import Cause
from shared.messaging.processes import Process, Processes, Step

MOVING = "move-fund"
Data = Mapping[str, Any]


def move_fund(
    command: MoveFund,
    *,
    cause: Cause,
    funds: Aggregates[Fund],
    books: Books,
    policies: FundPolicies,
    processes: Processes,
    clock: Clock,
) -> Stored[Fund]:
    """Moves everything the fund holds to another fund of the person, and closes it; answers with the other fund.

    Raises `FundHasReservations`, `NotTheirFund`, `FundClosed`, `Stale`, `NotFound`, `PolicyIncomplete`, and
    `StillUnderWay` when the ledger finishes it by itself.
    """
    stored = get_fund(command.fund_id, caller=cause.caller, funds=funds)
    today = london_day(clock.now())
    transfer_id = cause.new_id("transfer")
    data = {
        "fund_id": command.fund_id,
        "transfer_id": transfer_id,
        "to_fund_id": command.to_fund_id or derived_id("fund", transfer_id),
        "to_provider_id": command.to_provider_id,
        "starts_on": (command.starts_on or today).isoformat(),
        "policy_version": policies.payment_terms(stored.council_id, today).policy_version,
        "reason": command.reason,
    }
    check = partial(_check, stored, command, cause, funds, books)
    progress = processes.carry_out(MOVING, data, council_id=stored.council_id, cause=cause, check=check)
    moved = funds.get(progress.data["fund_id"]).state
    return funds.get(moved.moved_to or progress.data["to_fund_id"], caller=cause.caller)


def moving(*, funds: Aggregates[Fund], books: Books, clock: Clock, attempts: int) -> Process:
    """The process. Only its first step may be refused."""
    desk = _Desk(funds=funds, books=books, clock=clock, attempts=attempts)
    return Process(
        name=MOVING,
        steps=(
            Step(name="out", do=desk.take_out),
            Step(name="in", do=desk.put_in),
            Step(name="close", do=desk.close),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class _Desk:
    funds: Aggregates[Fund]
    books: Books
    clock: Clock
    attempts: int

    def take_out(self, data: Data, cause: Cause) -> None:
        """Empties the old book and ends it, in one block."""
        fund = self.funds.get(data["fund_id"]).state

        def decide(head: Head) -> Sequence[Draft]:
            today = london_day(self.clock.now())
            key = key_of(cause)
            return moved_out(fund, head, data["transfer_id"], effective_on=today, reason=data["reason"], key=key)

        fund.check_open()
        post_entries(decide, fund=fund, cause=cause, books=self.books, clock=self.clock, attempts=self.attempts)

    def put_in(self, data: Data, cause: Cause) -> None:
        """Puts what was taken out into the other fund; into one in its place, if that was closed in between."""
        old = self.funds.get(data["fund_id"]).state
        out = self._taken_out(data)
        fund = self._other(old, data, cause)
        try:
            self._put_into(fund, out, data, cause)
        except FundClosed:
            instead = self._open(old, data, cause, fund_id=_in_its_place(data), provider_id=fund.provider_id)
            self._put_into(instead, out, data, cause)

    def close(self, data: Data, cause: Cause) -> None:
        """Closes the old fund and says where its money is."""
        to_fund_id = self._reached(data)
        told = [
            events.FundMoved(fund_id=data["fund_id"], to_fund_id=to_fund_id, transfer_id=data["transfer_id"]),
            events.FundClosed(fund_id=data["fund_id"]),
        ]
        self.funds.change(
            data["fund_id"], lambda fund: Decision(state=fund.as_moved(to_fund_id), events=told), cause=cause
        )

    def _put_into(self, fund: Fund, out: Entry | None, data: Data, cause: Cause) -> None:
        reached = fund.fund_id if out is None else self._post_in(fund, out, data, cause)
        linked = replace(cause, command=None)
        self.funds.change(reached, lambda there: Decision(state=there.with_money_from(data["fund_id"])), cause=linked)

    def _post_in(self, fund: Fund, out: Entry, data: Data, cause: Cause) -> str:
        """The fund that has the money now: a repeat finds where it went the first time."""
        today, key = london_day(self.clock.now()), key_of(cause)
        draft = moved_in(fund, out.amount, data["transfer_id"], effective_on=today, reason=data["reason"], key=key)
        posted = post_entry(
            lambda _: draft, fund=fund, cause=cause, books=self.books, clock=self.clock, attempts=self.attempts
        )
        place = place_of(posted.entry.entry_id)
        return place[0] if place else fund.fund_id

    def _other(self, old: Fund, data: Data, cause: Cause) -> Fund:
        if data["to_provider_id"] is None:
            return self.funds.get(data["to_fund_id"]).state
        return self._open(old, data, cause, fund_id=data["to_fund_id"], provider_id=data["to_provider_id"])

    def _open(self, old: Fund, data: Data, cause: Cause, *, fund_id: str, provider_id: str) -> Fund:
        fund = Fund(
            fund_id=fund_id,
            council_id=old.council_id,
            person_id=old.person_id,
            provider_id=provider_id,
            weekly_budget=old.weekly_budget,
            opened_on=london_day(self.clock.now()),
            starts_on=date.fromisoformat(data["starts_on"]),
            policy_version=data["policy_version"],
            referral_id=old.referral_id,
            household=old.household,
            shared_with=old.shared_with,
        )
        told = events.FundOpened(
            fund_id=fund_id,
            person_id=fund.person_id,
            provider_id=provider_id,
            weekly_budget_pence=fund.weekly_budget.amount,
        )
        try:
            return self.funds.get(fund_id).state
        except NotFound:
            opened = Decision(state=fund, events=[told])
            return self.funds.create(fund_id, opened, council_id=fund.council_id, cause=cause).state

    def _taken_out(self, data: Data) -> Entry | None:
        entries = self.books.entries(data["fund_id"])
        return next((entry for entry in entries if entry.type == "moved-out"), None)

    def _reached(self, data: Data) -> str:
        """The fund that has the money: the one named, or the one opened in its place."""
        try:
            instead = self.funds.get(_in_its_place(data)).state
        except NotFound:
            return str(data["to_fund_id"])
        return instead.fund_id


def _in_its_place(data: Data) -> str:
    return derived_id("fund", data["transfer_id"], "instead")


def _check(stored: Stored[Fund], command: MoveFund, cause: Cause, funds: Aggregates[Fund], books: Books) -> None:
    """What refuses it before anything is written."""
    if cause.expected_version not in (None, stored.version):
        raise Stale(f"version {cause.expected_version} was expected, but the fund is at {stored.version}")
    stored.state.check_open()
    if command.to_fund_id is not None:
        other = funds.get(command.to_fund_id, caller=cause.caller).state
        check_same_person(stored.state, other)
        other.check_open()
    check_no_reservations(stored.state, books.head(stored.id))
