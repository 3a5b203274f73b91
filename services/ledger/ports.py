"""What the ledger's use cases need of the world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from services.ledger.model.blocks import Block, Head, Posted
from services.ledger.model.entries import Entry
from services.ledger.model.evidence import EntryEvidence
from services.ledger.model.funds import Fund
from services.ledger.model.payment_details import PaymentDetails
from services.ledger.model.payment_runs import RunPage
from services.ledger.model.payments import PaymentTerms
from services.ledger.model.reconciliation import FundLine
from services.ledger.model.spend_rules import SpendRules
from services.ledger.model.standing_payments import StandingPayments
from services.ledger.model.statements import Tail
from services.ledger.model.surplus import SurplusTerms
from shared.events.language import Event
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause
from shared.money import Pence
from shared.policy.clocks import Deadline
from shared.policy.pack import PolicyPack
from shared.policy.running import RunningClock


class HeadMoved(Exception):
    """Another writer's block stands where this one would, or holds one of its keys: read again and decide again."""


@dataclass(frozen=True, kw_only=True)
class EntryPage:
    """Some entries of a book, the newest block first, and the cursor for the following ones."""

    items: list[Posted]
    next: str | None


class Books(Protocol):
    """Every fund's book: blocks that are added and read, never changed. All methods may raise `StoreAway`."""

    def head(self, fund_id: str) -> Head:
        """Where the book stands; an empty head for a book without blocks."""
        ...

    def head_to_build_on(self, fund_id: str) -> Head:
        """The block that was the book's last when this process looked, else its head: for building the next block on.

        `append` refuses a block built on an old head; nothing else may be concluded from one.
        """
        ...

    def heads_to_build_on(self, numbers: Mapping[str, int | None]) -> Mapping[str, Head]:
        """Such heads of many books in one question, given at which number each may stand (`None`: not known)."""
        ...

    def append(self, block: Block, events: Sequence[Event], *, cause: Cause) -> None:
        """Adds the block with its events (one for each entry) in one write. Raises `HeadMoved`; then nothing is
        written.
        """
        ...

    def append_many(self, blocks: Sequence[tuple[Block, Sequence[Event], Cause]]) -> list[bool]:
        """Adds blocks of different books in one trip, each on its own; for each whether it was the next one."""
        ...

    def block_with_key(self, key: str) -> Block | None:
        """The block in which this idempotency key was used, in whichever book."""
        ...

    def entry(self, entry_id: str) -> Entry | None:
        """The entry, or `None`."""
        ...

    def reversal_of(self, entry_id: str) -> Entry | None:
        """The entry that reverses this one, or `None`."""
        ...

    def resolution_of(self, entry_id: str) -> Entry | None:
        """The entry that resolves this reservation, or `None`."""
        ...

    def entries(self, fund_id: str, *, after: int = 0, up_to: int | None = None) -> Iterator[Entry]:
        """The book's entries in the order they were posted, of the blocks after one number and up to another."""
        ...

    def tail(self, fund_id: str, *, since: datetime | None, up_to: int | None = None) -> Tail:
        """The book's entries from the first block on that was posted since an instant, and the balances before them.

        All entries without an instant; of the blocks up to a number if that is given.
        """
        ...

    def standing_payments(self, fund_id: str) -> StandingPayments:
        """The payments in that stand, and the last block they were read up to. Raises `BookBroken`."""
        ...

    def standing_payments_of(self, fund_ids: Sequence[str]) -> Mapping[str, StandingPayments]:
        """Those of many books, kept so that the next time later blocks only are read. Raises `BookBroken`."""
        ...

    def page(self, fund_id: str, *, after: str | None, limit: int) -> EntryPage:
        """The entries of `limit` blocks, the newest first."""
        ...

    def stored_blocks(self, fund_id: str) -> Iterator[Mapping[str, Any]]:
        """The blocks exactly as stored, for proof; an instant may come as the text that is hashed."""
        ...


