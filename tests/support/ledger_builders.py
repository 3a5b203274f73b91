"""Builders for the ledger: a ledger over memory, funds, entries and stored blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.ledger.handlers.allocations import allocate_money, release_money
from services.ledger.handlers.closing import close_fund, closing
from services.ledger.handlers.corrections import reverse_entry
from services.ledger.handlers.funds import agree_plan, open_fund
from services.ledger.handlers.history import import_history
from services.ledger.handlers.moving import move_fund, moving
from services.ledger.handlers.payments import take_payment_in
from services.ledger.handlers.posting import post_entry
from services.ledger.handlers.reservations import (
    expire_reservations,
    post_reserved,
    reserve_spend,
    void_reservation,
)
from services.ledger.handlers.sealing import Sealing, seal_again, seal_books
from services.ledger.handlers.spending import SpendAnswer, request_spend
from services.ledger.model.blocks import Block, Head, Posted, block_id_prefix
from services.ledger.model.commands import (
    AgreePlan,
    AllocateMoney,
    CloseFund,
    MoveFund,
    OpenFund,
    PostReserved,
    ReleaseMoney,
    RequestSpend,
    ReverseEntry,
    TakePaymentIn,
    VoidReservation,
)
from services.ledger.model.entries import Draft, Key, paid_in, spent
from services.ledger.model.funds import Fund, HouseholdMember, PlanLine
from services.ledger.model.history import ImportHistory, PastEntry
from services.ledger.model.holds import PayeeHold
from services.ledger.model.payments import PaymentTaken
from services.ledger.model.refusals import RefusedSpend
from services.ledger.model.reservations import Expiries
from services.ledger.model.seals import Seal
from services.ledger.model.spending import SpendRequest
from services.ledger.policy import PackFundPolicies
from services.ledger.ports import FundPolicies
from services.ledger.store import (
    BLOCKS,
    EXPIRIES,
    EXPIRIES_DUE,
    EXPIRIES_OF_FUND,
    FUND,
    FUNDS,
    PAYEE_HOLD,
    PAYEE_HOLDS,
    REFUSED_SPEND,
    REFUSED_SPENDS,
    SEAL,
    SEAL_PAGES,
    SEALS,
    SEALS_DUE,
    StoredBooks,
    StoredHolds,
    StoredLeaves,
)
from services.ledger.store.funds import every_fund_id
from services.ledger.store.proving import every
from services.ledger.store.seals import newest_seals, seal_with_key
from services.ledger.store.standing_payments import STANDING_PAYMENTS, FoldedPayments
from shared.context import Caller
from shared.messaging.aggregates import Aggregates, Stored
from shared.messaging.cause import Cause, of_command
from shared.messaging.processes import PROCESSES, PROCESSES_DUE, PROGRESS, Processes
from shared.messaging.scheduling import DueWork
from shared.money import Pence, parse_pounds
from shared.policy.policies import Policies
from shared.store.documents import Collection, Document, Prefix, Store
from tests.support.documents import InMemoryDocuments, InMemoryStore
from tests.support.scheduling import LEASE_SECONDS, a_scheduler

COUNCIL = "cambridgeshire-peterborough"
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TODAY = MONDAY.date()
ATTEMPTS = 5
ANY_ID = "fund-0007"


@dataclass
class SteppingClock:
    """A clock that a test sets, a millisecond later at every asking so that instants differ."""

    at: datetime = MONDAY

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


def pounds(text: str) -> Pence:
    """ "12.50" as pence."""
    return parse_pounds(text)


def a_caller(**changes: Any) -> Caller:
    """A finance officer of the council, unless changed."""
    return replace(
        Caller(actor_id="officer-0001", roles=("finance_officer",), councils=(COUNCIL,), correlation_id="cor-0001"),
        **changes,
    )


def a_fund(**changes: Any) -> Fund:
    """A fund of £100.00 a week, opened today."""
    fund = Fund(
        fund_id=ANY_ID,
        council_id=COUNCIL,
        person_id="person-0007",
        provider_id="provider-0003",
        weekly_budget=pounds("100.00"),
        opened_on=TODAY,
        starts_on=TODAY,
        policy_version="cambridgeshire-peterborough/2022-04-01",
    )
    return replace(fund, **changes)


def a_plan_line(**changes: Any) -> PlanLine:
    """Swimming, for the outcome of being fit."""
    line = PlanLine(line_id="line-1", outcome_id="outcome-fit", category="activity", weekly_cost=pounds("30.00"))
    return replace(line, **changes)


def a_spend(**changes: Any) -> SpendRequest:
    """£12.50 to a swimming pool, for an outcome of the plan."""
    request = SpendRequest(
        amount=pounds("12.50"),
        category="activity",
        payee_id="payee-pool",
        effective_on=TODAY,
        outcome_id="outcome-fit",
    )
    return replace(request, **changes)


def a_payment_draft(amount: str = "400.00", **changes: Any) -> Draft:
    """The council's money coming in."""
    draft = Draft(type="payment-in", legs=paid_in(pounds(amount)), effective_on=TODAY, policy_version="pack/1")
    return replace(draft, **changes)


