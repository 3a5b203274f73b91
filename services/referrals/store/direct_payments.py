"""The collection of direct payments, its indexes, and who is shown which."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.referrals.model.direct_payments import DirectPayment, recipient_of
from services.referrals.model.payment_checks import check_clock, made_on
from services.referrals.model.payment_parts import CHECKS
from services.referrals.model.referral import is_staff
from services.referrals.store.scope import scope_of
from shared.context import Caller
from shared.messaging.aggregates import Aggregates, Found, Kind, collection_of
from shared.policy.keeping import CLOCK_FIELDS, CLOCK_ORDERS, clock_index
from shared.store.documents import AnyOf, Between, Condition, Equal, Field, Order
from shared.store.records import dump_record, load_record

DIRECT_PAYMENTS = collection_of(
    "direct_payments",
    fields=(
        Field(path="state.status"),
        Field(path="state.test_outcome"),
        Field(path="state.shown_to", kind="texts"),
        Field(path="state.implemented_on"),
        Field(path="state.signposted_to", kind="texts"),
        *(Field(path=f"state.{kind}_state") for kind in CHECKS),
        *(Field(path=f"state.{kind}_made_on") for kind in CHECKS),
        *CLOCK_FIELDS,
    ),
    orders=(Order(name="implemented", by=(("state.implemented_on", "descending"),)), *CLOCK_ORDERS),
)


def payments_shown_to(caller: Caller) -> list[Condition]:
    """What `is_payment_shown_to` says, as conditions of a query."""
    if caller.organisation_id is None and is_staff(caller):
        return scope_of(caller)
    own = [] if caller.organisation_id is not None else [caller.actor_id]
    return [*scope_of(caller), AnyOf(path="state.shown_to", values=own)]


def payments_seen_by(
    payments: Aggregates[DirectPayment],
    caller: Caller,
    *,
    status: str | None = None,
    test_outcome: str | None = None,
    overdue: bool | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Found[DirectPayment]:
    """Direct payments that the caller may see, the last implemented first."""
    given = (("state.status", status), ("state.test_outcome", test_outcome), ("state.overdue", overdue))
    where = [*payments_shown_to(caller), *(Equal(path=path, value=value) for path, value in given if value is not None)]
    return payments.find(where, order="implemented", after=after, limit=limit)


def checks_counted(
    payments: Aggregates[DirectPayment], *, council_id: str, since: date, until: date
) -> dict[str, dict[str, Any]]:
    """A council's checks in a period, its last day included, by kind (CE 3.2 "Early Help check").

    `made` counts those made in it; `states` says how the checks of payments implemented in it stand.
    """
    of_council = Equal(path="council_id", value=council_id)
    implemented: list[Condition] = [of_council, _within("state.implemented_on", since, until)]
    return {
        kind: {
            "made": payments.count([of_council, _within(f"state.{kind}_made_on", since, until)]),
            "states": dict(payments.group_count(f"state.{kind}_state", implemented)),
        }
        for kind in CHECKS
    }


def _within(path: str, since: date, until: date) -> Between:
    return Between(path=path, low=since.isoformat(), high=until.isoformat(), including_high=True)


def _dump_payment(payment: DirectPayment) -> dict[str, Any]:
    """The payment's state and, beside it, what its indexes need."""
    state: dict[str, Any] = dump_record(payment)
    recipient_id = recipient_of(payment)
    return state | {
        "test_outcome": payment.test.outcome if payment.test else None,
        "shown_to": sorted({payment.person_id, *([recipient_id] if recipient_id else [])}),
        "signposted_to": [one.agency_id for one in payment.signposts if one.agency_id and one.withdrawn_at is None],
        **{f"{kind}_state": clock.state for kind in CHECKS if (clock := check_clock(payment, kind))},
        **{f"{kind}_made_on": made[-1] for kind in CHECKS if (made := made_on(payment, kind))},
        **clock_index(payment.clocks),
    }


DIRECT_PAYMENT = Kind(name="direct payment", dump=_dump_payment, load=lambda state: load_record(DirectPayment, state))
