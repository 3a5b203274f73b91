"""The questions asked of referrals' records, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from operator import attrgetter

from services.referrals.handlers.intake import Intake
from services.referrals.handlers.seeing import seen_referral
from services.referrals.model.agencies import Agency
from services.referrals.model.direct_payments import DirectPayment
from services.referrals.model.duplicates import Alike
from services.referrals.model.life import OPEN
from services.referrals.model.parties import Person, Provider, Referrer, Worker
from services.referrals.model.referral import (
    Referral,
    is_possible_duplicate,
    is_staff,
    offers_shown_to,
    sees_outside_contract,
)
from services.referrals.model.reviews import ReviewProgramme
from services.referrals.store.referrals import reference_key
from services.referrals.store.scope import scope_of, shown_to, within_contract
from services.referrals.store.several import find_in_councils
from shared.context import Caller
from shared.errors import NotFound
from shared.messaging.aggregates import Aggregates, Found, Stored
from shared.store.documents import AnyOf, Between, Condition, Equal, Prefix

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
PAGE = 500
NARROW = ("possible_duplicate", "overdue", "status", "component")
"""What narrows a council's list most, first; each has an order of its own."""
MOST_PROVIDERS = 500
MOST_COUNCILS = 8
"""Of how many councils a page is merged; whoever sees more is served from one list of all."""
MOST_PEOPLE_ALIKE = 100
"""Of how many people with the same name, day of birth and postcode referrals are looked for; those beyond are counted."""
PERSONS_OF_ONE_NUMBER = 10
"""Every council may have given the same number to somebody."""


