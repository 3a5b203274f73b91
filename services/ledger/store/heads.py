"""Where books stood when this process last looked: the next block is first tried there, with one question by id.

Only the number is remembered; what the next block builds on is read as it is stored. An old number costs one more try,
never wrong money: a block built on an old head finds its place taken.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from services.ledger.errors import BookBroken
from services.ledger.model.blocks import Head, block_id
from shared.money import Pence
from shared.store.documents import Documents

REMEMBERED = 20_000
"""Books whose last number is remembered: a few megabytes."""


PARTS_OF_HEAD = ("book", "number", "hash", "sequence", "balances", "closed")
"""All that is read of a block to build the next one on it."""


class LastNumbers:
    """The last known block numbers of the books that were written or read here of late."""

    def __init__(self, *, most: int = REMEMBERED) -> None:
        self._most = most
        self._numbers: OrderedDict[str, int] = OrderedDict()
        self._mutex = threading.Lock()

    def of(self, book: str) -> int | None:
        """The number, 0 for a book that had no block; nothing if it is not known."""
        return self._numbers.get(book)

    def note(self, book: str, number: int) -> None:
        """The book's last block was seen to have this number."""
        with self._mutex:
            self._numbers[book] = number
            self._numbers.move_to_end(book)
            while len(self._numbers) > self._most:
                self._numbers.popitem(last=False)


class HeadsToBuildOn:
    """Finds heads for the next blocks by the ids that they had; `read` gives the head of a book that is not there."""

    def __init__(self, *, documents: Documents, numbers: LastNumbers, read: Callable[[str], Head]) -> None:
        self._documents = documents
        self._numbers = numbers
        self._read = read

    def of(self, book: str) -> Head:
        """The head where it was last seen, or as it is read. Raises `BookBroken`."""
        number = self._numbers.of(book)
        if number == 0:
            return Head(book=book)
        return (self._at({book: number}) if number else {}).get(book) or self._read(book)

    def of_many(self, numbers: Mapping[str, int | None]) -> dict[str, Head]:
        """The heads of these books in one question, given where each may stand; what is not there is read singly."""
        latest = {book: self._latest(book, number) for book, number in numbers.items()}
        found = {book: Head(book=book) for book, number in latest.items() if number == 0}
        found |= self._at({book: number for book, number in latest.items() if number})
        return {book: found[book] if book in found else self._read(book) for book in numbers}

    def _latest(self, book: str, number: int | None) -> int | None:
        known = [each for each in (self._numbers.of(book), number) if each is not None]
        return max(known, default=None)

    def _at(self, numbers: Mapping[str, int]) -> dict[str, Head]:
        if not numbers:
            return {}
        ids = [block_id(book, number) for book, number in numbers.items()]
        return {head.book: head for head in map(head_in, self._documents.parts(ids, PARTS_OF_HEAD).values())}


def head_in(document: Mapping[str, Any]) -> Head:
    """The head that a stored block is. Raises `BookBroken`."""
    try:
        return Head(
            book=document["book"],
            number=document["number"],
            hash=document["hash"],
            sequence=document["sequence"],
            balances={account: Pence(pence) for account, pence in document["balances"]},
            closed=document.get("closed", False),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise broken(document) from error


def broken(document: Mapping[str, Any]) -> BookBroken:
    """What is said of a stored block that does not read as one."""
    return BookBroken(f"Block {document.get('_id')} does not read as a block; ask for the fund's proof.")
