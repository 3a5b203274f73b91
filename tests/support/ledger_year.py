"""A generated year of funds, block by block: payments, spends, bookings, corrections, late entries, moves and endings."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.ledger.model.blocks import Block, Head, digest, next_block
from services.ledger.model.chart import allocated_account
from services.ledger.model.entries import (
    Draft,
    Entry,
    EntryType,
    Purpose,
    allocated,
    paid_in,
    released,
    set_aside,
    spent,
    undone,
)
from services.ledger.model.funds import Fund
from services.ledger.model.moving import moved_in, moved_out
from services.ledger.model.reservations import freed, paid_from
from shared.money import Pence

FIRST = date(2026, 4, 1)
DAYS = 365
PAYEES = ("payee-pool", "payee-taxi", "pa:0009", "pa.0009", "pa_0009")
"""Some that another program's names of accounts would spell alike."""
PURPOSES = ("outcome-fit", "outcome-home")


@dataclass
class _Year:
    book: str
    chance: random.Random
    head: Head
    blocks: list[Block] = field(default_factory=list)
    open: list[Entry] = field(default_factory=list)
    spends: list[Entry] = field(default_factory=list)

    def post(self, day: date, *drafts: Draft) -> Block:
        at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC) + timedelta(seconds=self.chance.randrange(3600))
        block = next_block(self.head, drafts, council_id="sample-council", actor_id="officer-0001", recorded_at=at)
        self.blocks.append(block)
        self.head = Head(
            book=self.book, number=block.number, hash=block.hash, sequence=block.sequence, balances=block.balances
        )
        return block

    def live(self, day: date) -> None:
        """What happens on one day."""
        if (day - FIRST).days % 28 == 0:
            self.post(day, _draft("payment-in", paid_in(Pence(40000)), day))
        if self.head.free.amount and self.chance.random() < 0.35:
            self._use(day)
        if self.open and self.chance.random() < 0.2:
            self._resolve(day)
        if self.chance.random() < 0.05:
            self._set_aside(day)
        if self.spends and self.chance.random() < 0.02:
            wrong = self.spends.pop(self.chance.randrange(len(self.spends)))
            self.post(day, replace(_draft("reversal", undone(wrong), day), reverses=wrong.entry_id))

    def _use(self, day: date) -> None:
        amount = Pence(self.chance.randint(1, min(self.head.free.amount, 5000)))
        late = day - timedelta(days=self.chance.choice((0, 0, 0, 3, 20)))
        payee = self.chance.choice(PAYEES)
        purpose = Purpose(category="activity", payee_id=payee)
        if self.chance.random() < 0.3:
            draft = replace(_draft("reserve", set_aside(amount), day), purpose=purpose)
            self.open.append(self.post(day, draft).entries[0])
            return
        draft = replace(_draft("spend", spent(amount, payee), late), purpose=purpose)
        self.spends.append(self.post(day, draft).entries[0])

    def _set_aside(self, day: date) -> None:
        """Money is set aside for an outcome, spent on it, or free again."""
        purpose = self.chance.choice(PURPOSES)
        held = self.head.balances.get(allocated_account(purpose), Pence(0)).amount
        if not held:
            if self.head.free.amount:
                amount = Pence(self.chance.randint(1, self.head.free.amount))
                self.post(day, _draft("allocate", allocated(amount, purpose), day))
            return
        amount = Pence(self.chance.randint(1, held))
        if self.chance.random() < 0.5:
            self.post(day, _draft("release", released(amount, purpose), day))
            return
        payee = self.chance.choice(PAYEES)
        draft = _draft("spend", spent(amount, payee, purpose=purpose), day)
        self.post(day, replace(draft, purpose=Purpose(category="activity", payee_id=payee, outcome_id=purpose)))

    def _resolve(self, day: date) -> None:
        reserved = self.open.pop(0)
        ways: tuple[EntryType, ...] = ("post-reserved", "void-reservation", "expire-reservation")
        how = self.chance.choice(ways)
        if how != "post-reserved":
            self.post(day, freed(reserved, how, effective_on=day))
            return
        part = Pence(self.chance.randint(1, reserved.amount.amount))
        drafts = paid_from(reserved, part, effective_on=day, today=day, reference="", evidence="", key=None)
        self.spends.append(self.post(day, *drafts).entries[1])


def a_year_of(funds: int, *, seed: int = 7) -> Iterator[Mapping[str, Any]]:
    """The stored blocks of so many funds, book by book."""
    for number in range(1, funds + 1):
        book = f"fund-{number:04d}"
        year = _Year(book=book, chance=random.Random(f"{seed}/{number}"), head=Head(book=book))
        for day in range(DAYS):
            year.live(FIRST + timedelta(days=day))
        yield from (_stored(block) for block in year.blocks)
        if number == 1:
            yield from _moved(year)


def _moved(year: _Year) -> Iterator[Mapping[str, Any]]:
    """The year's end of one fund: what it holds goes to another provider's."""
    day = FIRST + timedelta(days=DAYS)
    before = len(year.blocks)
    for reserved in year.open:
        year.post(day, freed(reserved, "void-reservation", effective_on=day))
    fund = Fund(
        fund_id=year.book,
        council_id="sample-council",
        person_id="person-0001",
        provider_id="provider-0001",
        weekly_budget=Pence(10000),
        opened_on=FIRST,
        starts_on=FIRST,
        policy_version="pack/1",
    )
    held = year.head.in_hand
    year.post(day, *moved_out(fund, year.head, "transfer-1", effective_on=day, reason="", key=None))
    other = _Year(book="fund-moved-0001", chance=year.chance, head=Head(book="fund-moved-0001"))
    other.post(day, moved_in(fund, held, "transfer-1", effective_on=day, reason="", key=None))
    yield from (_stored(block) for block in [*year.blocks[before:], *other.blocks])


def _stored(block: Block) -> Mapping[str, Any]:
    stored = block.as_json()
    return stored | {"_id": block.block_id, "version": 1, "hash": digest(stored)}


def _draft(type: Any, legs: Any, day: date) -> Draft:
    return Draft(type=type, legs=legs, effective_on=day, policy_version="pack/1")
