"""Why a change is made: the caller's command or an incoming event. It is written with the change and told onward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.context import Caller
from shared.events.envelope import Envelope
from shared.ids import derived_id, fresh_id, input_hash
from shared.telemetry.current import current_traceparent


@dataclass(frozen=True, kw_only=True)
class Command:
    """An idempotency key and the hash of the input it came with.

    `bars` are commands that have no effect any more on a record that this one has changed.
    """

    key: str
    input: str
    bars: tuple[Command, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Who or what brings a change about.

    `command` makes a repeat of the same request find its first answer; `incoming` (stream key and sequence) makes a
    repeat of the same event a no-op. `caller` is absent when an event is the cause. `comes_again` says that the broker keeps
    the event until its effect is settled, so that the effect may be written lazily.
    """

    actor_id: str
    correlation_id: str
    causation_id: str
    traceparent: str = ""
    caller: Caller | None = None
    command: Command | None = None
    incoming: tuple[str, int] | None = None
    expected_version: int | None = None
    comes_again: bool = False

    def new_id(self, prefix: str) -> str:
        """The id of a record this cause creates: the same again for a repeat of the same key or event."""
        if self.command is not None:
            return derived_id(prefix, self.command.key)
        if self.incoming is not None:
            return derived_id(prefix, self.incoming[0], str(self.incoming[1]))
        return fresh_id(prefix)


def of_command(operation: str, payload: Mapping[str, Any], caller: Mapping[str, Any]) -> Cause:
    """The cause behind an RPC command. The key is scoped to caller and operation, so that keys of two callers never meet."""
    who = Caller.from_dict(caller)
    command = None
    if who.idempotency_key:
        key = derived_id("key", who.actor_id, operation, who.idempotency_key)
        command = Command(key=key, input=input_hash([operation, dict(payload)]))
    correlation_id = who.correlation_id or fresh_id("cor")
    return Cause(
        actor_id=who.actor_id,
        correlation_id=correlation_id,
        causation_id=command.key if command else correlation_id,
        traceparent=current_traceparent() or who.traceparent or "",
        caller=who,
        command=command,
        expected_version=payload.get("expected_version"),
    )


def of_event(envelope: Envelope) -> Cause:
    """The cause behind an effect of an event."""
    return Cause(
        actor_id=envelope.actorid or envelope.source,
        correlation_id=envelope.correlationid,
        causation_id=envelope.id,
        traceparent=current_traceparent() or envelope.traceparent,
        incoming=(envelope.partitionkey, envelope.sequence),
        comes_again=True,
    )


def of_schedule(name: str, record_id: str) -> Cause:
    """The cause behind work that fell due by itself."""
    return Cause(
        actor_id=f"schedule:{name}",
        correlation_id=fresh_id("cor"),
        causation_id=f"{name}:{record_id}",
        traceparent=current_traceparent(),
    )
