"""Sending what is due: claim it, choose a safe channel, hand it over, mark it.

A crash between handing over and marking sends the message again under the same id once its lease is over: a message
twice is better than none, and a channel that knows the id makes it one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from services.notifications.errors import NotDue
from services.notifications.model import notifications as model
from services.notifications.model.contacts import Contact
from services.notifications.model.notifications import Notification
from services.notifications.model.routes import Installed, Route, routes_to
from services.notifications.model.wording import Wording, put_into_words
from services.notifications.ports import Records, Rules
from services.notifications.settings import NotificationSettings
from shared.clock import Clock
from shared.errors import NotFound
from shared.events.contacts import ContactDetails
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause, of_schedule
from shared.plugins.points import Channel, ChannelAway, ChannelRefused, OutgoingMessage

log = structlog.get_logger(__name__)
ACTOR = "service:notifications"
Decide = Callable[[Notification], Decision[Notification]]


@dataclass(frozen=True, kw_only=True)
class SendingDesk:
    """What sending works with. `channels` are the installed ones by name, in the order of settings."""

    notifications: Records[Notification]
    contacts: Records[Contact]
    channels: Mapping[str, Channel]
    installed: tuple[Installed, ...]
    wordings: Mapping[str, Wording]
    rules: Rules
    clock: Clock
    settings: NotificationSettings


def send_notification(notification_id: str, *, desk: SendingDesk) -> None:
    """Sends the message if it is due and nobody else is sending it; tries channel after channel until one takes it."""
    while (stored := _claim(notification_id, desk)) is not None:
        contact = _contact_of(stored, desk)
        if contact is None:
            _wait_for_contact(stored, desk)
        else:
            _send_to(contact, stored, desk)


def _claim(notification_id: str, desk: SendingDesk) -> Stored[Notification] | None:
    lease = timedelta(seconds=desk.settings.lease_seconds)
    at = desk.clock.now()
    try:
        return desk.notifications.change(
            notification_id,
            lambda n: model.claim(n, at=at, lease=lease),
            cause=of_schedule("notifications", notification_id),
        )
    except (NotDue, NotFound):
        return None


def _contact_of(stored: Stored[Notification], desk: SendingDesk) -> ContactDetails | None:
    """How to reach the party, as it stands now; `None` while it isn't known."""
    mailbox = stored.state.mailbox
    if mailbox is not None:
        address = desk.rules.mailbox(stored.council_id, mailbox, desk.clock.now())
        return ContactDetails(name="", preferred_channel="email", email=address)
    return _known(stored.state.party_id, desk)


def _known(party_id: str, desk: SendingDesk) -> ContactDetails | None:
    try:
        return desk.contacts.get(party_id).state.details
    except NotFound:
        return None


def _wait_for_contact(stored: Stored[Notification], desk: SendingDesk) -> None:
    at = desk.clock.now()
    retry = timedelta(seconds=desk.settings.contact_retry_seconds)
    limit = timedelta(seconds=desk.settings.contact_wait_seconds)
    _write(stored, lambda n: model.wait_for_contact(n, at=at, retry=retry, limit=limit), desk)
    if _known(stored.state.party_id, desk) is not None:  # it came between looking and waiting
        _write(stored, lambda n: model.wake(n, at=at), desk)


def _send_to(contact: ContactDetails, stored: Stored[Notification], desk: SendingDesk) -> None:
    notification = stored.state
    wording = desk.wordings[notification.template]
    routes = routes_to(contact, installed=desk.installed, written=wording.written, given_up=notification.given_up)
    if not routes:
        reason = notification.reason or "no-safe-channel"
        _write(stored, lambda n: model.fail(n, reason=reason), desk)
        log.error("notification.failed", notification_id=stored.id, reason=reason)
        return
    _hand_over(_message(contact, routes[0], stored, wording, desk), routes[0], stored, desk)


def _hand_over(message: OutgoingMessage, route: Route, stored: Stored[Notification], desk: SendingDesk) -> None:
    try:
        desk.channels[route.channel].send(message)
    except ChannelRefused as refused:
        log.warning("notification.refused", notification_id=stored.id, channel=route.channel, exc_info=refused)
        _write(stored, lambda n: model.give_up(n, route, reason="refused", at=desk.clock.now()), desk)
    except Exception as error:  # ChannelAway, or a channel that breaks its contract: either may pass
        level = log.warning if isinstance(error, ChannelAway) else log.error
        level("notification.postponed", notification_id=stored.id, channel=route.channel, exc_info=error)
        waits = desk.settings.retry_after_seconds
        _write(stored, lambda n: model.postpone(n, route, at=desk.clock.now(), waits=waits), desk)
    else:
        _write(stored, lambda n: model.mark_sent(n, route, at=desk.clock.now()), desk)


def _message(
    contact: ContactDetails, route: Route, stored: Stored[Notification], wording: Wording, desk: SendingDesk
) -> OutgoingMessage:
    words = put_into_words(
        wording, route.kind, values=_values_of(stored, desk), name=contact.name, formats=contact.formats
    )
    return OutgoingMessage(
        message_id=stored.id,
        to_name=contact.name,
        address=route.address,
        subject=words.subject,
        body=words.body,
        formats=contact.formats,
    )


def _values_of(stored: Stored[Notification], desk: SendingDesk) -> dict[str, str]:
    """The message's facts with what the council's policy says of them in words."""
    at, values = desk.clock.now(), dict(stored.state.values)
    if "reason" in values:
        values["reason"] = desk.rules.refusal_reason(stored.council_id, values["reason"], at)
    return values | {"council_name": desk.rules.council_name(stored.council_id, at)}


def _write(stored: Stored[Notification], decide: Decide, desk: SendingDesk) -> None:
    notification = stored.state
    cause = Cause(
        actor_id=ACTOR,
        correlation_id=notification.correlation_id,
        causation_id=stored.id if notification.restricted else notification.event_id,
    )
    desk.notifications.change(stored.id, decide, cause=cause)
