"""A message as an email (RFC 5322), the same whichever way it leaves."""

from __future__ import annotations

import re
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from shared.plugins.points import ChannelRefused, OutgoingMessage

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def as_email(message: OutgoingMessage, *, sender: str, at: datetime) -> EmailMessage:
    """The email. Its Message-ID is made of our message id, so that a repeat is recognised. Raises `ChannelRefused`."""
    email = EmailMessage(policy=SMTP)
    try:
        email["From"] = sender
        email["To"] = _recipient(message)
        email["Subject"] = message.subject
        email["Message-ID"] = f"<{message.message_id}@{sender.rpartition('@')[2].rstrip('>')}>"
    except (ValueError, MessageError, IndexError) as error:
        raise ChannelRefused("the address, the subject or the id cannot be put into an email") from error
    email["Date"] = format_datetime(at)
    email["Auto-Submitted"] = "auto-generated"
    email.set_content(message.body)
    return email


def _recipient(message: OutgoingMessage) -> Address:
    if not message.address.isascii() or not _ADDRESS.fullmatch(message.address):
        raise ValueError("not an email address")
    return Address(display_name=_CONTROL.sub(" ", message.to_name).strip(), addr_spec=message.address)
