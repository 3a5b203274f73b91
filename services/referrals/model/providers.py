"""Leaving a provider out of offers, and taking it back in (CP 6.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from services.referrals.errors import NotExcluded, ProviderExcluded
from services.referrals.model.parties import Exclusion, Provider
from shared.events.referrals import ProviderExcluded as ExclusionTold
from shared.events.referrals import ProviderReadmitted
from shared.ids import derived_id
from shared.messaging.aggregates import Decision


def exclude(
    provider: Provider, *, reason: str, by: str, at: datetime, today: date, until_on: date, policy: str = ""
) -> Decision[Provider]:
    """Leaves the provider out until a day, with who decided and why. Raises `ProviderExcluded` if it is out already."""
    if provider.is_excluded(today):
        raise ProviderExcluded(f"provider {provider.provider_id} is excluded already; end that first")
    exclusion = Exclusion(
        exclusion_id=derived_id("exc", provider.provider_id, at.isoformat()),
        reason=reason,
        author_id=by,
        since_at=at,
        until_on=until_on,
        policy=policy,
    )
    told = ExclusionTold(provider_id=provider.provider_id, reason=reason, until_on=until_on)
    return Decision(state=replace(provider, exclusions=(*provider.exclusions, exclusion)), events=[told])


def readmit(provider: Provider, *, reason: str, by: str, at: datetime, today: date) -> Decision[Provider]:
    """Ends the exclusion before its day. Raises `NotExcluded`."""
    if not provider.is_excluded(today):
        raise NotExcluded(f"provider {provider.provider_id} is not excluded")
    ended = tuple(
        replace(one, ended_at=at, ended_by=by, ended_reason=reason)
        if one.ended_at is None and today <= one.until_on
        else one
        for one in provider.exclusions
    )
    return Decision(
        state=replace(provider, exclusions=ended), events=[ProviderReadmitted(provider_id=provider.provider_id)]
    )
