"""Knowing how to reach parties, and who holds which fund."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from services.notifications.errors import FundNotKnown
from services.notifications.model import notifications as model
from services.notifications.model.contacts import Contact, FundParties
from services.notifications.model.notice_kinds import AddressedNotice, AnyNotice, FundPartyNotice, Notice
from services.notifications.model.notifications import Notification
from services.notifications.ports import Records, WaitingMessages
from shared.clock import Clock
from shared.errors import Conflict, NotFound
from shared.events.envelope import Envelope
from shared.events.ledger import FundOpened
from shared.events.pa_registry import PersonalAssistantContactRecorded
from shared.events.referrals import ContactRecorded, WorkerContactRecorded
from shared.messaging.aggregates import Decision
from shared.messaging.cause import of_event, of_schedule


def record_contact(
    event: ContactRecorded | WorkerContactRecorded | PersonalAssistantContactRecorded,
    envelope: Envelope,
    *,
    contacts: Records[Contact],
    notifications: Records[Notification],
    waiting: WaitingMessages,
    clock: Clock,
) -> list[str]:
    """Keeps how the party can be reached from now on; gives the messages that were waiting for it, now due."""
    contact = Contact(party_id=event.party_id, kind=event.kind, details=event.details)
    _put(contacts, contact.party_id, contact, envelope)
    at = clock.now()
    waited = [stored.id for stored in waiting.notifications_waiting_for(contact.party_id)]
    for notification_id in waited:
        notifications.change(
            notification_id, lambda n: model.wake(n, at=at), cause=of_schedule("contact", notification_id)
        )
    return waited


def record_fund(event: FundOpened, envelope: Envelope, *, funds: Records[FundParties]) -> None:
    """Keeps whose fund it is and who holds it."""
    parties = FundParties(fund_id=event.fund_id, person_id=event.person_id, provider_id=event.provider_id)
    _put(funds, parties.fund_id, parties, envelope)


def addressed(notices: Iterable[AnyNotice], *, funds: Records[FundParties]) -> list[AddressedNotice]:
    """With the parties of funds by name. Raises `FundNotKnown`: a fund's opening may come later than its first spend."""
    return [_to_party(each, funds) if isinstance(each, FundPartyNotice) else each for each in notices]


def _to_party(notice: FundPartyNotice, funds: Records[FundParties]) -> Notice:
    try:
        parties = funds.get(notice.fund_id).state
    except NotFound as error:
        raise FundNotKnown(f"fund {notice.fund_id} is not known yet") from error
    party_id = parties.person_id if notice.party == "person" else parties.provider_id
    return Notice(template=notice.template, party_id=party_id, values=notice.values)


def _put(records: Records[Any], id: str, state: Any, envelope: Envelope) -> None:
    cause = of_event(envelope)
    try:
        records.create(id, Decision(state=state), council_id=envelope.councilid, cause=cause)
    except Conflict:
        records.change(id, lambda _: Decision(state=state), cause=cause)
