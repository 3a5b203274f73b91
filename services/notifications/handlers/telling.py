"""Telling parties of an event: an intent per party, which a repeat of the event finds again."""

from __future__ import annotations

from collections.abc import Iterable

from services.notifications.model.contacts import Contact
from services.notifications.model.notice_kinds import AddressedNotice, Notice, TeamNotice, WorkerNotice
from services.notifications.model.notifications import Notification
from services.notifications.ports import Records, Rules
from shared.clock import Clock
from shared.errors import NotFound
from shared.events.contacts import worker_party
from shared.events.envelope import Envelope
from shared.ids import derived_id
from shared.messaging.aggregates import Decision
from shared.messaging.cause import of_event


def tell(
    notices: Iterable[AddressedNotice],
    envelope: Envelope,
    *,
    contacts: Records[Contact],
    notifications: Records[Notification],
    rules: Rules,
    clock: Clock,
) -> list[str]:
    """Writes down what is to be sent; gives the ids, the same again for a repeat of the event."""
    cause = of_event(envelope)
    addressed = [to for notice in notices for to in _addressed(notice, envelope.councilid, contacts)]
    intents = [_intent(n, envelope, clock) for n in addressed if not _is_skipped(n, envelope, rules, clock)]
    for intent in intents:
        notifications.create(intent.notification_id, Decision(state=intent), council_id=envelope.councilid, cause=cause)
    return [intent.notification_id for intent in intents]


def team_id(council_id: str, mailbox: str) -> str:
    """The party id of a council's team."""
    return f"team:{council_id}:{mailbox.removeprefix('contact_').replace('_', '-')}"


def _addressed(notice: AddressedNotice, council_id: str, contacts: Records[Contact]) -> list[Notice | TeamNotice]:
    """A worker is a party like any other once somebody has said how to reach them; until then see `WorkerNotice`."""
    if not isinstance(notice, WorkerNotice):
        return [notice]
    party_id = worker_party(council_id, notice.worker_id)
    if notice.needed or _is_known(party_id, contacts):
        return [Notice(template=notice.template, party_id=party_id, values=notice.values)]
    if notice.or_team is not None:
        return [TeamNotice(template=notice.template, mailbox=notice.or_team, values=notice.values)]
    return []


def _is_known(party_id: str, contacts: Records[Contact]) -> bool:
    try:
        contacts.get(party_id)
    except NotFound:
        return False
    return True


def _is_skipped(notice: Notice | TeamNotice, envelope: Envelope, rules: Rules, clock: Clock) -> bool:
    """Teams that nobody has to tell are left out where the council's pack names no mailbox."""
    if isinstance(notice, Notice) or notice.needed:
        return False
    return rules.mailbox(envelope.councilid, notice.mailbox, clock.now()) is None


def _intent(notice: Notice | TeamNotice, envelope: Envelope, clock: Clock) -> Notification:
    team = notice if isinstance(notice, TeamNotice) else None
    party_id = notice.party_id if isinstance(notice, Notice) else team_id(envelope.councilid, notice.mailbox)
    notification_id = derived_id("ntf", envelope.id, party_id, notice.template)
    restricted = team is not None and team.restricted
    now = clock.now()
    return Notification(
        notification_id=notification_id,
        event_id=envelope.id,
        correlation_id=derived_id("cor", notification_id) if restricted else envelope.correlationid,
        party_id=party_id,
        mailbox=team.mailbox if team else None,
        template=notice.template,
        values=dict(notice.values),
        restricted=restricted,
        created_at=now,
        due_at=now,
    )
