"""Referrals' collections, their indexes, and the questions asked of them by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from services.referrals.handlers.intake import Intake
from services.referrals.handlers.seeing import seen_referral
from services.referrals.model import Person, Provider, Referral, Referrer, is_staff, offers_shown_to
from shared.context import EVERY_COUNCIL, Caller
from shared.errors import NotFound
from shared.messaging.aggregates import Aggregates, Found, Kind, Stored, collection_of
from shared.messaging.scheduling import Due
from shared.policy.running import has_breach, next_due
from shared.store.documents import AnyOf, Between, Condition, Equal, Field, Order
from shared.store.records import dump_record, load_record

REFERRALS = collection_of(
    "referrals",
    fields=(
        Field(path="state.status"),
        Field(path="state.component"),
        Field(path="state.person_id"),
        Field(path="state.reference"),
        Field(path="state.received_at", kind="instant"),
        Field(path="state.next_due_at", kind="instant"),
        Field(path="state.overdue", kind="flag"),
        Field(path="state.offer_ids", kind="texts"),
        Field(path="state.offered_to", kind="texts"),
        Field(path="state.clock_ids", kind="texts"),
    ),
    orders=(
        Order(name="received", by=(("state.received_at", "descending"),)),
        Order(name="due", by=(("state.next_due_at", "ascending"),)),
    ),
)
PERSONS = collection_of("persons", fields=(Field(path="state.reference"),))
REFERRERS = collection_of("referrers")
PROVIDERS = collection_of("providers", fields=(Field(path="state.lot_names", kind="texts"),))
INTAKES = collection_of("intakes")
CLOCKS_RUN_OUT = Due(name="clocks", collection=REFERRALS, path="state.next_due_at", grace=timedelta(seconds=1))
"""Referrals whose first running clock is past its due instant: instants name whole seconds, and the second they name still
counts."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
COLLECTIONS = (REFERRALS, PERSONS, REFERRERS, PROVIDERS, INTAKES)


def _dump_referral(referral: Referral) -> dict[str, Any]:
    """The referral's state and, beside it, what its indexes need."""
    state: dict[str, Any] = dump_record(referral)
    return state | {
        "next_due_at": next_due(referral.clocks),
        "overdue": has_breach(referral.clocks),
        "offer_ids": [offer.offer_id for offer in referral.offers],
        "offered_to": [offer.provider_id for offer in referral.offers],
        "clock_ids": [clock.clock_id for clock in referral.clocks],
    }


def _dump_provider(provider: Provider) -> dict[str, Any]:
    state: dict[str, Any] = dump_record(provider)
    return state | {"lot_names": [str(lot) for lot in provider.lots]}


REFERRAL = Kind(name="referral", dump=_dump_referral, load=lambda state: load_record(Referral, state))
PERSON = Kind(name="person", dump=dump_record, load=lambda state: load_record(Person, state))
REFERRER = Kind(name="referrer", dump=dump_record, load=lambda state: load_record(Referrer, state))
PROVIDER = Kind(name="provider", dump=_dump_provider, load=lambda state: load_record(Provider, state))
INTAKE = Kind(name="intake", dump=dump_record, load=lambda state: load_record(Intake, state))


@dataclass(frozen=True, kw_only=True)
class ReferralStore:
    """The service's records, and its questions by name."""

    referrals: Aggregates[Referral]
    persons: Aggregates[Person]
    referrers: Aggregates[Referrer]
    providers: Aggregates[Provider]
    intakes: Aggregates[Intake]

    def referral_seen_by(self, caller: Caller, referral_id: str) -> Stored[Referral]:
        """One referral. Raises `NotFound`, also for one that this caller may not see."""
        return seen_referral(referral_id, referrals=self.referrals, caller=caller)

    def referrals_seen_by(
        self,
        caller: Caller,
        *,
        status: str | None = None,
        overdue: bool | None = None,
        component: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Found[Referral]:
        """Referrals that the caller may see, newest first; a provider sees only those it was offered (CP 6.1)."""
        where = shown_to(caller)
        for path, value in (("state.status", status), ("state.overdue", overdue), ("state.component", component)):
            if value is not None:
                where.append(Equal(path=path, value=value))
        return self.referrals.find(where, order="received", after=after, limit=limit)

    def referrals_overdue_for(self, caller: Caller, *, after: str | None, limit: int) -> Found[Referral]:
        """Referrals with an open clock past its due instant."""
        return self.referrals_seen_by(caller, overdue=True, after=after, limit=limit)

    def referrals_with_clocks(self, caller: Caller, *, after: str | None, limit: int) -> Found[Referral]:
        """Referrals with a running clock, the one that is due first at the top."""
        where = [*shown_to(caller), Between(path="state.next_due_at", low=BEGINNING)]
        return self.referrals.find(where, order="due", after=after, limit=limit)

    def providers_of_lot(self, council_id: str, lot: int) -> Sequence[Provider]:
        """Providers of the lot that are taking referrals (CP 6.1, 6.2)."""
        where = [Equal(path="council_id", value=council_id), Equal(path="state.lot_names", value=str(lot))]
        found = self.providers.find(where, limit=500).items
        return [stored.state for stored in found if stored.state.taking_referrals]

    def person_seen_by(self, caller: Caller, person_id: str) -> Stored[Person]:
        """How one person is reached: for staff, for themselves, and for the provider they chose (CP 6.15). Raises `NotFound`."""
        stored = self.persons.get(person_id, caller=caller)
        if not (is_staff(caller) or caller.actor_id == person_id or self._is_chosen_provider(caller, person_id)):
            raise NotFound(f"there is no person {person_id}")
        return stored

    def referral_of_offer(self, offer_id: str, caller: Caller | None) -> Stored[Referral]:
        """The referral of an offer that the caller may see. Raises `NotFound`."""
        missing = f"there is no offer {offer_id}"
        stored = self._only("state.offer_ids", offer_id, caller, missing)
        if caller is not None and offer_id not in {o.offer_id for o in offers_shown_to(caller, stored.state)}:
            raise NotFound(missing)
        return stored

    def referral_of_clock(self, clock_id: str, caller: Caller) -> Stored[Referral]:
        """The referral that a clock runs with. Raises `NotFound`, also for one that the caller may not see."""
        return self._only("state.clock_ids", clock_id, caller, f"there is no clock {clock_id}")

    def _only(self, path: str, value: str, caller: Caller | None, missing: str) -> Stored[Referral]:
        where = [Equal(path=path, value=value), *(shown_to(caller) if caller is not None else [])]
        found = self.referrals.find(where, limit=1).items
        if not found:
            raise NotFound(missing)
        return found[0]

    def _is_chosen_provider(self, caller: Caller, person_id: str) -> bool:
        if caller.organisation_id is None:
            return False
        where = [*shown_to(caller), Equal(path="state.person_id", value=person_id)]
        found = self.referrals.find(where, limit=100).items
        return any(stored.state.provider_id == caller.organisation_id for stored in found)


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
