"""Money set aside by purpose: for an outcome of the agreed plan, until it is spent on that or free again.

Nothing runs out and nothing is promised to a payee, unlike a reservation. What is spent from it is a spend like any other, by
the same rules.
"""

from __future__ import annotations

from datetime import date

from services.ledger.errors import MoreThanAllocated, NotAnAgreedPurpose
from services.ledger.model.blocks import Head
from services.ledger.model.chart import allocated_account, allocations_in
from services.ledger.model.entries import Draft, Key, allocated, released
from services.ledger.model.funds import Fund
from shared.errors import FieldError
from shared.money import ZERO, Pence, format_gbp


def allocation_draft(
    fund: Fund, purpose: str, amount: Pence, *, on: date, policy_version: str, reason: str, key: Key | None
) -> Draft:
    """The entry that sets money aside. Raises `FundClosed`, `PlanNotAgreed`, `NotAnAgreedPurpose`."""
    if purpose not in fund.agreed_plan().outcome_ids:
        sentence = f"The agreed plan has no outcome {purpose}, so nothing is set aside for it."
        raise NotAnAgreedPurpose(sentence, errors=[FieldError(field="purpose", rule="agreed", message=sentence)])
    return Draft(
        type="allocate",
        legs=allocated(amount, purpose),
        effective_on=on,
        policy_version=policy_version,
        reference=reason,
        key=key,
    )


def release_draft(
    head: Head,
    purpose: str,
    amount: Pence | None,
    *,
    on: date,
    policy_version: str,
    reason: str,
    key: Key | None,
) -> Draft:
    """The entry that frees what is set aside, all of it without an amount. Raises `MoreThanAllocated`."""
    freed = amount or allocated_to(head, purpose)
    check_allocated(head, purpose, freed)
    return Draft(
        type="release",
        legs=released(freed, purpose),
        effective_on=on,
        policy_version=policy_version,
        reference=reason,
        key=key,
    )


def allocated_to(head: Head, purpose: str) -> Pence:
    """What is set aside for the purpose."""
    return head.balances.get(allocated_account(purpose), ZERO)


def check_allocated(head: Head, purpose: str, amount: Pence) -> None:
    """Raises `MoreThanAllocated` where less is set aside, or nothing."""
    held = allocations_in(head.balances).get(purpose, ZERO)
    if amount <= held and held:
        return
    sentence = f"{format_gbp(held)} is set aside for {purpose}; this needs {format_gbp(amount)}."
    if not held:
        sentence = f"Nothing is set aside for {purpose}."
    raise MoreThanAllocated(sentence, errors=[FieldError(field="purpose", rule="within-allocation", message=sentence)])
