"""Every publisher's event types and streams, in one import."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from shared.events import (
    agencies,
    best_interests,
    calendar,
    casework,
    clocks,
    complaints,
    contract,
    direct_payments,
    fund_clocks,
    fund_life,
    intake,
    ledger,
    notifications,
    pa_registry,
    policy,
    referrals,
    reviews,
    safeguarding,
    webhooks,
    whistleblowing,
)
from shared.events.language import Event, Stream, declared_types

PUBLISHERS = (
    calendar,
    casework,
    agencies,
    best_interests,
    clocks,
    complaints,
    contract,
    direct_payments,
    fund_clocks,
    fund_life,
    intake,
    ledger,
    notifications,
    pa_registry,
    policy,
    referrals,
    reviews,
    safeguarding,
    webhooks,
    whistleblowing,
)
"""The modules whose import declares every type."""
CATALOGUE: Mapping[str, type[Event]] = declared_types()


@cache
def streams() -> Mapping[str, Stream]:
    """Every stream by name."""
    return MappingProxyType({cls.stream.name: cls.stream for cls in CATALOGUE.values()})
