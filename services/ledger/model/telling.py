"""What a posted block tells the other services: one event on the `journal` stream for each entry, ids and amounts
only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services.ledger.model.blocks import Block
from services.ledger.model.chart import allocations_in
from services.ledger.model.entries import Entry, EntryType
from services.ledger.model.funds import Fund
from services.ledger.model.moving import transfer_of
from shared.events.language import Event
from shared.events.ledger import (
    ContributionInvoiced,
    EntryReversed,
    FeeAccrued,
    FundBookClosed,
    FundFunded,
    FundReturned,
    MoneyAllocated,
    MoneyMovedIn,
    MoneyMovedOut,
    MoneyReleased,
    ReservationResolved,
    SpendPosted,
    SpendReserved,
)
from shared.money import Pence

Tell = Callable[[Entry, Fund, Pence], Event]


def events_of(block: Block, fund: Fund) -> list[Event]:
    """The block's events, in the order of its entries."""
    after = zip(block.entries, block.in_hand_after, strict=True)
    return [_TELL[entry.type](entry, fund, in_hand) for entry, in_hand in after]


def _funded(entry: Entry, fund: Fund, after: Pence) -> Event:
    return FundFunded(
        fund_id=fund.fund_id,
        person_id=fund.person_id,
        entry_id=entry.entry_id,
        amount_pence=entry.amount.amount,
        balance_pence=after.amount,
        effective_on=entry.effective_on,
    )


def _returned(entry: Entry, fund: Fund, after: Pence) -> Event:
    return FundReturned(
        fund_id=fund.fund_id,
        person_id=fund.person_id,
        entry_id=entry.entry_id,
        amount_pence=entry.amount.amount,
        balance_pence=after.amount,
        effective_on=entry.effective_on,
    )


def _spent(entry: Entry, fund: Fund, after: Pence) -> Event:
    return SpendPosted(
        fund_id=fund.fund_id,
        person_id=fund.person_id,
        entry_id=entry.entry_id,
        amount_pence=entry.amount.amount,
        balance_pence=after.amount,
        effective_on=entry.effective_on,
        payee_id=_payee(entry),
    )


def _allocated(entry: Entry, fund: Fund, after: Pence) -> Event:
    return MoneyAllocated(
        fund_id=fund.fund_id,
        person_id=fund.person_id,
        entry_id=entry.entry_id,
        purpose=_purpose(entry),
        amount_pence=entry.amount.amount,
        balance_pence=after.amount,
    )


def _released(entry: Entry, fund: Fund, after: Pence) -> Event:
    return MoneyReleased(
        fund_id=fund.fund_id,
        person_id=fund.person_id,
        entry_id=entry.entry_id,
        purpose=_purpose(entry),
        amount_pence=entry.amount.amount,
        balance_pence=after.amount,
    )


def _purpose(entry: Entry) -> str:
    return next(iter(allocations_in({posting.account: posting.amount for posting in entry.postings})))


def _reserved(entry: Entry, fund: Fund, after: Pence) -> Event:
    return SpendReserved(
        fund_id=fund.fund_id,
        person_id=fund.person_id,
        entry_id=entry.entry_id,
        amount_pence=entry.amount.amount,
        balance_pence=after.amount,
        expires_on=entry.draft.expires_on,
        payee_id=_payee(entry),
    )


def _resolved(how: str) -> Tell:
    def tell(entry: Entry, fund: Fund, after: Pence) -> Event:
        return ReservationResolved(
            fund_id=fund.fund_id,
            entry_id=entry.entry_id,
            reserved_entry_id=entry.draft.resolves or "",
            how=how,
            amount_pence=entry.amount.amount,
            balance_pence=after.amount,
        )

    return tell


def _contribution(entry: Entry, fund: Fund, after: Pence) -> Event:
    return ContributionInvoiced(
        fund_id=fund.fund_id,
        person_id=fund.person_id,
        entry_id=entry.entry_id,
        amount_pence=entry.amount.amount,
        from_on=entry.draft.period.from_on if entry.draft.period else None,
        to_on=entry.draft.period.to_on if entry.draft.period else None,
    )


def _fee(entry: Entry, fund: Fund, after: Pence) -> Event:
    return FeeAccrued(
        fund_id=fund.fund_id,
        provider_id=fund.provider_id,
        entry_id=entry.entry_id,
        amount_pence=entry.amount.amount,
        balance_pence=after.amount,
        from_on=entry.draft.period.from_on if entry.draft.period else None,
        to_on=entry.draft.period.to_on if entry.draft.period else None,
    )


def _reversed(entry: Entry, fund: Fund, after: Pence) -> Event:
    return EntryReversed(
        fund_id=fund.fund_id,
        entry_id=entry.entry_id,
        reversed_entry_id=entry.draft.reverses or "",
        balance_pence=after.amount,
    )


def _ended(entry: Entry, fund: Fund, after: Pence) -> Event:
    return FundBookClosed(fund_id=fund.fund_id, entry_id=entry.entry_id)


def _moved(event: type[MoneyMovedOut | MoneyMovedIn]) -> Tell:
    def tell(entry: Entry, fund: Fund, after: Pence) -> Event:
        return event(
            fund_id=fund.fund_id,
            person_id=fund.person_id,
            entry_id=entry.entry_id,
            transfer_id=transfer_of(entry) or "",
            amount_pence=entry.amount.amount,
            balance_pence=after.amount,
        )

    return tell


def _payee(entry: Entry) -> str | None:
    return entry.draft.purpose.payee_id if entry.draft.purpose else None


_TELL: Mapping[EntryType, Tell] = {
    "payment-in": _funded,
    "spend": _spent,
    "reserve": _reserved,
    "allocate": _allocated,
    "release": _released,
    "post-reserved": _resolved("posted"),
    "void-reservation": _resolved("voided"),
    "expire-reservation": _resolved("expired"),
    "moved-out": _moved(MoneyMovedOut),
    "moved-in": _moved(MoneyMovedIn),
    "contribution": _contribution,
    "fee": _fee,
    "reversal": _reversed,
    "return": _returned,
    "closing": _ended,
}
