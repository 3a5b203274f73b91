"""The fake that use cases are tested with keeps the contract too, so that a test says what an engine would do."""

from __future__ import annotations

import pytest

from shared.store.documents import Store
from tests.contract.store.documents_contract import DocumentsContract
from tests.support.documents import InMemoryStore


class TestInMemoryDocuments(DocumentsContract):
    """The same contract as the engines'."""

    @pytest.fixture
    def store(self) -> Store:
        return InMemoryStore()
