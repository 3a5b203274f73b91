"""The collections of a contract's duties and notices."""

from __future__ import annotations

from services.referrals.model.contract_duties import ContractDuties
from services.referrals.model.contract_notices import ContractNotice
from services.referrals.store.cases import case_collection, case_kind

CONTRACT_DUTIES = case_collection("contract_duties", clocks=True)
DUTIES = case_kind("contract's duties", ContractDuties)
CONTRACT_NOTICES = case_collection("contract_notices", "kind", "status", clocks=True)
NOTICE = case_kind("contract notice", ContractNotice)
