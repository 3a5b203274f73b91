"""A channel in memory that a test can make refuse, be away, or break."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from shared.events.contacts import Channel as Kind
from shared.plugins.points import OutgoingMessage


@dataclass(kw_only=True)
class FakeChannel:
    """Keeps what it took, in order. `before_send` runs first and may raise; `problems` are raised one per message."""

    kind: Kind = "email"
    taken: list[OutgoingMessage] = field(default_factory=list)
    problems: list[Exception] = field(default_factory=list)
    before_send: Callable[[OutgoingMessage], None] | None = None

    def send(self, message: OutgoingMessage) -> str:
        if self.before_send is not None:
            self.before_send(message)
        if self.problems:
            raise self.problems.pop(0)
        self.taken.append(message)
        return f"receipt of {message.message_id}"