@dataclass(frozen=True, kw_only=True)
class ReferralStore:
    """The service's records, and its questions by name."""

    referrals: Aggregates[Referral]
    persons: Aggregates[Person]
    referrers: Aggregates[Referrer]
    providers: Aggregates[Provider]
    intakes: Aggregates[Intake]
    direct_payments: Aggregates[DirectPayment]
    workers: Aggregates[Worker]
    review_programmes: Aggregates[ReviewProgramme]
    agencies: Aggregates[Agency]

    def referral_seen_by(self, caller: Caller, referral_id: str) -> Stored[Referral]:
        """One referral. Raises `NotFound`, also for one that this caller may not see."""
        return seen_referral(referral_id, referrals=self.referrals, caller=caller)

    def referrals_seen_by(
        self,
        caller: Caller,
        *,
        council_id: str | None = None,
        q: str | None = None,
        status: str | None = None,
        overdue: bool | None = None,
        component: str | None = None,
        possible_duplicate: bool | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Found[Referral]:
        """Referrals that the caller may see, newest first; a provider sees only those it was offered (CP 6.1).

        `q` is a person's number, whole, or the beginning of a referral's reference; those found by their reference come in
        the order of their references. A page of possible duplicates can be shorter than its limit: that there is one outside
        the contract is not told to the council.
        """
        wanted = {
            "state.status": status,
            "state.overdue": overdue,
            "state.component": component,
            "state.possible_duplicate": possible_duplicate or None,
        }
        asked = [Equal(path=path, value=value) for path, value in wanted.items() if value is not None]
        if q or council_id is not None or not 1 < len(caller.councils) <= MOST_COUNCILS:
            where: list[Condition] = [*shown_to(caller), *(self._called(q, caller) if q else []), *asked]
            where += [Equal(path="council_id", value=council_id)] if council_id is not None else []
            found = self.referrals.find(where, order=_order_for(where), after=after, limit=limit)
        else:
            find = partial(self._of_one_council, caller, asked)
            newest = attrgetter("received_at")
            found = find_in_councils(sorted(set(caller.councils)), find, newest=newest, after=after, limit=limit)
        if not possible_duplicate:
            return found
        return replace(found, items=[one for one in found.items if is_possible_duplicate(caller, one.state)])

    def _of_one_council(
        self, caller: Caller, asked: Sequence[Condition], council_id: str, *, after: str | None, limit: int
    ) -> Found[Referral]:
        where = [*shown_to(replace(caller, councils=(council_id,))), *asked]
        return self.referrals.find(where, order=_order_for(where), after=after, limit=limit)

    def _called(self, q: str, caller: Caller) -> list[Condition]:
        number = Equal(path="state.reference", value=q.strip())
        persons = self.persons.find([*scope_of(caller), number], limit=PERSONS_OF_ONE_NUMBER).items
        if persons:
            return [AnyOf(path="state.person_id", values=[person.id for person in persons])]
        return [Prefix(path="state.reference_key", start=reference_key(q))]

    def referrals_of_council(
        self, caller: Caller, council_id: str, *, after: str | None, limit: int
    ) -> Found[Referral]:
        """One council's referrals that the caller may see, newest first. Raises `NotFound` for another's council."""
        if not caller.may_see(council_id):
            raise NotFound(f"there is no council {council_id}")
        where = [*shown_to(caller), Equal(path="council_id", value=council_id)]
        return self.referrals.find(where, order="received", after=after, limit=limit)

    def worker_of(self, referral_id: str | None) -> str | None:
        """A referral's designated worker, if it has one (CE 4.3)."""
        if referral_id is None:
            return None
        try:
            return self.referrals.get(referral_id).state.worker_id
        except NotFound:
            return None

    def person_or_none(self, person_id: str) -> Person | None:
        """What is known of a person, if anything is."""
        try:
            return self.persons.get(person_id).state
        except NotFound:
            return None

    def referrals_waiting(self, council_id: str, *, in_contract: bool) -> list[Stored[Referral]]:
        """A council's whole waiting list, in no order; within the contract, or outside it (CE 1.1)."""
        outside = None if in_contract else True
        where: list[Condition] = [
            Equal(path="council_id", value=council_id),
            Equal(path="state.status", value="waiting"),
            Equal(path="state.outside_contract", value=outside),
        ]
        return self._all(where)

    def refusals_seen_by(self, caller: Caller, *, council_id: str, after: str | None, limit: int) -> Found[Referral]:
        """Referrals of a council that were refused, closed since or not, newest first (CE 4.8)."""
        where: list[Condition] = [
            *shown_to(caller),
            Equal(path="council_id", value=council_id),
            AnyOf(path="state.status", values=["refused", "closed"]),
            Between(path="state.refusal_reason", low=""),
        ]
        return self.referrals.find(where, order="of_council", after=after, limit=limit)

    def open_referrals_beside(self, referral: Referral, council_id: str, *, most: int) -> Alike:
        """The person's other referrals that somebody still has to do something for."""
        where: list[Condition] = [
            Equal(path="council_id", value=council_id),
            Equal(path="state.person_id", value=referral.person_id),
            AnyOf(path="state.status", values=sorted(OPEN)),
        ]
        return self._alike(where, most=most, itself=referral if referral.status in OPEN else None)

    def referrals_of_people_like(self, details_key: str, council_id: str, *, but: str, most: int) -> Alike:
        """Referrals of other people with the same name, day of birth and postcode."""
        scope = Equal(path="council_id", value=council_id)
        same = [scope, Equal(path="state.details_key", value=details_key)]
        people = self.persons.find(same, limit=MOST_PEOPLE_ALIKE)
        ids = [person.id for person in people.items if person.id != but]
        if not ids:
            return Alike()
        alike = self._alike([scope, AnyOf(path="state.person_id", values=ids)], most=most)
        beyond = self.persons.count(same) - len(people.items) if people.next else 0
        return replace(alike, more=alike.more + beyond)

    def _alike(self, where: list[Condition], *, most: int, itself: Referral | None = None) -> Alike:
        """Some that meet all this, and how many more there are; what is `itself` among them is none."""
        own = itself.referral_id if itself else None
        found = [one.state for one in self._all(where, order="of_person", most=most + 2) if one.id != own]
        some = found[:most]
        if len(found) <= most:
            return Alike(some=some)
        told = len(some) + (itself is not None)
        told_in_contract = sum(one.in_contract for one in (*some, *([itself] if itself else [])))
        return Alike(
            some=some,
            more=self.referrals.count(where) - told,
            more_in_contract=self.referrals.count([*where, *within_contract(True)]) - told_in_contract,
        )

    def referrals_since(self, council_id: str, since: datetime) -> int:
        """How many referrals within the contract a council has had since this instant (CP Sch I)."""
        where = [
            Equal(path="council_id", value=council_id),
            Between(path="state.received_at", low=since),
            *within_contract(True),
        ]
        return self.referrals.count(where)

    def caseloads(self, caller: Caller) -> dict[str, int]:
        """How many open referrals each designated worker has, as far as the caller may see them (CE 4.3)."""
        where = [*shown_to(caller), AnyOf(path="state.status", values=sorted(OPEN))]
        return dict(self.referrals.group_count("state.worker_id", where))

    def figures(self, council_id: str, *, since: datetime, until: datetime) -> dict[str, dict[str, int]]:
        """A council's referrals received in a period, within the contract, by status, component and refusal reason."""
        where = _received(council_id, since, until)
        paths = {"status": "state.status", "component": "state.component", "refusal_reason": "state.refusal_reason"}
        return {name: dict(self.referrals.group_count(path, where)) for name, path in paths.items()}

    def accepted(self, council_id: str, *, since: datetime, until: datetime) -> int:
        """How many of them were ever accepted (CP Sch I)."""
        accepted = Between(path="state.accepted_at", low=BEGINNING)
        return self.referrals.count([*_received(council_id, since, until), accepted])

    def providers_of_lot(self, council_id: str, lot: int, *, on: date) -> Sequence[Provider]:
        """Providers of the lot that are taking referrals and that nobody has excluded on this day (CP 6.1, 6.2)."""
        where = [Equal(path="council_id", value=council_id), Equal(path="state.lot_names", value=str(lot))]
        found = self.providers.find(where, limit=MOST_PROVIDERS).items
        return [stored.state for stored in found if stored.state.taking_referrals and not stored.state.is_excluded(on)]

    def providers_seen_by(
        self, caller: Caller, *, council_id: str | None, after: str | None, limit: int
    ) -> Found[Provider]:
        """Providers on the frameworks of the caller's councils; a provider sees its own record."""
        where = scope_of(caller)
        where += [Equal(path="council_id", value=council_id)] if council_id else []
        where += [Equal(path="_id", value=caller.organisation_id)] if caller.organisation_id else []
        return self.providers.find(where, after=after, limit=limit)

    def person_seen_by(self, caller: Caller, person_id: str) -> Stored[Person]:
        """How one person is reached: for staff, for themselves, and for the provider they chose (CP 6.15). Raises `NotFound`."""
        stored = self.persons.get(person_id, caller=caller)
        if not (
            caller.actor_id == person_id
            or self._is_person_of_staff(caller, person_id)
            or self._is_chosen_provider(caller, person_id)
        ):
            raise NotFound(f"there is no person {person_id}")
        return stored

    def is_known_outside_contract_only(self, person_id: str, council_id: str) -> bool:
        """Whether all that is known of a person is self-funders' referrals, which the council does not see (CE 1.4)."""
        where = [Equal(path="council_id", value=council_id), Equal(path="state.person_id", value=person_id)]
        found = self.referrals.find(where, limit=100).items
        return bool(found) and not any(stored.state.in_contract for stored in found)

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

    def _all(
        self, where: Sequence[Condition], *, order: str | None = None, most: int | None = None
    ) -> list[Stored[Referral]]:
        page = self.referrals.find(where, order=order, limit=min(PAGE, most or PAGE))
        found = list(page.items)
        while page.next is not None and (most is None or len(found) < most):
            page = self.referrals.find(where, order=order, after=page.next, limit=PAGE)
            found += page.items
        return found[:most]

    def _is_person_of_staff(self, caller: Caller, person_id: str) -> bool:
        """The council's staff see only people with a referral within the contract (CE 1.1)."""
        if not is_staff(caller) or sees_outside_contract(caller):
            return is_staff(caller)
        where: list[Condition] = [*shown_to(caller), Equal(path="state.person_id", value=person_id)]
        return bool(self.referrals.find(where, order="of_person", limit=1).items)

    def _is_chosen_provider(self, caller: Caller, person_id: str) -> bool:
        if caller.organisation_id is None:
            return False
        where = [*shown_to(caller), Equal(path="state.person_id", value=person_id)]
        found = self.referrals.find(where, order="of_person", limit=100).items
        return any(stored.state.provider_id == caller.organisation_id for stored in found)


def _received(council_id: str, since: datetime, until: datetime) -> list[Condition]:
    return [
        Equal(path="council_id", value=council_id),
        Between(path="state.received_at", low=since, high=until),
        *within_contract(True),
    ]


def _order_for(where: Sequence[Condition]) -> str:
    """The order whose index holds what is asked for together."""
    paths = {condition.path for condition in where if not isinstance(condition, Equal)}
    equal = {condition.path: condition.value for condition in where if isinstance(condition, Equal)}
    if "state.reference_key" in paths:
        return "of_council_by_reference" if "council_id" in paths | set(equal) else "by_reference"
    if "state.person_id" in paths | set(equal):
        return "of_person"
    if "council_id" not in equal:
        return "received"
    narrow = [name for name in NARROW if equal.get(f"state.{name}")]
    return f"of_council_{narrow[0]}" if narrow else "of_council"
