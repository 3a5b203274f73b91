"""The provider's fee for each fund, through time."""

from __future__ import annotations

from functools import partial

from services.ledger.model.fees import FundFee
from shared.messaging.aggregates import Kind, collection_of
from shared.store.documents import Field
from shared.store.records import dump_record, load_record

FUND_FEES = collection_of("fund_fees", fields=(Field(path="state.fund_id"),))
FEES_OF_FUND = Kind[FundFee](name="fee", dump=dump_record, load=partial(load_record, FundFee))
