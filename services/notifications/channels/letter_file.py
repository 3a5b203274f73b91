"""`letter-file`: letters as text files in a print folder, for whoever prints and posts them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.notifications.channels.outbox_files import OutboxFolder
from shared.events.contacts import Channel as Kind
from shared.plugins.points import ChannelRefused, OutgoingMessage


@dataclass(frozen=True, kw_only=True)
class LetterFiles:
    """Writes `<message id>.txt`: for the printer, the address, the letter."""

    folder: OutboxFolder
    kind: Kind = "letter"

    def send(self, message: OutgoingMessage) -> str:
        """The file's name. Raises `ChannelRefused`, `ChannelAway`."""
        return self.folder.put(message.message_id, as_letter(message).encode())


def as_letter(message: OutgoingMessage) -> str:
    """The letter as plain text. Raises `ChannelRefused` without an address to post it to."""
    lines = [line.strip() for line in message.address.splitlines() if line.strip()]
    if not lines:
        raise ChannelRefused("there is no address to post the letter to")
    wanted = ", ".join(message.formats) or "standard"
    address = "\n".join([" ".join(message.to_name.split()), *lines]).strip()
    parts = [f"[print room: format {wanted}; reference {message.message_id}]", address, message.subject, message.body]
    return "\n\n".join(parts)


def build(*, environment: dict[str, str], data_dir: str) -> LetterFiles:
    """The channel over `outbox/letters` of the data folder."""
    return LetterFiles(folder=OutboxFolder(path=Path(data_dir) / "outbox" / "letters", suffix=".txt"))
