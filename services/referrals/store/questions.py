"""The questions asked of referrals' records, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.referrals.handlers.intake import Intake
from services.referrals.handlers.seeing import seen_referral
from services.referrals.model.parties import Person, Provider, Referrer
from services.referrals.model.referral import Referral, is_staff, offers_shown_to
from services.referrals.store.scope import shown_to
from shared.context import Caller
from shared.errors import NotFound
from shared.messaging.aggregates import Aggregates, Found, Stored
from shared.store.documents import Equal


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

    def referrals_of_council(
        self, caller: Caller, council_id: str, *, after: str | None, limit: int
    ) -> Found[Referral]:
        """One council's referrals that the caller may see, newest first. Raises `NotFound` for another's council."""
        if not caller.may_see(council_id):
            raise NotFound(f"there is no council {council_id}")
        where = [*shown_to(caller), Equal(path="council_id", value=council_id)]
        return self.referrals.find(where, order="received", after=after, limit=limit)

    def person_or_none(self, person_id: str) -> Person | None:
        """What is known of a person, if anything is."""
        try:
            return self.persons.get(person_id).state
        except NotFound:
            return None

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
