"""What a route needs while it answers: the gateway's parts, who is asking, and the services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from flask import current_app, g, request

from gateway.permissions import Permissions
from gateway.services import Services
from gateway.settings import GatewaySettings
from gateway.strict import expected_version_of
from shared.clock import Clock
from shared.context import Caller
from shared.messaging.consuming.incoming import IntakeFormats
from shared.policy.policies import Policies

if TYPE_CHECKING:
    from gateway.feed import FeedHub
    from gateway.identity import Identity
    from gateway.metrics import Metrics

EXTENSION = "steward"


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """Everything that one application is made of."""

    services: Services
    settings: GatewaySettings
    identity: Identity
    clock: Clock
    permissions: Permissions
    metrics: Metrics
    feed: FeedHub
    policies: Policies

    def close(self) -> None:
        """Ends the live streams; whoever runs the application calls this before it stops."""
        self.feed.stop()

    intake: IntakeFormats


def gateway() -> Gateway:
    """The parts of the application that serves this request."""
    return cast(Gateway, current_app.extensions[EXTENSION])


def caller() -> Caller:
    """Who is asking. Someone without a token is `public`."""
    return cast(Caller, g.caller)


def caller_or_none() -> Caller | None:
    """Who is asking, or nobody when the request failed before that was known."""
    return cast("Caller | None", g.get("caller"))


def correlation_id() -> str:
    """The story that this request belongs to."""
    return str(g.get("correlation_id", ""))


def may(operation: str) -> bool:
    """Whether the caller's roles allow this operation, for pages that show only what can be used."""
    return gateway().permissions.allows(operation, caller().roles)


def ask(service: str, method: str, payload: dict[str, Any] | None = None) -> dict[str, Any]:
    """The service's answer. Raises its refusal, or `Unavailable`."""
    return gateway().services.call(service, method, payload or {}, caller())


def change(service: str, method: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Like `ask`, with the version that `If-Match` names as `expected_version`."""
    expected = expected_version_of(request.headers)
    if expected is not None:
        payload = {**payload, "expected_version": expected}
    return ask(service, method, payload)
