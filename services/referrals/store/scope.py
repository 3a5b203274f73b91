"""What a caller may see, as conditions of a query."""

from __future__ import annotations

from services.referrals.model.referral import is_staff
from shared.context import EVERY_COUNCIL, Caller
from shared.store.documents import AnyOf, Condition, Equal


def shown_to(caller: Caller) -> list[Condition]:
    """The conditions that keep a caller to what it may see: what `is_shown_to` says, as a query."""
    if caller.organisation_id is not None:
        return [*scope_of(caller), Equal(path="state.offered_to", value=caller.organisation_id)]
    if is_staff(caller):
        return scope_of(caller)
    return [*scope_of(caller), Equal(path="state.person_id", value=caller.actor_id)]


def scope_of(caller: Caller) -> list[Condition]:
    """The condition that keeps a caller to the councils of its token."""
    if EVERY_COUNCIL in caller.councils:
        return []
    return [AnyOf(path="council_id", values=list(caller.councils))]
