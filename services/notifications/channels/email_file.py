"""`email-file`: emails as files in the data folder, for platforms without a mail server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.notifications.channels.emails import as_email
from services.notifications.channels.outbox_files import OutboxFolder
from shared.clock import Clock, SystemClock
from shared.events.contacts import Channel as Kind
from shared.plugins.points import OutgoingMessage
from shared.settings import read_settings, setting


@dataclass(frozen=True, kw_only=True)
class EmailFileSettings:
    """From whom the files are."""

    sender: str = setting("STEWARD_EMAIL_FROM", "no-reply@steward.example.org", "From whom emails are")


@dataclass(frozen=True, kw_only=True)
class EmailFiles:
    """Writes `<message id>.eml`; a repeat replaces it."""

    folder: OutboxFolder
    sender: str
    clock: Clock
    kind: Kind = "email"

    def send(self, message: OutgoingMessage) -> str:
        """The file's name. Raises `ChannelRefused`, `ChannelAway`."""
        email = as_email(message, sender=self.sender, at=self.clock.now())
        return self.folder.put(message.message_id, email.as_bytes())


def build(*, environment: dict[str, str], data_dir: str) -> EmailFiles:
    """The channel over `outbox/email` of the data folder."""
    folder = OutboxFolder(path=Path(data_dir) / "outbox" / "email", suffix=".eml")
    settings = read_settings(EmailFileSettings, environment)
    return EmailFiles(folder=folder, sender=settings.sender, clock=SystemClock())
