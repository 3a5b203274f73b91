"""How people are reached."""

from __future__ import annotations

from services.referrals.handlers.submission import check_needs
from services.referrals.model import parties
from services.referrals.model.parties import Person
from services.referrals.model.referral import is_staff
from services.referrals.ports import Records, Rules
from shared.clock import Clock
from shared.errors import NotFound
from shared.events.contacts import ContactDetails
from shared.events.referrals import ContactRecorded
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause


def set_communication_needs(
    person_id: str, *, needs: ContactDetails, persons: Records[Person], rules: Rules, clock: Clock, cause: Cause
) -> Stored[Person]:
    """Records how the person is to be reached, and which channels must never be used (CE 4.9).

    Staff do so for anyone in their scope, everyone else for themselves alone; raises `NotFound` otherwise, and `Invalid`
    for a code that is not in the council's policy.
    """
    caller = cause.caller
    if caller is not None and not (is_staff(caller) or caller.actor_id == person_id):
        raise NotFound(f"there is no person {person_id}")
    council_id = persons.get(person_id, caller=caller).council_id
    check_needs(needs, council_id=council_id, rules=rules, now=clock.now())
    told = ContactRecorded(party_id=person_id, kind="person", details=needs)

    def decide(person: Person) -> Decision[Person]:
        return Decision(state=parties.with_contact(person, needs), events=[told])

    return persons.change(person_id, decide, cause=cause)
