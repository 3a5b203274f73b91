"""Seals, and the pages of heads under each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from services.ledger.model.seals import Leaf, Seal
from shared.ids import fresh_id
from shared.messaging.aggregates import Aggregates, Found, Kind, collection_of
from shared.messaging.scheduling import Due
from shared.store.documents import Collection, Documents, Equal, Field, Order, Prefix
from shared.store.records import dump_record, load_record

LEAVES_A_PAGE = 1000

SEALS = collection_of(
    "seals",
    fields=(
        Field(path="state.number", kind="number"),
        Field(path="state.next_at", kind="instant"),
        Field(path="state.command_key"),
    ),
    orders=(
        Order(name="newest-first", by=(("state.number", "descending"),)),
        Order(name="due", by=(("state.next_at", "ascending"),)),
    ),
)
SEALS_DUE = Due(name="seals", collection=SEALS, path="state.next_at")
"""Seals after which the next one is due."""
SEAL_PAGES = Collection(name="seal_pages")
SEAL = Kind[Seal](name="seal", dump=dump_record, load=partial(load_record, Seal))


class StoredLeaves:
    """The heads under each seal: written before it under a name of their own, never changed."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def write(self, leaves: Sequence[Leaf]) -> tuple[str, int]:
        """Keeps the leaves; the name of their pages, and how many."""
        name = fresh_id("leaves")
        pages = [leaves[start : start + LEAVES_A_PAGE] for start in range(0, len(leaves), LEAVES_A_PAGE)]
        for number, page in enumerate(pages):
            rows = [[leaf.book, leaf.number, leaf.hash] for leaf in page]
            self._documents.insert({"_id": f"{name}/{number:06d}", "version": 1, "leaves": rows})
        return name, len(pages)

    def read(self, name: str) -> Iterator[Leaf]:
        """The leaves of one seal, in their order."""
        after: str | None = None
        while True:
            page = self._documents.find([Prefix(path="_id", start=f"{name}/")], after=after, limit=10)
            for document in page.items:
                for book, number, hash in document["leaves"]:
                    yield Leaf(book=book, number=number, hash=hash)
            if (after := page.next) is None:
                return


def seal_with_key(key: str, *, seals: Aggregates[Seal]) -> Seal | None:
    """The seal that this command asked for before."""
    found = seals.find([Equal(path="state.command_key", value=key)], limit=1).items
    return found[0].state if found else None


def newest_seals(seals: Aggregates[Seal], *, after: str | None = None, limit: int = 1) -> Found[Seal]:
    """Seals, the newest first. Raises `BadCursor`."""
    return seals.find(order="newest-first", after=after, limit=limit)
