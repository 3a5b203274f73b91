"""A book under everything at once: two writers, repeated keys, crashes around the write, reversals, late entries.

The oracle is a few lines of plain integers that share no code with the ledger.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from services.ledger.errors import AlreadyReversed, WouldOverdrawFund
from services.ledger.handlers.corrections import reverse_entry
from services.ledger.handlers.posting import key_of, post_entry
from services.ledger.model.blocks import Posted
from services.ledger.model.commands import ReverseEntry
from services.ledger.model.entries import Draft, Entry, Period, fold
from services.ledger.model.statements import make_balance, make_statement
from services.ledger.model.verification import verify
from shared.errors import KeyReused
from shared.store.documents import StoreAway
from tests.support.ledger_builders import TODAY, Ledger, a_payment_draft, a_spend_draft

pence = st.integers(1, 30_000)
keys = st.one_of(st.none(), st.sampled_from(["k1", "k2", "k3", "k4", "k5", "k6"]))
days_ago = st.integers(0, 60)
payees = st.sampled_from(["pool", "taxi", "helper"])


class Oracle:
    """What the book must come to, in plain integers."""

    def __init__(self) -> None:
        self.held = 0
        self.council = 0
        self.payees: dict[str, int] = {}
        self.answers: dict[str, tuple[Any, str]] = {}
        self.entries = 0
        self.reversed: set[str] = set()

    def pay_in(self, amount: int) -> None:
        self.held += amount
        self.council -= amount
        self.entries += 1

    def spend(self, payee: str, amount: int) -> None:
        self.held -= amount
        self.payees[payee] = self.payees.get(payee, 0) + amount
        self.entries += 1

    def balances(self) -> dict[str, int]:
        named = {f"payee:{payee}": amount for payee, amount in self.payees.items()}
        return {
            name: amount for name, amount in (named | {"held": self.held, "council": self.council}).items() if amount
        }


class BookMachine(RuleBasedStateMachine):
    """Commands in any order; after each, every invariant of the book."""

    posted = Bundle("posted")

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.fund = self.ledger.open_with_plan()
        self.oracle = Oracle()

    @rule(target=posted, amount=pence, key=keys, ago=days_ago)
    def a_payment_comes_in(self, amount: int, key: str | None, ago: int) -> Any:
        draft = _days_before(_of(a_payment_draft(), amount), ago)
        return self._post(draft, key, lambda: self.oracle.pay_in(amount))

    @rule(target=posted, amount=pence, payee=payees, key=keys, ago=days_ago)
    def a_spend_is_asked(self, amount: int, payee: str, key: str | None, ago: int) -> Any:
        draft = _days_before(_of(a_spend_draft(payee_id=payee), amount), ago)
        return self._post_spend(draft, key, payee, amount)

    @rule(target=posted, mine=pence, theirs=pence, payee=payees, key=keys)
    def two_writers_spend_at_once(self, mine: int, theirs: int, payee: str, key: str | None) -> Any:
        others: list[Any] = []
        rival = _of(a_spend_draft(payee_id="rival"), theirs)
        self.ledger.memory.before_next_write(lambda: others.append(self._post_spend(rival, None, "rival", theirs)))
        answer = self._post_spend(_of(a_spend_draft(payee_id=payee), mine), key, payee, mine)
        self.ledger.memory.forget_plans()
        return multiple(*(entry for entry in [answer, *others] if isinstance(entry, Entry)))

    @rule(target=posted, amount=pence, payee=payees, moment=st.sampled_from(["before", "after"]))
    def the_process_dies_around_the_write(self, amount: int, payee: str, moment: Any) -> Any:
        if self.oracle.held < amount:
            return multiple()
        draft, key = _of(a_spend_draft(payee_id=payee), amount), f"crash-{self.oracle.entries}"
        self.ledger.memory.interrupt_next_write(moment)
        with pytest.raises(StoreAway):
            self._ask(draft, key)
        return self._post_spend(draft, key, payee, amount)

    @rule(entry=consumes(posted), key=keys, twice=st.booleans())
    def an_entry_is_reversed(self, entry: Entry, key: str | None, twice: bool) -> None:
        self._reverse(entry)
        if twice and entry.entry_id in self.oracle.reversed:
            with pytest.raises(AlreadyReversed):
                self._ask_reversal(entry)

    @rule(amount=pence, key=st.sampled_from(["k1", "k2", "k3"]))
    def a_key_comes_again_with_other_content(self, amount: int, key: str) -> None:
        if key not in self.oracle.answers:
            return
        with pytest.raises(KeyReused):
            self._ask(replace(_of(a_payment_draft(), amount), reference="something else"), key)

    @invariant()
    def the_book_is_proved(self) -> None:
        assert verify(self.ledger.books.stored_blocks(self.fund)) == []

    @invariant()
    def the_balances_are_the_oracle_s(self) -> None:
        head = self.ledger.head(self.fund)
        assert {account: kept.amount for account, kept in head.balances.items() if kept} == self.oracle.balances()
        assert head.number == head.sequence == self.oracle.entries

    @invariant()
    def folding_any_beginning_of_the_book_gives_the_balances_stored_there(self) -> None:
        entries = list(self.ledger.books.entries(self.fund))
        for document in self.ledger.stored(self.fund)[-3:]:
            kept = {account: amount for account, amount in document["balances"] if amount}
            folded = fold(entries[: document["number"]])
            assert {account: amount.amount for account, amount in folded.items() if amount} == kept

    @invariant()
    def a_statement_of_any_days_adds_up(self) -> None:
        fund, whole = self.ledger.funds.get(self.fund).state, self.ledger.books.tail(self.fund, since=None)
        for first, last in ((TODAY - timedelta(days=30), TODAY), (date(2020, 1, 1), TODAY), (TODAY, TODAY)):
            statement = make_statement(
                fund,
                whole,
                period=Period(from_on=first, to_on=last),
                made_at=self.ledger.clock.now(),
                head_number=0,
                head_hash="",
            )
            movements = sum(line.movement.amount for line in statement.lines)
            assert statement.opening.amount + movements == statement.closing.amount
            assert sum(line.closing.amount for line in statement.accounts) == 0
            at_end = make_balance(fund, whole, as_of=last, known_at=self.ledger.clock.now())
            assert at_end.in_hand == statement.closing

    def _post_spend(self, draft: Draft, key: str | None, payee: str, amount: int) -> Any:
        if key not in self.oracle.answers and self.oracle.held < amount and not self._rival_waits():
            with pytest.raises(WouldOverdrawFund):
                self._ask(draft, key)
            return multiple()
        return self._post(draft, key, lambda: self.oracle.spend(payee, amount))

    def _post(self, draft: Draft, key: str | None, count: Any) -> Any:
        if key in self.oracle.answers and self.oracle.answers[key][1] != repr(draft):
            with pytest.raises(KeyReused):
                self._ask(draft, key)
            return multiple()
        try:
            answer = self._ask(draft, key)
        except WouldOverdrawFund:
            assert draft.legs[-1].amount.amount + self.oracle.held < 0
            return multiple()
        if key in self.oracle.answers:
            assert answer == self.oracle.answers[key][0]
            return multiple()
        count()
        if key is not None:
            self.oracle.answers[key] = (answer, repr(draft))
        return answer.entry

    def _reverse(self, entry: Entry) -> None:
        if entry.type == "payment-in" and self.oracle.held < entry.amount.amount:
            with pytest.raises(WouldOverdrawFund):
                self._ask_reversal(entry)
            return
        self._ask_reversal(entry)
        self.oracle.reversed.add(entry.entry_id)
        if entry.type == "payment-in":
            self.oracle.pay_in(-entry.amount.amount)
        else:
            payee = entry.postings[0].account.removeprefix("payee:")
            self.oracle.spend(payee, -entry.amount.amount)

    def _rival_waits(self) -> bool:
        return self.ledger.memory.has_plans()

    def _ask(self, draft: Draft, key: str | None) -> Posted:
        fund = self.ledger.funds.get(self.fund).state
        cause = self.ledger.cause("post", draft, key=key)
        keyed = replace(draft, key=key_of(cause))
        return post_entry(
            lambda _: keyed, fund=fund, cause=cause, books=self.ledger.books, clock=self.ledger.clock, attempts=5
        )

    def _ask_reversal(self, entry: Entry) -> Posted:
        command = ReverseEntry(fund_id=self.fund, entry_id=entry.entry_id, reason="a mistake")
        return reverse_entry(
            command,
            cause=self.ledger.cause("reverse_entry", command),
            funds=self.ledger.funds,
            books=self.ledger.books,
            clock=self.ledger.clock,
            attempts=5,
        )


def _of(draft: Draft, amount: int) -> Draft:
    legs = tuple(
        replace(leg, amount=type(leg.amount)(amount if leg.amount.amount > 0 else -amount)) for leg in draft.legs
    )
    return replace(draft, legs=legs)


def _days_before(draft: Draft, days: int) -> Draft:
    return replace(draft, effective_on=TODAY - timedelta(days=days))


BookMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestBook = BookMachine.TestCase
