"""Funds' bank lines, and the statements that they came by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from services.ledger.errors import EntryMatched, LineChanged
from services.ledger.model.payment_details import PaymentDetails
from services.ledger.model.reconciliation import FundLine, StatementImport
from shared.errors import NotFound
from shared.messaging.aggregates import Aggregates, Kind, collection_of
from shared.store.documents import (
    Collection,
    Document,
    Documents,
    Equal,
    Field,
    KeyTaken,
    Order,
    Unique,
    VersionChanged,
)
from shared.store.records import dump_record, load_record

READ_AT_ONCE = 500
BANK_LINES = Collection(
    name="bank_lines",
    fields=(Field(path="fund_id"), Field(path="status"), Field(path="booked_on"), Field(path="entry_id")),
    unique=(Unique(name="one-line-for-an-entry", paths=("entry_id",)),),
    orders=(Order(name="newest-first", by=(("booked_on", "descending"),)),),
)
STATEMENT_IMPORTS = collection_of(
    "statement_imports",
    fields=(Field(path="state.fund_id"), Field(path="state.imported_at", kind="instant")),
    orders=(Order(name="newest-first", by=(("state.imported_at", "descending"),)),),
)
STATEMENT_IMPORT = Kind[StatementImport](
    name="statement import", dump=dump_record, load=partial(load_record, StatementImport)
)


class StoredBankLines:
    """`BankLines` over their collection. An entry is held by one line at most: the store keeps it so."""

    def __init__(self, *, documents: Documents) -> None:
        self._documents = documents

    def add(self, lines: Sequence[FundLine], *, council_id: str) -> int:
        """How many were new; those that are there stay as they are."""
        if not lines:
            return 0
        refused = self._documents.insert_many([_document(line, council_id, version=1) for line in lines])
        return sum(refusal is None for refusal in refused)

    def get(self, line_id: str) -> tuple[FundLine, int]:
        document = self._documents.get(line_id)
        if document is None:
            raise NotFound(f"there is no bank line {line_id}")
        return _line(document), document["version"]

    def of_fund(self, fund_id: str) -> Iterator[FundLine]:
        after: str | None = None
        while True:
            page = self._documents.find([Equal(path="fund_id", value=fund_id)], after=after, limit=READ_AT_ONCE)
            yield from map(_line, page.items)
            if (after := page.next) is None:
                return

    def page(
        self, fund_id: str, *, status: str | None, after: str | None, limit: int
    ) -> tuple[list[tuple[FundLine, int]], str | None]:
        where = [Equal(path="fund_id", value=fund_id)]
        where += [Equal(path="status", value=status)] if status else []
        page = self._documents.find(where, order="newest-first", after=after, limit=limit)
        return [(_line(document), document["version"]) for document in page.items], page.next

    def settle(self, line: FundLine, *, version: int, council_id: str) -> None:
        """Writes the line. Raises `LineChanged` when somebody wrote it first, `EntryMatched` when its entry is another's."""
        document = _document(line, council_id, version=version + 1)
        try:
            self._documents.replace(document, version=version)
        except VersionChanged as error:
            raise LineChanged(f"Bank line {line.line_id} was changed meanwhile.") from error
        except KeyTaken as error:
            raise EntryMatched(f"Entry {line.entry_id} belongs to another bank line.") from error

    def settle_many(self, lines: Sequence[FundLine], *, council_id: str) -> int:
        """Writes lines that nobody else has touched meanwhile; how many were written."""
        changes: list[tuple[Document, int]] = []
        for line in lines:
            _, version = self.get(line.line_id)
            changes.append((_document(line, council_id, version=version + 1), version))
        return sum(refusal is None for refusal in self._documents.replace_many(changes)) if changes else 0


class StoredAccounts:
    """`Accounts` over payment details."""

    def __init__(self, *, details: Aggregates[PaymentDetails]) -> None:
        self._details = details

    def funds_with(self, account: str, *, council_ids: Sequence[str]) -> list[str]:
        """The funds whose payments go there."""
        found = self._details.find([Equal(path="state.account", value=account)], limit=2 * READ_AT_ONCE).items
        return [each.id for each in found if "*" in council_ids or each.council_id in council_ids]

    def of_fund(self, fund_id: str) -> str:
        """The fund's account as statements name it, or nothing."""
        try:
            return self._details.get(fund_id).state.account
        except NotFound:
            return ""


def imports_of(fund_id: str, imports: Aggregates[StatementImport]) -> list[StatementImport]:
    """The fund's statements, the newest first."""
    where = [Equal(path="state.fund_id", value=fund_id)]
    found, after = [], None
    while True:
        page = imports.find(where, order="newest-first", after=after, limit=READ_AT_ONCE)
        found += [stored.state for stored in page.items]
        if (after := page.next) is None:
            return found


def _document(line: FundLine, council_id: str, *, version: int) -> Document:
    values: dict[str, Any] = {
        "_id": line.line_id,
        "version": version,
        "council_id": council_id,
        "fund_id": line.fund_id,
        "status": line.status,
        "booked_on": line.booked_on.isoformat(),
        "line": dump_record(line),
    }
    return values | ({"entry_id": line.entry_id} if line.entry_id else {})


def _line(document: Document) -> FundLine:
    return load_record(FundLine, document["line"])
