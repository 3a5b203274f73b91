"""Referrals' collections, their indexes, and the questions asked of them by name: a module for each kind of record."""

from __future__ import annotations

from services.referrals.store.agencies import AGENCIES, AGENCY, Signposts, agencies_seen_by
from services.referrals.store.calendar import REMINDERS_DUE
from services.referrals.store.case_lists import CASE_COLLECTIONS, CaseLists
from services.referrals.store.casework import RETURNS_OVERDUE
from services.referrals.store.clocks import CLOCK_BEARING, CLOCKS_DUE, bearing
from services.referrals.store.complaints import COMPLAINT, COMPLAINTS
from services.referrals.store.direct_payments import DIRECT_PAYMENT, DIRECT_PAYMENTS, checks_counted, payments_seen_by
from services.referrals.store.imports import AGREEMENT, AGREEMENTS, IMPORT, IMPORTS, IMPORTS_DUE, agreements_seen_by
from services.referrals.store.intakes import INTAKE, INTAKES
from services.referrals.store.parties import (
    PERSON,
    PERSONS,
    PROVIDER,
    PROVIDERS,
    REFERRER,
    REFERRERS,
    WORKER,
    WORKERS,
)
from services.referrals.store.questions import ReferralStore
from services.referrals.store.referrals import REFERRAL, REFERRALS
from services.referrals.store.reviews import REVIEW_PROGRAMME, REVIEW_PROGRAMMES, programmes_seen_by
from services.referrals.store.scope import shown_to

COLLECTIONS = (
    REFERRALS,
    PERSONS,
    REFERRERS,
    PROVIDERS,
    WORKERS,
    INTAKES,
    IMPORTS,
    AGREEMENTS,
    DIRECT_PAYMENTS,
    REVIEW_PROGRAMMES,
    AGENCIES,
    *CASE_COLLECTIONS,
)

__all__ = [
    "AGENCIES",
    "AGENCY",
    "AGREEMENT",
    "AGREEMENTS",
    "CLOCKS_DUE",
    "CLOCK_BEARING",
    "COLLECTIONS",
    "COMPLAINT",
    "COMPLAINTS",
    "DIRECT_PAYMENT",
    "DIRECT_PAYMENTS",
    "IMPORT",
    "IMPORTS",
    "IMPORTS_DUE",
    "INTAKE",
    "INTAKES",
    "PERSON",
    "PERSONS",
    "PROVIDER",
    "PROVIDERS",
    "REFERRAL",
    "REFERRALS",
    "REFERRER",
    "REFERRERS",
    "REMINDERS_DUE",
    "RETURNS_OVERDUE",
    "REVIEW_PROGRAMME",
    "REVIEW_PROGRAMMES",
    "WORKER",
    "WORKERS",
    "CaseLists",
    "ReferralStore",
    "Signposts",
    "agencies_seen_by",
    "agreements_seen_by",
    "bearing",
    "checks_counted",
    "payments_seen_by",
    "programmes_seen_by",
    "shown_to",
]
