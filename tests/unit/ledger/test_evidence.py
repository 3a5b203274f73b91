"""Evidence of entries (CP 9.5): what is missing, and what is attached without editing an entry."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.ledger.errors import EntryNotFound
from services.ledger.handlers.evidence import attach_evidence, list_evidence, list_missing_evidence
from services.ledger.model.commands import AttachEvidence, RequestSpend
from services.ledger.model.evidence import EntryEvidence, MissingEvidence
from services.ledger.schemas.evidence import AttachEvidenceSchema
from services.ledger.store import ENTRY_EVIDENCE, EVIDENCE_KIND, StoredEvidence
from shared.errors import Invalid, NotFound
from shared.messaging.aggregates import Aggregates, Stored
from shared.problems import load
from tests.support.ledger_builders import TODAY, Ledger, a_caller, a_spend

ATTACHED = {"kind": "receipt", "reference": "R-7"}


class Desk:
    """A ledger with its evidence."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.records: Aggregates[EntryEvidence] = Aggregates(
            documents=self.ledger.store.documents(ENTRY_EVIDENCE),
            kind=EVIDENCE_KIND,
            clock=self.ledger.clock,
            nudge=lambda _: None,
        )
        self.fund_id = self.ledger.open_and_funded()

    def spend(self, **changes: object) -> str:
        posted = self.ledger.spend(self.fund_id, **changes).posted
        assert posted is not None
        return posted.entry.entry_id

    def attach(self, entry_id: str, *, fund_id: str | None = None, **document: str) -> Stored[EntryEvidence]:
        command = AttachEvidence(fund_id=fund_id or self.fund_id, entry_id=entry_id, **(ATTACHED | document))
        return attach_evidence(
            command,
            cause=self.ledger.cause("attach_evidence", command),
            funds=self.ledger.funds,
            books=self.ledger.books,
            evidence=self.records,
            clock=self.ledger.clock,
        )

    def missing(self) -> list[MissingEvidence]:
        return list_missing_evidence(
            self.fund_id,
            caller=a_caller(),
            funds=self.ledger.funds,
            books=self.ledger.books,
            evidence=StoredEvidence(self.records),
            clock=self.ledger.clock,
        )

    def missing_ids(self) -> list[str]:
        return [each.entry.entry_id for each in self.missing()]


def test_spends_without_evidence_are_listed_the_oldest_first_with_how_long() -> None:
    desk = Desk()
    new, old = desk.spend(), desk.spend(effective_on=TODAY - timedelta(days=9))

    missing = desk.missing()

    assert [(each.entry.entry_id, each.days) for each in missing] == [(old, 9), (new, 0)]


def test_a_spend_that_came_with_its_evidence_or_was_reversed_is_not_missing_any() -> None:
    desk = Desk()
    reversed_one = desk.spend()
    desk.ledger.reverse(desk.fund_id, reversed_one)
    shown = RequestSpend(fund_id=desk.fund_id, spend=a_spend(), evidence="invoice", reference="INV-1")
    assert desk.ledger.ask(shown).posted is not None

    assert desk.missing() == []


def test_what_is_attached_later_is_kept_beside_the_entry_which_stays_as_it_was() -> None:
    desk = Desk()
    entry_id = desk.spend()
    before = desk.ledger.stored(desk.fund_id)

    desk.attach(entry_id)
    stored = desk.attach(entry_id, kind="bank-statement", reference="B-1")

    assert [(each.kind, each.reference) for each in stored.state.documents] == [
        ("receipt", "R-7"),
        ("bank-statement", "B-1"),
    ]
    assert desk.missing_ids() == []
    assert desk.ledger.stored(desk.fund_id) == before


def test_the_same_document_is_attached_once() -> None:
    desk = Desk()
    entry_id = desk.spend()

    desk.attach(entry_id)
    stored = desk.attach(entry_id)

    assert len(stored.state.documents) == 1


def test_an_entry_of_another_fund_is_not_there() -> None:
    desk = Desk()
    other = desk.ledger.open_and_funded()
    entry_id = desk.spend()

    with pytest.raises(EntryNotFound):
        desk.attach(entry_id, fund_id=other)
    with pytest.raises(EntryNotFound):
        desk.attach("no-entry")


def test_evidence_is_seen_by_who_sees_the_fund() -> None:
    desk = Desk()
    desk.attach(desk.spend())
    seen = list_evidence(
        desk.fund_id, caller=a_caller(), funds=desk.ledger.funds, evidence=StoredEvidence(desk.records)
    )

    assert [stored.state.fund_id for stored in seen] == [desk.fund_id]
    with pytest.raises(NotFound):
        list_evidence(
            desk.fund_id,
            caller=a_caller(councils=("cheshire-east",)),
            funds=desk.ledger.funds,
            evidence=StoredEvidence(desk.records),
        )


def test_a_kind_that_no_clause_names_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        load(AttachEvidenceSchema(), {"id": "fund-1", "entry_id": "fund-1.1.1", "kind": "rumour", "reference": "x"})

    assert [error.field for error in refusal.value.errors] == ["kind"]
