"""The ledger's collections, and the questions asked of them by name: a module for each kind of record."""

from __future__ import annotations

from services.ledger.store.arrangements import ARRANGEMENT, ARRANGEMENTS
from services.ledger.store.bank_lines import BANK_LINES, STATEMENT_IMPORTS
from services.ledger.store.books import BLOCKS, StoredBooks
from services.ledger.store.evidence import ENTRY_EVIDENCE, EVIDENCE_KIND, StoredEvidence
from services.ledger.store.fees import FEES_OF_FUND, FUND_FEES
from services.ledger.store.funds import (
    FUND,
    FUNDS,
    REFUSED_SPEND,
    REFUSED_SPENDS,
    funds_visible_to,
    refused_spends_of,
)
from services.ledger.store.holds import PAYEE_HOLD, PAYEE_HOLDS, StoredHolds
from services.ledger.store.itemisations import ITEMISATION, ITEMISATIONS
from services.ledger.store.life import CLOCK_BEARING, SHORTFALLS, SURPLUSES
from services.ledger.store.payment_runs import PAYMENT_DETAILS, PAYMENT_RUN_PAGES, PAYMENT_RUNS
from services.ledger.store.reservations import EXPIRIES, EXPIRIES_DUE, EXPIRIES_OF_FUND
from services.ledger.store.seals import SEAL, SEAL_PAGES, SEALS, SEALS_DUE, StoredLeaves
from services.ledger.store.standing_payments import STANDING_PAYMENTS, FoldedPayments
from shared.store.documents import Collection

TELLING: tuple[Collection, ...] = (
    FUNDS,
    ARRANGEMENTS,
    *CLOCK_BEARING,
    SURPLUSES,
    SHORTFALLS,
    REFUSED_SPENDS,
    PAYEE_HOLDS,
    EXPIRIES,
    BLOCKS,
    PAYMENT_RUNS,
    PAYMENT_DETAILS,
    ENTRY_EVIDENCE,
    FUND_FEES,
    STATEMENT_IMPORTS,
    ITEMISATIONS,
)
"""Collections whose records tell events."""
COLLECTIONS: tuple[Collection, ...] = (*TELLING, PAYMENT_RUN_PAGES, STANDING_PAYMENTS, BANK_LINES, SEALS, SEAL_PAGES)

__all__ = [
    "ARRANGEMENT",
    "ARRANGEMENTS",
    "BLOCKS",
    "COLLECTIONS",
    "ENTRY_EVIDENCE",
    "EVIDENCE_KIND",
    "EXPIRIES",
    "EXPIRIES_DUE",
    "EXPIRIES_OF_FUND",
    "FEES_OF_FUND",
    "FUND",
    "FUNDS",
    "FUND_FEES",
    "ITEMISATION",
    "ITEMISATIONS",
    "PAYEE_HOLD",
    "PAYEE_HOLDS",
    "REFUSED_SPEND",
    "REFUSED_SPENDS",
    "SEAL",
    "SEALS",
    "SEALS_DUE",
    "SEAL_PAGES",
    "STANDING_PAYMENTS",
    "TELLING",
    "FoldedPayments",
    "StoredBooks",
    "StoredEvidence",
    "StoredHolds",
    "StoredLeaves",
    "funds_visible_to",
    "refused_spends_of",
]
