"""Books on the real stores under everything at once: bookings, late entries, rivals, repeated keys, and a process that dies
between any two writes. The oracle is plain integers and a fold of the exported lines; neither shares code with the ledger.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from services.ledger.errors import ReservationResolved, WouldOverdrawFund
from services.ledger.model.blocks import Posted
from services.ledger.model.exporting import as_jsonl
from services.ledger.model.verification import verify
from services.ledger.store import BLOCKS
from shared.errors import StewardError
from shared.money import Pence
from shared.store.documents import StoreAway
from shared.store.mongo import MongoStore
from tests.contract.ledger.conftest import Kept
from tests.support.jsonl_fold import folded
from tests.support.ledger_builders import TODAY, Ledger, SteppingClock
from tests.support.unsteady import UnsteadyStore

pence = st.integers(1, 30_000)
days_ago = st.integers(0, 60)


@dataclass
class Oracle:
    """What the book must come to, in plain integers: bookings by their entry, payments by theirs."""

    held: int = 0
    council: int = 0
    paid: int = 0
    bookings: dict[str, int] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    spends: dict[str, int] = field(default_factory=dict)

    def balances(self) -> dict[str, int]:
        accounts = {
            "held": self.held,
            "council": self.council,
            "payee:payee-pool": self.paid,
            "reserved": sum(self.bookings.values()),
        }
        return {account: amount for account, amount in accounts.items() if amount}

    def end(self, booking: str, part: int) -> None:
        """The booking is over, and so much of it was paid."""
        amount = self.bookings.pop(booking)
        self.ended.append(booking)
        self.held += amount - part
        self.paid += part


class BooksMachine(RuleBasedStateMachine):
    """Commands in any order on one fund; after each, every invariant of its book."""

    def __init__(self, store: UnsteadyStore) -> None:
        super().__init__()
        self.store = store
        self.ledger = Ledger(store=store, clock=SteppingClock(), attempts=50)
        self.fund = self.ledger.open_with_plan()
        self.oracle = Oracle()
        self.keys = 0

    @rule(amount=pence, ago=days_ago, dies=st.sampled_from([None, "before", "after"]))
    def money_comes_in(self, amount: int, ago: int, dies: Any) -> None:
        day = TODAY - timedelta(days=ago)
        how = {"amount": Pence(amount), "difference_reason": "sample", "effective_on": day}
        self._once(lambda key: self.ledger.pay_in(self.fund, key=key, **how).posted, 1, dies)
        self.oracle.held += amount
        self.oracle.council -= amount

    @rule(amount=pence, ago=days_ago, dies=st.sampled_from([None, "before", "after"]))
    def a_spend_is_asked(self, amount: int, ago: int, dies: Any) -> None:
        day = TODAY - timedelta(days=ago)
        if amount > self.oracle.held:
            with pytest.raises(WouldOverdrawFund):
                self._spend(amount, None, day)
            return
        posted = self._once(lambda key: self._spend(amount, key, day), 1, dies)
        self._note_spend(posted, amount)

    @rule(amount=pence, days=st.integers(0, 5), nth=st.integers(1, 3), dies=st.sampled_from([None, "before", "after"]))
    def money_is_set_aside(self, amount: int, days: int, nth: int, dies: Any) -> None:
        until = self.ledger.clock.at.date() + timedelta(days=days)
        if amount > self.oracle.held:
            with pytest.raises(WouldOverdrawFund):
                self.ledger.reserve(self.fund, amount=Pence(amount), until=until)
            return

        def reserve(key: str) -> Posted:
            return _posted(self.ledger.reserve(self.fund, key=key, amount=Pence(amount), until=until))

        posted = self._once(reserve, nth, dies)
        self.oracle.held -= amount
        self.oracle.bookings[posted.entry.entry_id] = amount

    @precondition(lambda self: self.oracle.bookings)
    @rule(data=st.data(), how=st.sampled_from(["pay", "void"]), dies=st.sampled_from([None, "before", "after"]))
    def a_booking_is_settled(self, data: st.DataObject, how: Literal["pay", "void"], dies: Any) -> None:
        booking = data.draw(st.sampled_from(sorted(self.oracle.bookings)))
        part = data.draw(st.integers(1, self.oracle.bookings[booking])) if how == "pay" else 0
        posted = self._once(lambda key: self._settle(booking, part, key), 1, dies)
        self.oracle.end(booking, part)
        if part:
            self.oracle.spends[posted.entry.entry_id] = part

    @precondition(lambda self: self.oracle.bookings)
    @rule(data=st.data())
    def two_settle_one_booking_at_once(self, data: st.DataObject) -> None:
        booking = data.draw(st.sampled_from(sorted(self.oracle.bookings)))
        self.store.let_in(lambda: self._settle(booking, 0, None), BLOCKS)

        with pytest.raises(ReservationResolved):
            self._settle(booking, 1, None)

        self.oracle.end(booking, 0)

    @precondition(lambda self: self.oracle.ended)
    @rule(data=st.data(), how=st.sampled_from(["pay", "void"]))
    def what_is_settled_is_not_settled_again(self, data: st.DataObject, how: str) -> None:
        booking = data.draw(st.sampled_from(self.oracle.ended))

        with pytest.raises(ReservationResolved):
            self._settle(booking, int(how == "pay"), None)

    @rule(days=st.integers(0, 3), nth=st.integers(1, 4), dies=st.sampled_from([None, "before", "after"]))
    def days_pass_and_bookings_run_out(self, days: int, nth: int, dies: Any) -> None:
        self.ledger.clock.at += timedelta(days=days)
        if dies:
            self.store.interrupt_write(nth, dies)
        try:
            self.ledger.sweep_reservations()
        except StoreAway:
            self.ledger.clock.at += timedelta(minutes=10)
        self.store.forget()
        self.ledger.sweep_reservations()
        self.ledger.clock.at += timedelta(minutes=10)
        self.ledger.sweep_reservations()
        for entry in list(self.ledger.books.entries(self.fund)):
            if entry.type == "expire-reservation" and entry.draft.resolves in self.oracle.bookings:
                reserved = self.ledger.books.entry(entry.draft.resolves or "")
                assert reserved is not None
                assert reserved.draft.expires_on is not None
                assert reserved.draft.expires_on < self.ledger.clock.at.date()
                self.oracle.end(reserved.entry_id, 0)
        for booking in self.oracle.bookings:
            standing = self.ledger.books.entry(booking)
            assert standing is not None
            assert standing.draft.expires_on is not None
            assert standing.draft.expires_on >= self.ledger.clock.at.date()

    @precondition(lambda self: self.oracle.spends)
    @rule(data=st.data(), dies=st.sampled_from([None, "before", "after"]))
    def a_spend_is_reversed(self, data: st.DataObject, dies: Any) -> None:
        spend = data.draw(st.sampled_from(sorted(self.oracle.spends)))
        self._once(lambda key: self.ledger.reverse(self.fund, spend, key=key), 1, dies)
        amount = self.oracle.spends.pop(spend)
        self.oracle.held += amount
        self.oracle.paid -= amount

    @precondition(lambda self: self.oracle.held > 1)
    @rule(data=st.data())
    def two_writers_want_the_same_money(self, data: st.DataObject) -> None:
        most = self.oracle.held
        mine, theirs = data.draw(st.integers(1, most)), data.draw(st.integers(1, most))
        rival: list[Posted] = []
        self.store.let_in(lambda: rival.append(self._spend(theirs, None, TODAY)), BLOCKS)

        try:
            posted = self._spend(mine, None, TODAY)
        except WouldOverdrawFund:
            assert mine + theirs > most
        else:
            assert mine + theirs <= most
            self._note_spend(posted, mine)
        self._note_spend(rival[0], theirs)

    @invariant()
    def the_book_is_proved(self) -> None:
        assert verify(self.ledger.books.stored_blocks(self.fund)) == []

    @invariant()
    def the_balances_are_the_oracle_s_and_those_of_the_exported_lines(self) -> None:
        head = self.ledger.head(self.fund)
        balances, wrong = folded(as_jsonl(self.ledger.books.stored_blocks(self.fund)))

        assert {account: kept.amount for account, kept in head.balances.items() if kept} == self.oracle.balances()
        assert {account: amount for (_, account), amount in balances.items() if amount} == self.oracle.balances()
        assert wrong == []

    def _once(self, ask: Callable[[str], Posted], nth: int, dies: Any) -> Posted:
        """Asks with a key of its own, again after a death, and once more: always one effect and one answer."""
        self.keys += 1
        key = f"{self.fund}-{self.keys}"
        if dies:
            self.store.interrupt_write(nth, dies)
        try:
            ask(key)
        except StoreAway:
            assert dies
        self.store.forget()
        answer = ask(key)
        assert ask(key) == answer
        return answer

    def _spend(self, amount: int, key: str | None, day: Any) -> Posted:
        return _posted(self.ledger.spend(self.fund, key=key, amount=Pence(amount), effective_on=day))

    def _settle(self, booking: str, part: int, key: str | None) -> Posted:
        if part:
            return self.ledger.pay_reserved(self.fund, booking, amount=Pence(part), key=key)
        return self.ledger.void(self.fund, booking, key=key)

    def _note_spend(self, posted: Posted, amount: int) -> None:
        self.oracle.held -= amount
        self.oracle.paid += amount
        self.oracle.spends[posted.entry.entry_id] = amount


def test_every_invariant_holds_on_a_real_store(kept: Kept) -> None:
    store = UnsteadyStore(kept.ledger.store)

    examples = 5 if isinstance(kept.ledger.store, MongoStore) else 12
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # hypothesis gives it no types
        lambda: BooksMachine(store), settings=settings(max_examples=examples, stateful_step_count=12, deadline=None)
    )


def _posted(answer: Any) -> Posted:
    posted = answer.posted
    if not isinstance(posted, Posted):
        raise StewardError("the spend was refused")
    return posted
