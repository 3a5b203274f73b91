"""Where a fund's payments go: entered and read by the council's finance officers only."""

from __future__ import annotations

from services.ledger.handlers.funds import get_fund
from services.ledger.model.funds import Fund
from services.ledger.model.payment_details import PaymentDetails, PayTo, account_of
from shared.clock import Clock
from shared.context import Caller
from shared.errors import NotFound
from shared.messaging.aggregates import Aggregates, Decision, Stored
from shared.messaging.cause import Cause


def enter_details(
    fund_id: str,
    pay_to: PayTo,
    *,
    cause: Cause,
    funds: Aggregates[Fund],
    details: Aggregates[PaymentDetails],
    clock: Clock,
) -> Stored[PaymentDetails]:
    """Enters or changes them. Raises `FundClosed`, `NotFound`, `Stale`."""
    fund = get_fund(fund_id, caller=cause.caller, funds=funds)
    fund.state.check_open()
    entered = PaymentDetails(
        fund_id=fund_id,
        pay_to=pay_to,
        entered_by=cause.actor_id,
        entered_at=clock.now(),
        account=account_of(pay_to),
    )
    try:
        details.get(fund_id)
    except NotFound:
        return details.create(fund_id, Decision(state=entered), council_id=fund.council_id, cause=cause)
    return details.change(fund_id, lambda _: Decision(state=entered), cause=cause)


def get_details(
    fund_id: str, *, caller: Caller, funds: Aggregates[Fund], details: Aggregates[PaymentDetails]
) -> Stored[PaymentDetails]:
    """The fund's payment details. Raises `NotFound`."""
    get_fund(fund_id, caller=caller, funds=funds)
    return details.get(fund_id, caller=caller)
