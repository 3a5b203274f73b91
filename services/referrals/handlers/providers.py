"""Leaving a provider out of offers while it is monitored, and taking it back in (CP 6.2)."""

from __future__ import annotations

from datetime import date
from functools import partial

from services.referrals.errors import UnknownReason
from services.referrals.model import providers
from services.referrals.model.parties import Provider
from services.referrals.ports import Records, Rules
from shared.clock import Clock
from shared.dates import london_day
from shared.errors import FieldError, invalid
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause


def exclude_provider(
    provider_id: str,
    *,
    reason: str,
    until_on: date,
    records: Records[Provider],
    rules: Rules,
    clock: Clock,
    cause: Cause,
) -> Stored[Provider]:
    """Leaves a provider out of offers until a day, for a reason of the council's policy (CP 6.2)."""
    at = clock.now()
    today = london_day(at)
    council_id = records.get(provider_id, caller=cause.caller).council_id
    known = rules.exclusion_reasons(council_id, at)
    if reason not in known:
        message = f"the reason is not in the council's policy; known: {', '.join(known) or 'none'}"
        raise UnknownReason(message, errors=[FieldError(field="reason", rule="policy", message=message)])
    if until_on < today:
        raise invalid("until_on", "future", "an exclusion ends today at the earliest")
    decide = partial(
        providers.exclude,
        reason=reason,
        by=cause.actor_id,
        at=at,
        today=today,
        until_on=until_on,
        policy=rules.version(council_id, at),
    )
    return records.change(provider_id, decide, cause=cause)


def readmit_provider(
    provider_id: str, *, reason: str, records: Records[Provider], clock: Clock, cause: Cause
) -> Stored[Provider]:
    """Ends an exclusion before its day."""
    at = clock.now()
    decide = partial(providers.readmit, reason=reason, by=cause.actor_id, at=at, today=london_day(at))
    return records.change(provider_id, decide, cause=cause)
