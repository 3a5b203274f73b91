"""What is told of a contract's returns and notices: ids, codes and days; what happened stays in the record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from shared.events.casework import CASEWORK
from shared.events.language import Event, event


@event("contract.duties.begun", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class ContractDutiesBegun(Event):
    """What a contract asks for again and again is due from a day on (CE 3.1, 3.2; CP 7.3)."""

    duties_id: str
    starts_on: date
    duties: Annotated[tuple[str, ...], "clocks of the council's policy"]


@event("contract.duty.done", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class ContractDutyDone(Event):
    """One of them was done."""

    duties_id: str
    duty: Annotated[str, "a clock of the council's policy"]
    done_on: date


@event("contract.notice.recorded", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class ContractNoticeRecorded(Event):
    """Something is known that the contract wants told at once, or a change has been announced (CE 7.3, 7.9, 8.5)."""

    notice_id: str
    kind: str
    known_at: datetime


@event("contract.notice.told", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class ContractNoticeTold(Event):
    """The council is told of it (CE 7.3(d), 7.9, 8.5)."""

    notice_id: str
    kind: str


@event("contract.change.effective", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class ContractChangeEffective(Event):
    """A change in monitoring takes effect, after its notice has run (CE 7.3(h))."""

    notice_id: str
    effective_on: date
