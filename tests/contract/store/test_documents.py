"""Every engine keeps the contract of the `Documents` port."""

from __future__ import annotations

from tests.contract.store.documents_contract import DocumentsContract


class TestDocuments(DocumentsContract):
    """Run once per engine, see `conftest`."""
