"""Notices of decreased needs and of changed finances: noticed, then given to the council in its time (CP 4.4, 4.5)."""

from __future__ import annotations

from datetime import datetime

from services.ledger.handlers.funds import get_fund
from services.ledger.handlers.life import LifeDesk
from services.ledger.model import fund_notices
from services.ledger.model.fund_notices import CLOCKS, FundNotice, NoticeKind
from shared.context import Caller
from shared.errors import NotFound, invalid
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause


def note_for_council(
    fund_id: str, *, kind: NoticeKind, noticed_at: datetime | None, details: str, desk: LifeDesk, cause: Cause
) -> Stored[FundNotice]:
    """The provider has noticed something that the council must be told of (CP 4.4, 4.5). Raises `Invalid`, `FundClosed`."""
    fund, at = get_fund(fund_id, caller=cause.caller, funds=desk.funds).state, desk.clock.now()
    fund.check_open()
    if noticed_at is not None and noticed_at > at:
        raise invalid("noticed_at", "not-in-future", "Record it when it has been noticed.")
    noticed = FundNotice(
        notice_id=cause.new_id("ntc"),
        fund_id=fund_id,
        person_id=fund.person_id,
        provider_id=fund.provider_id,
        kind=kind,
        noticed_at=noticed_at or at,
        noticed_by=cause.actor_id,
        details=details,
    )
    clocks = desk.rules.clocks(
        fund.council_id, (CLOCKS[kind],), record_id=noticed.notice_id, started_at=noticed.noticed_at
    )
    decision = fund_notices.notice(noticed, clocks)
    return desk.notices.create(noticed.notice_id, decision, council_id=fund.council_id, cause=cause)


def give_notice(notice_id: str, *, to: str, desk: LifeDesk, cause: Cause) -> Stored[FundNotice]:
    """The council has been told. Raises `NotYetPossible` when it had been before."""
    seen_notice(notice_id, caller=cause.caller, desk=desk)
    at = desk.clock.now()
    return desk.notices.change(
        notice_id, lambda state: fund_notices.give(state, to=to, by=cause.actor_id, at=at), cause=cause
    )


def seen_notice(notice_id: str, *, caller: Caller | None, desk: LifeDesk) -> Stored[FundNotice]:
    """A notice about a fund that the caller may see. Raises `NotFound`."""
    stored = desk.notices.get(notice_id, caller=caller)
    try:
        get_fund(stored.state.fund_id, caller=caller, funds=desk.funds)
    except NotFound:
        raise NotFound(f"there is no notice {notice_id}") from None
    return stored
