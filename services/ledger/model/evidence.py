"""Documents that show how the money was used (CP 9.5), and the entries that still lack one.

An entry may come with its evidence; what turns up later is kept beside it, for an entry is never edited.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.ledger.model.entries import Entry, standing


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document: its kind, and where it is found."""

    kind: str
    reference: str
    attached_by: str
    attached_at: datetime


@dataclass(frozen=True, kw_only=True)
class EntryEvidence:
    """What was attached to one entry after it was posted."""

    entry_id: str
    fund_id: str
    documents: tuple[Document, ...] = ()

    def with_document(self, document: Document) -> EntryEvidence:
        """With one more; a document that is there already is not attached again."""
        if any((each.kind, each.reference) == (document.kind, document.reference) for each in self.documents):
            return self
        return replace(self, documents=(*self.documents, document))


@dataclass(frozen=True, kw_only=True)
class MissingEvidence:
    """A spend without evidence, and how many days it has been without."""

    entry: Entry
    days: int


def missing_evidence(entries: Sequence[Entry], shown: Iterable[str], *, on: date) -> list[MissingEvidence]:
    """The spends that count and that no document shows, the oldest first."""
    attached = frozenset(shown)
    lacking = [
        entry
        for entry in standing(entries)
        if entry.type == "spend" and not entry.draft.evidence and entry.entry_id not in attached
    ]
    oldest_first = sorted(lacking, key=lambda entry: entry.effective_on)
    return [MissingEvidence(entry=entry, days=(on - entry.effective_on).days) for entry in oldest_first]