def a_spend_draft(amount: str = "12.50", payee_id: str = "payee-pool", **changes: Any) -> Draft:
    """The fund paying a payee."""
    draft = Draft(type="spend", legs=spent(pounds(amount), payee_id), effective_on=TODAY, policy_version="pack/1")
    return replace(draft, **changes)


def a_key(name: str, input: str = "same") -> Key:
    """An idempotency key with its input's hash."""
    return Key(key=f"key-{name}", input=input)


@dataclass(kw_only=True)
class Ledger:
    """Every use case of the ledger over one store, with the council's own policy pack."""

    store: Store = field(default_factory=InMemoryStore)
    clock: SteppingClock = field(default_factory=SteppingClock)
    policies: FundPolicies = field(default_factory=lambda: PackFundPolicies(policies=Policies.load()))
    attempts: int = ATTEMPTS
    nudged: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        nudge = self._nudge
        documents, clock = self.store.documents, self.clock
        self.blocks = documents(BLOCKS)
        self.books = self._books()
        self.funds: Aggregates[Fund] = Aggregates(documents=documents(FUNDS), kind=FUND, clock=clock, nudge=nudge)
        self.refusals: Aggregates[RefusedSpend] = Aggregates(
            documents=documents(REFUSED_SPENDS), kind=REFUSED_SPEND, clock=clock, nudge=nudge
        )
        self.holds: Aggregates[PayeeHold] = Aggregates(
            documents=documents(PAYEE_HOLDS), kind=PAYEE_HOLD, clock=clock, nudge=nudge
        )
        self.expiries: Aggregates[Expiries] = Aggregates(
            documents=documents(EXPIRIES), kind=EXPIRIES_OF_FUND, clock=clock, nudge=nudge
        )
        self.payee_holds = StoredHolds(documents=documents(PAYEE_HOLDS), clock=clock)
        self.kinds = [
            closing(funds=self.funds, books=self.books, clock=clock, attempts=self.attempts),
            moving(funds=self.funds, books=self.books, clock=clock, attempts=self.attempts),
        ]
        self.processes = Processes(
            records=Aggregates(documents=documents(PROCESSES), kind=PROGRESS, clock=clock, nudge=nudge),
            kinds=self.kinds,
            clock=clock,
            lease_seconds=LEASE_SECONDS,
            retry_after_seconds=(10.0,),
        )

        self.seals: Aggregates[Seal] = Aggregates(documents=documents(SEALS), kind=SEAL, clock=clock, nudge=nudge)
        self.sealing = Sealing(
            seals=self.seals,
            leaves=StoredLeaves(documents(SEAL_PAGES)),
            newest=lambda: newest_seals(self.seals),
            with_key=lambda key: seal_with_key(key, seals=self.seals),
            fund_ids=lambda: every_fund_id(self.funds),
            books=self.books,
            clock=clock,
            hours=24,
        )

    def _books(self) -> StoredBooks:
        kept = self.store.documents(STANDING_PAYMENTS)
        payments = FoldedPayments(blocks=self.blocks, kept=kept, kept_after=1)
        return StoredBooks(documents=self.blocks, clock=self.clock, nudge=self._nudge, payments=payments)

    def _nudge(self, document: Document) -> None:
        self.nudged.append(document["_id"])

    @property
    def memory(self) -> InMemoryDocuments:
        """The blocks, where a test may plan interruptions and rivals."""
        return self.memory_of(BLOCKS)

    def memory_of(self, collection: Collection) -> InMemoryDocuments:
        """A collection, where a test may look and plan."""
        documents = self.store.documents(collection)
        assert isinstance(documents, InMemoryDocuments)
        return documents

    def cause(self, operation: str, asked: Any, *, key: str | None = None, caller: Caller | None = None) -> Cause:
        """The cause behind a command, as the service class makes it."""
        who = caller or a_caller()
        return of_command(operation, {"asked": repr(asked)}, replace(who, idempotency_key=key).as_dict())

    def open(self, *, key: str | None = None, caller: Caller | None = None, **changes: Any) -> Stored[Fund]:
        """Opens a fund of £100.00 a week."""
        command = replace(
            OpenFund(
                council_id=COUNCIL,
                person_id="person-0007",
                provider_id="provider-0003",
                weekly_budget=pounds("100.00"),
                starts_on=TODAY,
            ),
            **changes,
        )
        cause = self.cause("open_fund", command, key=key, caller=caller)
        return open_fund(command, cause=cause, funds=self.funds, policies=self.policies, clock=self.clock)

    def agree(self, fund_id: str, *lines: PlanLine, caller: Caller | None = None, written_by: str = "") -> Stored[Fund]:
        """A social worker agrees a plan that the provider wrote."""
        command = AgreePlan(
            fund_id=fund_id, written_by=written_by or "provider-staff-0001", lines=lines or (a_plan_line(),)
        )
        social_worker = caller or a_caller(actor_id="social-worker-0001", roles=("social_worker",))
        cause = self.cause("agree_plan", command, caller=social_worker)
        return agree_plan(command, cause=cause, funds=self.funds, policies=self.policies, clock=self.clock)

    def open_with_plan(self, *lines: PlanLine, **changes: Any) -> str:
        """The id of an open fund with an agreed plan."""
        fund_id = self.open(**changes).id
        self.agree(fund_id, *lines)
        return fund_id

    def open_and_funded(self, *, household: tuple[HouseholdMember, ...] = ()) -> str:
        """The id of a fund with an agreed plan and its first four weeks' money."""
        fund_id = self.open_with_plan(household=household)
        self.pay_in(fund_id)
        return fund_id

    def pay_in(self, fund_id: str, *, key: str | None = None, caller: Caller | None = None, **how: Any) -> PaymentTaken:
        """A payment in, of what is due unless said otherwise."""
        command = TakePaymentIn(fund_id=fund_id, **how)
        return take_payment_in(
            command,
            cause=self.cause("take_payment_in", command, key=key, caller=caller),
            funds=self.funds,
            books=self.books,
            policies=self.policies,
            clock=self.clock,
            attempts=self.attempts,
        )

    def spend(
        self, fund_id: str, *, key: str | None = None, caller: Caller | None = None, **changes: Any
    ) -> SpendAnswer:
        """Asks for a spend."""
        return self.ask(RequestSpend(fund_id=fund_id, spend=a_spend(**changes)), key=key, caller=caller)

    def ask(self, command: RequestSpend, *, key: str | None = None, caller: Caller | None = None) -> SpendAnswer:
        """Asks for this very spend."""
        return request_spend(
            command,
            cause=self.cause("request_spend", command, key=key, caller=caller),
            funds=self.funds,
            books=self.books,
            refusals=self.refusals,
            holds=self.payee_holds,
            policies=self.policies,
            clock=self.clock,
            attempts=self.attempts,
        )

    def reserve(
        self, fund_id: str, *, key: str | None = None, until: date | None = None, **changes: Any
    ) -> SpendAnswer:
        """Asks for money to be set aside, until the day given or today."""
        command = RequestSpend(fund_id=fund_id, spend=a_spend(**changes), reserve_until=until or TODAY)
        return reserve_spend(
            command,
            cause=self.cause("reserve_spend", command, key=key),
            funds=self.funds,
            books=self.books,
            expiries=self.expiries,
            refusals=self.refusals,
            holds=self.payee_holds,
            policies=self.policies,
            clock=self.clock,
            attempts=self.attempts,
        )

    def reserved(self, fund_id: str, amount: str = "12.50", **how: Any) -> str:
        """The id of a reservation."""
        posted = self.reserve(fund_id, amount=pounds(amount), **how).posted
        assert posted is not None
        return posted.entry.entry_id

    def allocate(
        self, fund_id: str, amount: str = "50.00", *, purpose: str = "outcome-fit", key: str | None = None
    ) -> Posted:
        """Sets money aside for an outcome of the plan."""
        command = AllocateMoney(fund_id=fund_id, purpose=purpose, amount=pounds(amount))
        return allocate_money(
            command,
            cause=self.cause("allocate_money", command, key=key),
            funds=self.funds,
            books=self.books,
            policies=self.policies,
            clock=self.clock,
            attempts=self.attempts,
        )

    def release(
        self, fund_id: str, amount: str | None = None, *, purpose: str = "outcome-fit", key: str | None = None
    ) -> Posted:
        """Has what is set aside free again, all of it unless an amount is given."""
        command = ReleaseMoney(fund_id=fund_id, purpose=purpose, amount=pounds(amount) if amount else None)
        return release_money(
            command,
            cause=self.cause("release_money", command, key=key),
            funds=self.funds,
            books=self.books,
            policies=self.policies,
            clock=self.clock,
            attempts=self.attempts,
        )

    def pay_reserved(
        self,
        fund_id: str,
        entry_id: str,
        *,
        amount: Pence | None = None,
        key: str | None = None,
        on: date | None = None,
    ) -> Posted:
        """Pays a reservation."""
        command = PostReserved(fund_id=fund_id, entry_id=entry_id, amount=amount, effective_on=on)
        return post_reserved(
            command,
            cause=self.cause("post_reserved", command, key=key),
            funds=self.funds,
            books=self.books,
            holds=self.payee_holds,
            clock=self.clock,
            attempts=self.attempts,
        )

    def void(self, fund_id: str, entry_id: str, *, key: str | None = None) -> Posted:
        """Calls a reservation off."""
        command = VoidReservation(fund_id=fund_id, entry_id=entry_id, reason="cancelled")
        return void_reservation(
            command,
            cause=self.cause("void_reservation", command, key=key),
            funds=self.funds,
            books=self.books,
            clock=self.clock,
            attempts=self.attempts,
        )

    def expire(self, fund_id: str) -> None:
        """What is done for a fund whose reservations fall due."""
        expire_reservations(
            fund_id,
            funds=self.funds,
            books=self.books,
            expiries=self.expiries,
            clock=self.clock,
            attempts=self.attempts,
        )

    def sweep_reservations(self) -> int:
        """One sweep of the service over what may have run out."""
        work = DueWork(due=EXPIRIES_DUE, documents=self.store.documents(EXPIRIES), do=self.expire)
        return a_scheduler(self.clock).sweep(work)

    def reverse(self, fund_id: str, entry_id: str, *, key: str | None = None, on: date | None = None) -> Posted:
        """Reverses an entry."""
        command = ReverseEntry(fund_id=fund_id, entry_id=entry_id, reason="paid twice", effective_on=on)
        return reverse_entry(
            command,
            cause=self.cause("reverse_entry", command, key=key),
            funds=self.funds,
            books=self.books,
            clock=self.clock,
            attempts=self.attempts,
        )

    def sweep(self) -> None:
        """One sweep of the service over its processes."""
        work = DueWork(due=PROCESSES_DUE, documents=self.store.documents(PROCESSES), do=self.processes.go_on)
        a_scheduler(self.clock).sweep(work)

    def close(self, fund_id: str, *, key: str | None = None, expected_version: int | None = None) -> Stored[Fund]:
        """Closes a fund."""
        command = CloseFund(fund_id=fund_id)
        return close_fund(
            command,
            cause=replace(self.cause("close_fund", command, key=key), expected_version=expected_version),
            funds=self.funds,
            books=self.books,
            processes=self.processes,
        )

    def move(self, fund_id: str, *, key: str | None = None, **how: Any) -> Stored[Fund]:
        """Moves a fund, to another provider unless said otherwise."""
        to = how or {"to_provider_id": "provider-0004", "starts_on": TODAY}
        command = MoveFund(fund_id=fund_id, reason="changed provider", **to)
        return move_fund(
            command,
            cause=self.cause("move_fund", command, key=key),
            funds=self.funds,
            books=self.books,
            policies=self.policies,
            processes=self.processes,
            clock=self.clock,
        )

    def seal(self, *, key: str | None = None) -> Seal:
        """Seals all books."""
        return seal_books(cause=self.cause("make_seal", None, key=key), desk=self.sealing)

    def sweep_seals(self) -> int:
        """One sweep of the service over seals."""
        work = DueWork(
            due=SEALS_DUE, documents=self.store.documents(SEALS), do=lambda id: seal_again(id, desk=self.sealing)
        )
        return a_scheduler(self.clock).sweep(work)

    def bring_in(self, fund_id: str, *entries: PastEntry, key: str | None = None) -> Block:
        """Imports earlier entries."""
        command = ImportHistory(fund_id=fund_id, source="earlier-system", entries=entries)
        return import_history(
            command,
            cause=self.cause("import_history", command, key=key),
            funds=self.funds,
            books=self.books,
            clock=self.clock,
            attempts=self.attempts,
        )

    def post(self, draft: Draft, *, fund: Fund | None = None) -> Posted:
        """Posts a draft as it is, past every rule but the book's own."""
        return post_entry(
            lambda _: draft,
            fund=fund or a_fund(),
            cause=self.cause("post_entry", draft),
            books=self.books,
            clock=self.clock,
            attempts=self.attempts,
        )

    def head(self, fund_id: str) -> Head:
        """Where the book stands."""
        return self.books.head(fund_id)

    def stored(self, fund_id: str) -> list[dict[str, Any]]:
        """The book's blocks as stored."""
        return list(every(self.blocks, Prefix(path="_id", start=block_id_prefix(fund_id))))

    def told(self, fund_id: str) -> list[Mapping[str, Any]]:
        """The events of the book's blocks that wait to be published, in order."""
        return [envelope for document in self.stored(fund_id) for envelope in document["outbox"]]
