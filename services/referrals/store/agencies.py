"""The collection of care agencies, and the questions asked of it."""

from __future__ import annotations

from services.referrals.model.agencies import Agency
from services.referrals.model.direct_payments import DirectPayment
from services.referrals.store.scope import scope_of
from shared.context import Caller
from shared.messaging.aggregates import Aggregates, Found, Kind, Stored, collection_of
from shared.store.documents import Condition, Equal, Field, Order
from shared.store.records import dump_record, load_record

PAGE = 200

AGENCIES = collection_of(
    "agencies",
    fields=(Field(path="state.name"), Field(path="state.barred", kind="flag")),
    orders=(Order(name="name", by=(("state.name", "ascending"),)),),
)
AGENCY = Kind(name="agency", dump=dump_record, load=lambda state: load_record(Agency, state))


def agencies_seen_by(
    agencies: Aggregates[Agency], caller: Caller, *, barred: bool, after: str | None, limit: int
) -> Found[Agency]:
    """Agencies by name: those that people may be signposted to, or those that are barred (CE 3.2 "The Care Agency")."""
    where: list[Condition] = [*scope_of(caller), Equal(path="state.barred", value=barred)]
    return agencies.find(where, order="name", after=after, limit=limit)


class Signposts:
    """Who was signposted where."""

    def __init__(self, payments: Aggregates[DirectPayment]) -> None:
        self._payments = payments

    def payments_signposted_to(self, agency_id: str) -> list[Stored[DirectPayment]]:
        """Every direct payment whose person was pointed to this agency and not told since that it is barred."""
        where = [Equal(path="state.signposted_to", value=agency_id)]
        page = self._payments.find(where, limit=PAGE)
        found = list(page.items)
        while page.next is not None:
            page = self._payments.find(where, after=page.next, limit=PAGE)
            found += page.items
        return found
