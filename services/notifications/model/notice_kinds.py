"""The kinds of notices: to a party, to a team, to a worker; and how their values are put for readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from shared.dates import london_time

Mailbox = Literal[
    "contact_safeguarding_team",
    "contact_adult_social_care",
    "contact_brokerage_team",
    "contact_commissioner",
    "contact_whistleblowing_lead",
]


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One party to be told by one template. `values` are ids and facts, never names, addresses or free text."""

    template: str
    party_id: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TeamNotice:
    """A team of the council to be told, at the mailbox that the council's policy pack names.

    `needed` teams are told even where the pack names no mailbox: the message then fails for all to see. `restricted`
    messages are shown only to those who may know that there is a concern.
    """

    template: str
    mailbox: Mailbox
    values: Mapping[str, str] = field(default_factory=dict)
    needed: bool = False
    restricted: bool = False


@dataclass(frozen=True, kw_only=True)
class WorkerNotice:
    """Somebody who works on the case is to be told, as they said they are reached.

    Where nobody knows how, the team named `or_team` is told in their place; a `needed` notice waits until they have said, and
    fails for all to see if they never do.
    """

    template: str
    worker_id: str
    values: Mapping[str, str] = field(default_factory=dict)
    or_team: Mailbox | None = None
    needed: bool = False


@dataclass(frozen=True, kw_only=True)
class FundPartyNotice:
    """Whoever has a fund, or holds it, is to be told; who that is was told when it opened."""

    template: str
    fund_id: str
    party: Literal["person", "provider"]
    values: Mapping[str, str] = field(default_factory=dict)


AddressedNotice = Notice | TeamNotice | WorkerNotice
AnyNotice = AddressedNotice | FundPartyNotice
"""What a rule may name; a fund's party is looked up before anything is written down."""


def in_words(code: str) -> str:
    """A code for readers: `negative-feedback` is negative feedback."""
    return code.replace("-", " ")


def day_in_words(day: date) -> str:
    """A day for readers: 2 March 2026."""
    return f"{day.day} {day:%B %Y}"


def instant_in_words(instant: datetime) -> str:
    """An instant on a London clock: 17:00 on 2 March 2026."""
    at = london_time(instant)
    return f"{at:%H:%M} on {day_in_words(at.date())}"
