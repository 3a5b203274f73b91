"""What was attached to entries after they were posted."""

from __future__ import annotations

from functools import partial

from services.ledger.model.evidence import EntryEvidence
from shared.messaging.aggregates import Aggregates, Kind, Stored, collection_of
from shared.store.documents import Equal, Field
from shared.store.records import dump_record, load_record

READ_AT_ONCE = 200

ENTRY_EVIDENCE = collection_of("entry_evidence", fields=(Field(path="state.fund_id"),))
EVIDENCE_KIND = Kind[EntryEvidence](name="evidence", dump=dump_record, load=partial(load_record, EntryEvidence))


class StoredEvidence:
    """`EvidenceOfFund` over the `entry_evidence` collection."""

    def __init__(self, records: Aggregates[EntryEvidence]) -> None:
        self._records = records

    def of_fund(self, fund_id: str) -> list[Stored[EntryEvidence]]:
        """Everything attached to entries of this fund, by entry."""
        found: list[Stored[EntryEvidence]] = []
        after: str | None = None
        while True:
            where = [Equal(path="state.fund_id", value=fund_id)]
            page = self._records.find(where, after=after, limit=READ_AT_ONCE)
            found += page.items
            if page.next is None:
                return found
            after = page.next
