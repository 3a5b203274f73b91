"""The end of a provider's services to one person: asked for by the person, made by the council (CP 5.3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Literal

from services.referrals.errors import StepNotPossible
from services.referrals.model.referral import FormerProvider, ProviderWish, Referral, moved
from shared.errors import invalid
from shared.events.referrals import ProviderChangeAsked, ProviderEnded
from shared.messaging.aggregates import Decision

AtWishOf = Literal["person", "council"]


def ask_change(referral: Referral, wish: ProviderWish) -> Decision[Referral]:
    """The person asks their social worker for another provider, or for none (CP 5.3). Nothing ends by asking.

    Raises `StepNotPossible`.
    """
    asked = moved(referral, "ask_provider_change")
    provider_id = _provider_of(referral)
    told = ProviderChangeAsked(
        referral_id=referral.referral_id, person_id=referral.person_id, provider_id=provider_id, wish=wish.wish
    )
    return Decision(state=replace(asked, provider_wishes=(*referral.provider_wishes, wish)), events=[told])


def end_provider(
    referral: Referral, *, ended_on: date, at_wish_of: AtWishOf, reason: str, by: str, at: datetime
) -> Decision[Referral]:
    """The council ends the provider's services to this person; another round of offers may follow (CP 5.3).

    Who was asked in this round sees the referral no more; its offers stay in the record. A start that is still due stays due.
    Raises `StepNotPossible`, `Invalid`.
    """
    free, provider_id = moved(referral, "end_provider"), _provider_of(referral)
    _refuse_before_support(referral, ended_on)
    ended = FormerProvider(
        round=referral.round,
        provider_id=provider_id,
        ended_on=ended_on,
        at_wish_of=at_wish_of,
        reason=reason,
        ended_by=by,
        ended_at=at,
        support_began_on=referral.implemented_on,
        offers=referral.offers,
    )
    told = ProviderEnded(
        referral_id=referral.referral_id,
        person_id=referral.person_id,
        provider_id=provider_id,
        ended_on=ended_on,
        at_wish_of=at_wish_of,
        round=ended.round,
    )
    state = replace(
        free,
        provider_id=None,
        implemented_on=None,
        offers=(),
        former_providers=(*referral.former_providers, ended),
        provider_wishes=_answered(referral),
    )
    return Decision(state=state, events=[told])


def just_ended(referral: Referral) -> frozenset[str]:
    """The provider that was ended last: the round that follows leaves it out (ours)."""
    return frozenset(former.provider_id for former in referral.former_providers[-1:])


def _provider_of(referral: Referral) -> str:
    if referral.provider_id is None:
        raise StepNotPossible("no provider has been chosen for this referral")
    return referral.provider_id


def _refuse_before_support(referral: Referral, ended_on: date) -> None:
    if referral.implemented_on is not None and ended_on < referral.implemented_on:
        raise invalid("ended_on", "order", "services end after they began")


def _answered(referral: Referral) -> tuple[ProviderWish, ...]:
    return tuple(
        replace(wish, answered_in_round=referral.round) if wish.answered_in_round is None else wish
        for wish in referral.provider_wishes
    )
