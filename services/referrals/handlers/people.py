"""How people are reached."""

from __future__ import annotations

from services.referrals.handlers.submission import check_needs
from services.referrals.model import parties
from services.referrals.model.parties import Person, Worker
from services.referrals.model.referral import is_staff
from services.referrals.ports import Records, Rules
from shared.clock import Clock
from shared.context import Caller
from shared.errors import Conflict, Forbidden, NotFound, invalid
from shared.events.contacts import ContactDetails, worker_party
from shared.events.referrals import ContactRecorded, WorkerContactRecorded
from shared.ids import derived_id
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause

ANSWER_FOR_WORKERS = frozenset({"dpss_manager", "commissioner", "brokerage_team"})
"""Who answers for others' work, and says how they are reached."""


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


def set_worker_contact(
    council_id: str, worker_id: str, *, details: ContactDetails, workers: Records[Worker], cause: Cause
) -> Stored[Worker]:
    """Records how somebody who works on cases is reached when something is due or amiss (CE 4.3, 7.7).

    Everybody says it of themselves; those who answer for a service say it of others. Raises `NotFound`, `Forbidden`, `Invalid`.
    """
    _refuse_unless_own(council_id, worker_id, cause.caller)
    if not any((details.email, details.sms, details.phone, details.letter)):
        raise invalid("email", "required", "give at least one way to reach them")
    worker = Worker(worker_id=worker_id, contact=details)
    told = WorkerContactRecorded(party_id=worker_party(council_id, worker_id), details=details)
    record_id = worker_record_id(council_id, worker_id)
    try:
        return workers.create(record_id, Decision(state=worker, events=[told]), council_id=council_id, cause=cause)
    except Conflict:
        return workers.change(record_id, lambda _: Decision(state=worker, events=[told]), cause=cause)


def get_worker_contact(
    council_id: str, worker_id: str, *, workers: Records[Worker], caller: Caller | None
) -> Stored[Worker]:
    """How they are reached. Raises `NotFound`, `Forbidden`."""
    _refuse_unless_own(council_id, worker_id, caller)
    return workers.get(worker_record_id(council_id, worker_id), caller=caller)


def worker_record_id(council_id: str, worker_id: str) -> str:
    """The id of a worker's record."""
    return derived_id("wkr", council_id, worker_id)


def _refuse_unless_own(council_id: str, worker_id: str, caller: Caller | None) -> None:
    if caller is None:
        return
    if not caller.may_see(council_id):
        raise NotFound(f"there is no council {council_id}")
    answers_for_others = caller.organisation_id is None and not ANSWER_FOR_WORKERS.isdisjoint(caller.roles)
    if caller.actor_id != worker_id and not answers_for_others:
        raise Forbidden("Workers say themselves how they are reached, or their managers do.")
