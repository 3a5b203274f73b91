"""A webhook: where a council's own system is told of events over HTTPS (Standard Webhooks), and how its secret changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from services.notifications.errors import WebhookDisabled
from shared.errors import invalid
from shared.events.safeguarding import AlertRaised
from shared.events.webhooks import WebhookDisabled as Disabled
from shared.events.webhooks import WebhookEnabled, WebhookSecretChanged, WebhookSubscribed
from shared.messaging.aggregates import Decision

State = Literal["enabled", "disabled"]
DisabledBecause = Literal["by-request", "gone"]
EVENT_TYPES = (AlertRaised.type,)
"""What may be subscribed to."""
LONGEST_URL = 2000
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """A subscription as it stands.

    Its secret is not kept: it is made from the platform's key, the id and `secret_number`. The one before it signs as
    well until `former_secret_until`.
    """

    webhook_id: str
    url: str
    event_types: tuple[str, ...] = EVENT_TYPES
    state: State = "enabled"
    disabled_because: DisabledBecause | None = None
    secret_number: int = 1
    former_secret_until: datetime | None = None
    created_by: str
    created_at: datetime


def check_url(url: str, *, plain_http: bool) -> None:
    """Whether a webhook may have this address; with `plain_http`, http to this machine too. Raises `Invalid`.

    Where it leads is checked each time that something is sent there.
    """
    if len(url) > LONGEST_URL or not url.isascii() or any(c.isspace() or not c.isprintable() for c in url):
        raise invalid("url", "format", f"the address is at most {LONGEST_URL} visible ASCII characters")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise invalid("url", "format", "give an address such as https://alerts.council.example/steward") from None
    if not host or port == 0 or parts.username is not None or parts.password is not None or parts.fragment:
        raise invalid("url", "format", "the address names a host, and no user, password or fragment")
    if parts.scheme != "https" and not (plain_http and parts.scheme == "http" and host in THIS_MACHINE):
        raise invalid("url", "https", "give an https:// address")


def subscribe(webhook: Webhook) -> Decision[Webhook]:
    """A new subscription; who made it is told with it."""
    host = urlsplit(webhook.url).hostname or ""
    told = WebhookSubscribed(webhook_id=webhook.webhook_id, host=host, event_types=webhook.event_types)
    return Decision(state=webhook, events=[told])


def change_secret(webhook: Webhook, *, at: datetime, overlap: timedelta) -> Decision[Webhook]:
    """The next secret signs from now on; the one before signs as well until the overlap is over."""
    changed = replace(webhook, secret_number=webhook.secret_number + 1, former_secret_until=at + overlap)
    return Decision(state=changed, events=[WebhookSecretChanged(webhook_id=webhook.webhook_id)])


def disable(webhook: Webhook, *, because: DisabledBecause) -> Decision[Webhook]:
    """Nothing is sent from now on. Asked again, changes nothing."""
    if webhook.state == "disabled":
        return Decision(state=webhook)
    told = Disabled(webhook_id=webhook.webhook_id, reason=because)
    return Decision(state=replace(webhook, state="disabled", disabled_because=because), events=[told])


def enable(webhook: Webhook) -> Decision[Webhook]:
    """What happens from now on is sent again. Asked again, changes nothing."""
    if webhook.state == "enabled":
        return Decision(state=webhook)
    told = WebhookEnabled(webhook_id=webhook.webhook_id)
    return Decision(state=replace(webhook, state="enabled", disabled_because=None), events=[told])


def check_enabled(webhook: Webhook) -> None:
    """Raises `WebhookDisabled`."""
    if webhook.state == "disabled":
        raise WebhookDisabled(f"webhook {webhook.webhook_id} is disabled; enable it first")


def signing_numbers(webhook: Webhook, *, at: datetime) -> tuple[int, ...]:
    """The numbers of the secrets that sign now, the newest first."""
    if webhook.former_secret_until is not None and at < webhook.former_secret_until:
        return webhook.secret_number, webhook.secret_number - 1
    return (webhook.secret_number,)
