"""What a caller may see, as conditions of a query."""

from __future__ import annotations

from services.referrals.model.referral import is_staff, sees_outside_contract
from shared.context import EVERY_COUNCIL, Caller
from shared.store.documents import AnyOf, Condition, Equal


def shown_to(caller: Caller) -> list[Condition]:
    """The conditions that keep a caller to what it may see: what `is_shown_to` says, as a query."""
    if caller.organisation_id is not None:
        return [*scope_of(caller), Equal(path="state.offered_to", value=caller.organisation_id)]
    if is_staff(caller):
        return [*scope_of(caller), *within_contract(not sees_outside_contract(caller))]
    return [*scope_of(caller), Equal(path="state.person_id", value=caller.actor_id)]


def within_contract(only: bool) -> list[Condition]:
    """The condition that leaves out what lies outside the contract (CE 1.1), if that is wanted."""
    return [Equal(path="state.outside_contract", value=None)] if only else []


def scope_of(caller: Caller) -> list[Condition]:
    """The condition that keeps a caller to the councils of its token."""
    if EVERY_COUNCIL in caller.councils:
        return []
    if len(caller.councils) == 1:
        return [Equal(path="council_id", value=caller.councils[0])]
    return [AnyOf(path="council_id", values=list(caller.councils))]