class RunPages(Protocol):
    """The pages of payment runs. All methods may raise `StoreAway`."""

    def keep(self, page: RunPage, *, council_id: str) -> RunPage:
        """Adds the page; one that is there already stays, and is given."""
        ...

    def get(self, run_id: str, number: int) -> RunPage:
        """The page. Raises `NotFound`."""
        ...

    def settle(self, page: RunPage) -> RunPage:
        """Writes down what became of the page's lines; what was written before stays, and is given."""
        ...

    def of_run(self, run_id: str, *, first: int = 1) -> Iterator[RunPage]:
        """The run's pages from this one on, by number."""
        ...


class FundList(Protocol):
    """A council's funds, and where their payments go."""

    def page(self, council_id: str, *, after: str | None, limit: int) -> tuple[list[Fund], str | None]:
        """Some of the council's funds by id, and the cursor for the following ones."""
        ...

    def details_of(self, fund_ids: Sequence[str]) -> Mapping[str, PaymentDetails]:
        """The payment details of those of these funds that have any."""
        ...

    def named(self, fund_ids: Sequence[str]) -> Mapping[str, Fund]:
        """These funds by id."""
        ...


class BankLines(Protocol):
    """Funds' bank lines. All methods may raise `StoreAway`."""

    def add(self, lines: Sequence[FundLine], *, council_id: str) -> int:
        """Adds those that are not there yet; how many that were."""
        ...

    def get(self, line_id: str) -> tuple[FundLine, int]:
        """The line and its version. Raises `NotFound`."""
        ...

    def of_fund(self, fund_id: str) -> Iterator[FundLine]:
        """Every line of the fund."""
        ...

    def page(
        self, fund_id: str, *, status: str | None, after: str | None, limit: int
    ) -> tuple[list[tuple[FundLine, int]], str | None]:
        """Some of the fund's lines with their versions, the newest first."""
        ...

    def settle(self, line: FundLine, *, version: int, council_id: str) -> None:
        """Writes the line over this version. Raises `LineChanged`, `EntryMatched`."""
        ...

    def settle_many(self, lines: Sequence[FundLine], *, council_id: str) -> int:
        """Writes lines, each on its own where nothing stands against it; how many were written."""
        ...


class Accounts(Protocol):
    """Whose account a statement tells of."""

    def funds_with(self, account: str, *, council_ids: Sequence[str]) -> list[str]:
        """The funds of these councils whose payments go there."""
        ...

    def of_fund(self, fund_id: str) -> str:
        """The fund's account as statements name it, or nothing."""
        ...


class PayeeHolds(Protocol):
    """Who may not be paid at present; never why."""

    def held_among(self, party_ids: Iterable[str]) -> frozenset[str]:
        """Those of these parties that are on hold now."""
        ...


class EvidenceOfFund(Protocol):
    """What was attached to entries after they were posted."""

    def of_fund(self, fund_id: str) -> list[Stored[EntryEvidence]]:
        """Everything attached to entries of this fund."""
        ...


class FundPolicies(Protocol):
    """What the council's policy in force on a day says of funds. All raise `PolicyIncomplete` for what it leaves open."""

    def pack(self, council_id: str, on: date) -> PolicyPack:
        """The pack itself. Raises `UnknownCouncil`."""
        ...

    def reckon(self, policy_version: str, clock: str, started_at: datetime, occurrence: int) -> Deadline:
        """When a clock falls due for the first, second ... time, under this version."""
        ...

    def spend_rules(self, council_id: str, on: date) -> SpendRules: ...

    def payment_terms(self, council_id: str, on: date) -> PaymentTerms: ...


class LifeRules(Protocol):
    """What the council's policy says of a fund's life; see `services.ledger.life_rules`."""

    def version(self, council_id: str, on: date) -> str: ...

    def rows(self, council_id: str, name: str, on: date) -> tuple[Mapping[str, Any], ...]: ...

    def is_so(self, council_id: str, name: str, on: date) -> bool: ...

    def number(self, council_id: str, name: str, on: date) -> int: ...

    def clause(self, council_id: str, name: str, on: date) -> str: ...

    def surplus_terms(self, council_id: str, on: date) -> SurplusTerms: ...

    def average_rate(self, council_id: str, service_model: str, unit: str, on: date) -> Pence | None: ...

    def clocks(
        self,
        council_id: str,
        names: Sequence[str],
        *,
        record_id: str,
        started_at: datetime,
        started_on: date | None = None,
        occurrence: int = 1,
    ) -> tuple[RunningClock, ...]: ...
