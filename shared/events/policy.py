"""What is told of councils' policy: a pack that was published, whole, so that every service keeps its own copy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from shared.events.language import Event, Stream, event

POLICY = Stream(name="policy", owner="referrals", about="a council's policy packs as they are published")


@event("policy.pack.published", stream=POLICY)
@dataclass(frozen=True, kw_only=True)
class PolicyPackPublished(Event):
    """A new version of a council's policy pack holds from its effective day on."""

    version: Annotated[str, "council and first day, such as cheshire-east/2027-04-01"]
    effective_on: Annotated[date, "the first day it holds"]
    sha256: Annotated[str, "of the lines, each ended by a line feed, in UTF-8"]
    lines: Annotated[tuple[str, ...], "the whole pack as YAML, line by line"]


@event("policy.pack.withdrawn", stream=POLICY)
@dataclass(frozen=True, kw_only=True)
class PolicyPackWithdrawn(Event):
    """A version that was published was withdrawn before its first day; it never holds. Why stays in the record."""

    version: Annotated[str, "council and first day, such as cheshire-east/2027-04-01"]
