"""Notices that the provider owes the council: that needs have decreased, that finances have changed (CP 4.4, 4.5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.ledger.errors import NotYetPossible
from services.ledger.model.about_funds import stop_named
from shared.events.fund_life import FundNoticeDue, FundNoticeGiven
from shared.messaging.aggregates import Decision
from shared.policy.keeping import start
from shared.policy.running import RunningClock

NoticeKind = Literal["needs-decreased", "finances-changed"]
CLOCKS: dict[NoticeKind, str] = {
    "needs-decreased": "needs_decreased_notice",
    "finances-changed": "finances_changed_notice",
}
"""The clock of each kind: one working day, and at once."""
CLAUSES: dict[NoticeKind, str] = {"needs-decreased": "CP 4.4", "finances-changed": "CP 4.5"}


@dataclass(frozen=True, kw_only=True)
class FundNotice:
    """One notice: noticed by the provider, then given to the council."""

    notice_id: str
    fund_id: str
    person_id: str
    provider_id: str
    kind: NoticeKind
    noticed_at: datetime
    noticed_by: str
    details: str
    given_at: datetime | None = None
    given_by: str = ""
    given_to: str = ""
    clocks: tuple[RunningClock, ...] = ()


def notice(noticed: FundNotice, clocks: tuple[RunningClock, ...]) -> Decision[FundNotice]:
    """The provider has noticed; its time to tell the council runs."""
    kept = start((), clocks)
    told = FundNoticeDue(fund_id=noticed.fund_id, notice_id=noticed.notice_id, kind=noticed.kind)
    return Decision(state=replace(noticed, clocks=kept.clocks), events=[told, *kept.events])


def give(noticed: FundNotice, *, to: str, by: str, at: datetime) -> Decision[FundNotice]:
    """The council has been told. Raises `NotYetPossible` when it had been before."""
    if noticed.given_at is not None:
        raise NotYetPossible("The council was told of this before.")
    kept = stop_named(noticed.clocks, [CLOCKS[noticed.kind]], at=at)
    told = FundNoticeGiven(fund_id=noticed.fund_id, notice_id=noticed.notice_id, kind=noticed.kind, given_at=at)
    state = replace(noticed, given_at=at, given_by=by, given_to=to, clocks=kept.clocks)
    return Decision(state=state, events=[told, *kept.events])
