"""What the use cases need from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from services.notifications.model.deliveries import Delivery
from services.notifications.model.notifications import Notification
from services.notifications.model.webhooks import Webhook
from shared.context import Caller
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause

S = TypeVar("S")


class Records(Protocol[S]):
    """Aggregates of one kind; see `shared.messaging.aggregates.Aggregates`."""

    def get(self, id: str, *, caller: Caller | None = None) -> Stored[S]: ...

    def create(self, id: str, decision: Decision[S], *, council_id: str, cause: Cause) -> Stored[S]: ...

    def change(self, id: str, decide: Callable[[S], Decision[S]], *, cause: Cause) -> Stored[S]: ...


class WaitingMessages(Protocol):
    """Questions about messages that wait."""

    def notifications_waiting_for(self, party_id: str) -> Sequence[Stored[Notification]]: ...


class Rules(Protocol):
    """What the use cases ask of a council's policy pack."""

    def council_name(self, council_id: str, at: datetime) -> str: ...

    def mailbox(self, council_id: str, name: str, at: datetime) -> str | None: ...

    def refusal_reason(self, council_id: str, code: str, at: datetime) -> str: ...


class WebhookQuestions(Protocol):
    """Questions about webhooks and what was sent to them."""

    def webhooks_of(self, council_id: str) -> Sequence[Stored[Webhook]]: ...

    def failed_deliveries_of(self, webhook_id: str) -> Sequence[Stored[Delivery]]: ...


class Secrets(Protocol):
    """Signing secrets, made anew each time they are needed. Both raise `WebhooksNotSetUp`."""

    def secret(self, webhook_id: str, *, number: int) -> str:
        """The secret as its subscriber keeps it (`whsec_...`)."""
        ...

    def signature(self, webhook_id: str, *, number: int, message_id: str, at: datetime, body: bytes) -> str:
        """A signature of Standard Webhooks (`v1,...`)."""
        ...


class PostFailed(Exception):
    """Nothing was answered; `what` is a short code without anything of the address: timeout, tls, connection ..."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a subscriber answered; `retry_after` is the header as it came."""

    status: int
    retry_after: str | None = None


class Post(Protocol):
    """Posts to an address outside."""

    def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer. Raises `PostFailed`."""
        ...
