"""`phone-task`: a task for somebody to call, as a file in the data folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from services.notifications.channels.outbox_files import OutboxFolder
from shared.events.contacts import Channel as Kind
from shared.plugins.points import ChannelRefused, OutgoingMessage


@dataclass(frozen=True, kw_only=True)
class PhoneTasks:
    """Writes `<message id>.json`: whom to call, at which number, what to say."""

    folder: OutboxFolder
    kind: Kind = "phone"

    def send(self, message: OutgoingMessage) -> str:
        """The file's name. Raises `ChannelRefused`, `ChannelAway`."""
        if not any(character.isdigit() for character in message.address):
            raise ChannelRefused("there is no number to call")
        task = {
            "task": message.message_id,
            "about": message.subject,
            "call": message.to_name,
            "number": message.address,
            "needs": list(message.formats),
            "say": message.body,
        }
        return self.folder.put(message.message_id, json.dumps(task, indent=2, ensure_ascii=False).encode())


def build(*, environment: dict[str, str], data_dir: str) -> PhoneTasks:
    """The channel over `outbox/calls` of the data folder."""
    return PhoneTasks(folder=OutboxFolder(path=Path(data_dir) / "outbox" / "calls", suffix=".json"))
