"""Webhooks over memory, with a subscriber that answers as a test wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from services.notifications.handlers import delivering, webhooks
from services.notifications.handlers.delivering import DeliveryDesk
from services.notifications.handlers.webhooks import WebhookDesk
from services.notifications.model.deliveries import Delivery
from services.notifications.model.webhooks import Webhook
from services.notifications.ports import Answer, PostFailed
from services.notifications.settings import WebhookSettings
from services.notifications.webhooks.signing import DerivedSecrets
from shared.context import Caller
from shared.events.safeguarding import ConcernRaised
from shared.messaging.cause import Cause, of_command
from tests.unit.notifications.builders import COUNCIL, NotificationDesk, an_envelope

URL = "https://alerts.council.example/steward"
KEY = b"k" * 32
TEAM = Caller(actor_id="sam-sample", roles=("safeguarding_team",), councils=(COUNCIL,), correlation_id="story-1")


@dataclass(frozen=True, kw_only=True)
class Posted:
    """One attempt as the subscriber saw it."""

    url: str
    headers: dict[str, str]
    body: bytes


class Killed(BaseException):
    """The sender's process dies at this point."""


Outcome = int | str | Answer | Killed


@dataclass(kw_only=True)
class Subscriber:
    """Answers with the next of `answers` (a status, an answer, what `PostFailed` says, or a death), and with 204 after the last."""

    answers: list[Outcome] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)

    def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        self.posted.append(Posted(url=url, headers=dict(headers), body=body))
        answer = self.answers.pop(0) if self.answers else 204
        if isinstance(answer, Killed):
            raise answer
        if isinstance(answer, str):
            raise PostFailed(answer)
        return Answer(status=answer) if isinstance(answer, int) else answer


class Webhooks(NotificationDesk):
    """What the use cases of webhooks work with, and short words for them."""

    def __init__(self, *answers: Outcome, key: bytes | None = KEY, plain_http: bool = False, **settings: Any) -> None:
        super().__init__()
        self.subscriber = Subscriber(answers=list(answers))
        self.chance = 0.0
        self.secrets = DerivedSecrets(key=key)
        chosen = replace(WebhookSettings(), **settings)
        self.desk = WebhookDesk(
            webhooks=self.webhooks.records,
            deliveries=self.deliveries.records,
            questions=self.store,
            secrets=self.secrets,
            clock=self.clock,
            settings=chosen,
            plain_http=plain_http,
        )
        self.delivery = DeliveryDesk(
            webhooks=self.webhooks.records,
            deliveries=self.deliveries.records,
            secrets=self.secrets,
            post=self.subscriber,
            clock=self.clock,
            settings=chosen,
            chance=lambda: self.chance,
        )

    def subscribe(self, url: str = URL, *, caller: Caller = TEAM, council_id: str = COUNCIL) -> tuple[str, str]:
        """The new webhook's id and secret."""
        cause = command("subscribe", {"council_id": council_id, "url": url}, caller)
        stored, secret = webhooks.subscribe(council_id, url, cause=cause, desk=self.desk)
        return stored.id, secret

    def change_secret(self, webhook_id: str) -> str:
        return webhooks.change_secret(webhook_id, cause=command("change", {}), desk=self.desk)[1]

    def raised(self, number: int = 1, *, again: bool = False) -> list[str]:
        """A concern is raised (or its event comes again); the deliveries that this makes."""
        event = a_concern(number)
        return delivering.plan_deliveries(
            event,
            an_envelope(event, subject=event.concern_id),
            questions=self.store,
            deliveries=self.deliveries.records,
            clock=self.clock,
        )

    def deliver(self, delivery_id: str) -> Delivery:
        """One turn of the sender; the delivery as it stands then."""
        delivering.deliver(delivery_id, desk=self.delivery)
        return self.deliveries.records.get(delivery_id).state

    def webhook(self, webhook_id: str) -> Webhook:
        return self.webhooks.records.get(webhook_id).state


def a_concern(number: int = 1) -> ConcernRaised:
    return ConcernRaised(
        concern_id=f"con-{number}",
        person_id="per-0007",
        categories=("neglect",),
        alleged_kind="personal_assistant",
        alleged_id="pa-1",
        alert_id=f"alr-{number}",
        priority="urgent",
    )


def command(operation: str, payload: dict[str, Any], caller: Caller = TEAM) -> Cause:
    return of_command(operation, payload, caller.as_dict())
