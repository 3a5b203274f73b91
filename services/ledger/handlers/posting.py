"""How an entry gets onto a book.

Optimistic: take the head, decide against it, add the next block. Whoever comes second finds the place taken, reads
again and decides again, so that a limit is always checked against the balance it is about. The first try builds on the
block that was the last one when this process looked; what is refused there is decided again of the book's head. A
repeat of a command finds its key in the book and gets its first answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from services.ledger.errors import BookBusy
from services.ledger.model.blocks import Block, Head, Posted, next_block, posted_at
from services.ledger.model.entries import Draft, Key
from services.ledger.model.funds import Fund
from services.ledger.model.telling import events_of
from services.ledger.ports import Books, HeadMoved
from shared.clock import Clock
from shared.dates import london_day
from shared.errors import KeyReused, StewardError, Unavailable, invalid
from shared.messaging.cause import Cause

Decide = Callable[[Head], Sequence[Draft]]


def post_entry(
    decide: Callable[[Head], Draft], *, fund: Fund, cause: Cause, books: Books, clock: Clock, attempts: int
) -> Posted:
    """Posts the one entry that `decide` makes of the book's head; see `post_entries`."""
    block = post_entries(
        lambda head: [decide(head)], fund=fund, cause=cause, books=books, clock=clock, attempts=attempts
    )
    return posted_by(cause, block)


def post_entries(decide: Decide, *, fund: Fund, cause: Cause, books: Books, clock: Clock, attempts: int) -> Block:
    """Posts in one block what `decide` makes of the book's head; a repeat of the cause's key gives the first block.

    Raises what `decide` raises, `WouldOverdrawFund`, `WouldBreakLimit`, `KeyReused`, and `BookBusy` when other writers
    are first `attempts` times. The key is looked up only when something stands in the way: the store keeps it unique.
    """
    block = _where_last_seen(decide, fund=fund, cause=cause, books=books, clock=clock)
    for _ in range(attempts):
        try:
            block = block or _decided(decide, books.head(fund.fund_id), fund=fund, cause=cause, clock=clock)
        except Exception:
            before = block_posted_before(cause, books)
            if before is None:
                raise
            return before
        try:
            books.append(block, events_of(block, fund), cause=cause)
        except HeadMoved:
            before = block_posted_before(cause, books)
            if before is not None:
                return before
            block = None
            continue
        return block
    raise BookBusy(f"The book of fund {fund.fund_id} is being written to too often; try again.")


def _where_last_seen(decide: Decide, *, fund: Fund, cause: Cause, books: Books, clock: Clock) -> Block | None:
    """The block that follows where the book stood when this process last looked; nothing where that is refused."""
    head = books.head_to_build_on(fund.fund_id)
    try:
        return _decided(decide, head, fund=fund, cause=cause, clock=clock)
    except Exception:  # of whichever kind: it is decided, and raised, again of the book's head
        return None


@dataclass(frozen=True, kw_only=True)
class ForBook:
    """One entry for one fund's book: what is decided of its head, and why it is posted.

    `head_number` is where the book stood when that was last looked at, if it was.
    """

    fund: Fund
    decide: Callable[[Head], Draft]
    cause: Cause
    head_number: int | None = None


def post_to_books(
    wanted: Sequence[ForBook], *, books: Books, clock: Clock, attempts: int
) -> list[Posted | StewardError]:
    """Posts one entry to each of these books, all in one trip; for each the entry, or what refused it.

    No fund may be named twice. Whoever was first on a book, or repeats a key, sends that book alone through `post_entry`.
    Raises `Unavailable` and `StoreAway`: then some are posted, and a repeat finds them.
    """
    heads = books.heads_to_build_on({each.fund.fund_id: each.head_number for each in wanted})
    tried = [_try_first(each, heads[each.fund.fund_id], clock=clock) for each in wanted]
    going = [(block, each) for block, each in zip(tried, wanted, strict=True) if block is not None]
    added = books.append_many([(block, events_of(block, each.fund), each.cause) for block, each in going])
    stand = {block.book: block for (block, _), is_added in zip(going, added, strict=True) if is_added}
    return [
        posted_by(each.cause, stand[each.fund.fund_id])
        if each.fund.fund_id in stand
        else _post_alone(each, books=books, clock=clock, attempts=attempts)
        for each in wanted
    ]


def _try_first(wanted: ForBook, head: Head, *, clock: Clock) -> Block | None:
    """The block that would follow; nothing where it is refused, which may be because it stands already."""
    try:
        return _decided(lambda at: [wanted.decide(at)], head, fund=wanted.fund, cause=wanted.cause, clock=clock)
    except StewardError:
        return None


def _post_alone(wanted: ForBook, *, books: Books, clock: Clock, attempts: int) -> Posted | StewardError:
    try:
        return post_entry(
            wanted.decide, fund=wanted.fund, cause=wanted.cause, books=books, clock=clock, attempts=attempts
        )
    except Unavailable:
        raise
    except StewardError as refusal:
        return refusal


def _decided(decide: Decide, head: Head, *, fund: Fund, cause: Cause, clock: Clock) -> Block:
    return next_block(head, decide(head), council_id=fund.council_id, actor_id=cause.actor_id, recorded_at=clock.now())


def block_posted_before(cause: Cause, books: Books) -> Block | None:
    """The block that this very command posted before. Raises `KeyReused` if its key came with other input."""
    if cause.command is None:
        return None
    block = books.block_with_key(cause.command.key)
    if block is not None and _key_of(cause, block).input != cause.command.input:
        raise KeyReused("This idempotency key was used before with other content.")
    return block


def posted_by(cause: Cause, block: Block, *, otherwise: int = 0) -> Posted:
    """The entry of the block that carries the cause's key; the one in the place given when the cause has none."""
    place = otherwise
    if cause.command is not None:
        keys = [entry.draft.key.key if entry.draft.key else None for entry in block.entries]
        place = keys.index(cause.command.key)
    return posted_at(block, place)


def key_of(cause: Cause) -> Key | None:
    """The key that an entry posted for this cause carries."""
    return Key(key=cause.command.key, input=cause.command.input) if cause.command else None


def effective_day(given: date | None, clock: Clock) -> date:
    """The day an entry counts from, today in London when not given. Raises `Invalid` for a day to come."""
    today = london_day(clock.now())
    if given is not None and given > today:
        raise invalid("effective_on", "not-in-future", "An entry cannot count from a day to come.")
    return given or today


def _key_of(cause: Cause, block: Block) -> Key:
    wanted = cause.command.key if cause.command else ""
    return next(entry.draft.key for entry in block.entries if entry.draft.key and entry.draft.key.key == wanted)
