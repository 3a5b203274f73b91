"""Sealing all books, and showing that one of them is under a seal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from services.ledger.errors import NotSealed
from services.ledger.handlers.funds import get_fund
from services.ledger.model.blocks import to_the_millisecond
from services.ledger.model.funds import Fund
from services.ledger.model.seals import (
    NO_SEAL_BEFORE,
    Inclusion,
    Leaf,
    Seal,
    inclusion_path,
    leaf_hash,
    merkle_root,
    next_seal_at,
    seal_id,
)
from services.ledger.ports import Books
from shared.clock import Clock
from shared.context import Caller
from shared.errors import Conflict
from shared.messaging.aggregates import Aggregates, Decision, Found, Stored
from shared.messaging.cause import Cause, of_schedule

ALL_COUNCILS = "*"


class Leaves(Protocol):
    """The heads under each seal."""

    def write(self, leaves: list[Leaf]) -> tuple[str, int]:
        """Keeps the leaves; the name of their pages, and how many."""
        ...

    def read(self, name: str) -> Iterable[Leaf]:
        """The leaves of one seal, in their order."""
        ...


@dataclass(frozen=True, kw_only=True)
class Sealing:
    """What sealing needs: every fund there is, the last seals, the seal of a command, and hours from one to the next."""

    seals: Aggregates[Seal]
    leaves: Leaves
    newest: Callable[[], Found[Seal]]
    with_key: Callable[[str], Seal | None]
    fund_ids: Callable[[], Iterable[str]]
    books: Books
    clock: Clock
    hours: int


def seal_books(*, cause: Cause, desk: Sealing) -> Seal:
    """Seals the heads of all books; a repeat of the command gets its seal.

    Whoever is second at the same number gets the seal of whoever was first.
    """
    made = desk.with_key(cause.command.key) if cause.command else None
    if made is not None:
        return made
    before = latest_seal(desk)
    number = before.number + 1 if before else 1
    heads = (desk.books.head(fund_id) for fund_id in desk.fund_ids())
    found = sorted(((head.book, head.number, head.hash) for head in heads if head.number), key=lambda each: each[0])
    leaves = [Leaf(book=book, number=number, hash=hash) for book, number, hash in found]
    pages, count = desk.leaves.write(leaves)
    now = to_the_millisecond(desk.clock.now())
    seal = Seal(
        seal_id=seal_id(number),
        number=number,
        root=merkle_root([leaf_hash(leaf) for leaf in leaves]),
        previous_root=before.root if before else NO_SEAL_BEFORE,
        books=len(leaves),
        made_at=now,
        made_by=cause.actor_id,
        pages=pages,
        page_count=count,
        next_at=next_seal_at(now, desk.hours),
        command_key=cause.command.key if cause.command else None,
    )
    return _keep(seal, before, cause, desk)


def seal_again(sealed: str, *, desk: Sealing) -> None:
    """The seal after this one is due. Done twice, it finds itself done."""
    seal = desk.seals.get(sealed).state
    newest = latest_seal(desk)
    cause = of_schedule("seals", sealed)
    if newest is not None and newest.number > seal.number:
        _settle(seal, cause, desk)
        return
    seal_books(cause=cause, desk=desk)


def latest_seal(desk: Sealing) -> Seal | None:
    """The last seal, or `None` before the first."""
    found = desk.newest().items
    return found[0].state if found else None


def prove_inclusion(
    fund_id: str, *, sealed: str | None, caller: Caller, funds: Aggregates[Fund], desk: Sealing
) -> Inclusion:
    """What shows that the fund's book was under a seal, the last unless another is named.

    Raises `NotSealed` where there is no seal, or none with this book under it.
    """
    get_fund(fund_id, caller=caller, funds=funds)
    seal = desk.seals.get(sealed).state if sealed else latest_seal(desk)
    if seal is None:
        raise NotSealed("No seal has been made yet.")
    leaves = list(desk.leaves.read(seal.pages))
    place = next((place for place, leaf in enumerate(leaves) if leaf.book == fund_id), None)
    if place is None:
        raise NotSealed(f"The book of fund {fund_id} had no entry when {seal.seal_id} was made.")
    path = inclusion_path([leaf_hash(leaf) for leaf in leaves], place)
    return Inclusion(seal=seal, leaf=leaves[place], path=path)


def _keep(seal: Seal, before: Seal | None, cause: Cause, desk: Sealing) -> Seal:
    of_all = replace(cause, caller=None, command=None)
    try:
        kept = desk.seals.create(seal.seal_id, Decision(state=seal), council_id=ALL_COUNCILS, cause=of_all)
    except Conflict:  # another was first at this number
        kept = desk.seals.get(seal.seal_id)
    if before is not None:
        _settle(before, of_all, desk)
    return kept.state


def _settle(seal: Seal, cause: Cause, desk: Sealing) -> Stored[Seal]:
    """The next seal is made: this one falls due no more."""
    of_all = replace(cause, caller=None, command=None)
    return desk.seals.change(seal.seal_id, lambda made: Decision(state=replace(made, next_at=None)), cause=of_all)
