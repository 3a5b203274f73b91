"""Evidence of entries: attaching what turned up later, and listing what is missing (CP 9.5)."""

from __future__ import annotations

from services.ledger.errors import EntryNotFound
from services.ledger.handlers.funds import get_fund
from services.ledger.model.blocks import place_of
from services.ledger.model.commands import AttachEvidence
from services.ledger.model.evidence import Document, EntryEvidence, MissingEvidence, missing_evidence
from services.ledger.model.funds import Fund
from services.ledger.ports import Books, EvidenceOfFund
from shared.clock import Clock
from shared.context import Caller
from shared.dates import london_day
from shared.errors import Conflict, NotFound
from shared.messaging.aggregates import Aggregates, Decision, Stored
from shared.messaging.cause import Cause


def attach_evidence(
    command: AttachEvidence,
    *,
    cause: Cause,
    funds: Aggregates[Fund],
    books: Books,
    evidence: Aggregates[EntryEvidence],
    clock: Clock,
) -> Stored[EntryEvidence]:
    """Keeps a document beside an entry, which stays as it was posted. Raises `EntryNotFound`, `NotFound`."""
    fund = get_fund(command.fund_id, caller=cause.caller, funds=funds).state
    place = place_of(command.entry_id)
    if not (place and place[0] == fund.fund_id and books.entry(command.entry_id)):
        raise EntryNotFound(f"Fund {fund.fund_id} has no entry {command.entry_id}.")
    document = Document(
        kind=command.kind, reference=command.reference, attached_by=cause.actor_id, attached_at=clock.now()
    )
    first = EntryEvidence(entry_id=command.entry_id, fund_id=fund.fund_id, documents=(document,))
    try:
        return _change(document, command.entry_id, cause, evidence)
    except NotFound:
        try:
            return evidence.create(first.entry_id, Decision(state=first), council_id=fund.council_id, cause=cause)
        except Conflict:  # somebody else attached the entry's first document just then
            return _change(document, command.entry_id, cause, evidence)


def _change(
    document: Document, entry_id: str, cause: Cause, evidence: Aggregates[EntryEvidence]
) -> Stored[EntryEvidence]:
    return evidence.change(entry_id, lambda shown: Decision(state=shown.with_document(document)), cause=cause)


def list_evidence(
    fund_id: str, *, caller: Caller, funds: Aggregates[Fund], evidence: EvidenceOfFund
) -> list[Stored[EntryEvidence]]:
    """What was attached to entries of the fund after they were posted."""
    get_fund(fund_id, caller=caller, funds=funds)
    return evidence.of_fund(fund_id)


def list_missing_evidence(
    fund_id: str, *, caller: Caller, funds: Aggregates[Fund], books: Books, evidence: EvidenceOfFund, clock: Clock
) -> list[MissingEvidence]:
    """The spends that no document shows, the oldest first."""
    get_fund(fund_id, caller=caller, funds=funds)
    shown = [stored.id for stored in evidence.of_fund(fund_id)]
    return missing_evidence(list(books.entries(fund_id)), shown, on=london_day(clock.now()))
