"""`email-smtp`: emails through a mail server."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage

from services.notifications.channels.emails import as_email
from shared.clock import Clock, SystemClock
from shared.events.contacts import Channel as Kind
from shared.plugins.points import ChannelAway, ChannelRefused, OutgoingMessage
from shared.settings import BadSetting, read_settings, seconds, setting

TLS = ("starttls", "implicit", "none")
PERMANENT = 500
"""SMTP answers from here on are final (RFC 5321 4.2.1); those below may pass."""


def _tls(text: str) -> str:
    if text not in TLS:
        raise ValueError(f"one of {', '.join(TLS)}")
    return text


@dataclass(frozen=True, kw_only=True)
class SmtpSettings:
    """The mail server."""

    host: str = setting("STEWARD_SMTP_HOST", "", "Mail server of the email-smtp channel")
    port: int = setting("STEWARD_SMTP_PORT", 587, "Its port")
    sender: str = setting("STEWARD_SMTP_FROM", "", "From whom emails are, such as no-reply@council.example")
    tls: str = setting(
        "STEWARD_SMTP_TLS",
        "starttls",
        "starttls, implicit (TLS from the start) or none (a server on this machine)",
        parse=_tls,
    )
    user: str = setting("STEWARD_SMTP_USER", "", "User name, if the server asks for one")
    password: str = setting("STEWARD_SMTP_PASSWORD", "", "Password, if the server asks for one", secret=True)
    timeout_seconds: float = setting(
        "STEWARD_SMTP_TIMEOUT", 20.0, "How long the server may take for one step, seconds", parse=seconds
    )


@dataclass(frozen=True, kw_only=True)
class SmtpEmail:
    """One connection per message: nothing to keep alive, nothing shared between workers."""

    settings: SmtpSettings
    clock: Clock
    kind: Kind = "email"

    def send(self, message: OutgoingMessage) -> str:
        """The Message-ID. Raises `ChannelRefused` if the server will never take it, else `ChannelAway`."""
        email = as_email(message, sender=self.settings.sender, at=self.clock.now())
        try:
            self._deliver(email)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise _problem(min(codes), "the recipient") from error
        except smtplib.SMTPDataError as error:
            raise _problem(error.smtp_code, "the message") from error
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelAway(f"the mail server is away: {type(error).__name__}") from error
        return str(email["Message-ID"])

    def _deliver(self, email: EmailMessage) -> None:
        with self._connect() as server:
            if self.settings.tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if self.settings.user:
                server.login(self.settings.user, self.settings.password)
            server.send_message(email)

    def _connect(self) -> smtplib.SMTP:
        at, timeout = (self.settings.host, self.settings.port), self.settings.timeout_seconds
        if self.settings.tls == "implicit":
            return smtplib.SMTP_SSL(*at, timeout=timeout, context=ssl.create_default_context())
        return smtplib.SMTP(*at, timeout=timeout)


def build(*, environment: dict[str, str], data_dir: str) -> SmtpEmail:
    """The channel to the server that settings name. Raises `BadSetting`."""
    settings = read_settings(SmtpSettings, environment)
    if not settings.host or not settings.sender:
        raise BadSetting("the email-smtp channel needs STEWARD_SMTP_HOST and STEWARD_SMTP_FROM")
    return SmtpEmail(settings=settings, clock=SystemClock())


def _problem(code: int, what: str) -> ChannelRefused | ChannelAway:
    words = f"the mail server did not take {what} ({code})"
    return ChannelRefused(words) if code >= PERMANENT else ChannelAway(words)
