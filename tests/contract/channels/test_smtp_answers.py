from __future__ import annotations

import pytest

from services.notifications.channels.email_smtp import SmtpEmail, SmtpSettings, build
from shared.plugins.points import ChannelAway, ChannelRefused, OutgoingMessage
from shared.settings import BadSetting
from tests.support.addresses import nobody_listens
from tests.support.clocks import FixedClock
from tests.support.smtp_server import SmtpServer
from tests.support.waiting import patience

MESSAGE = OutgoingMessage(
    message_id="ntf-0001",
    to_name="Sample Person 0007",
    address="person@example.org",
    subject="Your referral",
    body="Your reference is ref-0001.\n.\n..two dots\n",
)


def a_channel(port: int, *, tls: str = "none", timeout: float | None = None, **login: str) -> SmtpEmail:
    settings = SmtpSettings(
        host="127.0.0.1",
        port=port,
        sender="no-reply@steward.example.org",
        tls=tls,
        timeout_seconds=patience(20) if timeout is None else timeout,
        **login,
    )
    return SmtpEmail(settings=settings, clock=FixedClock())


def test_the_email_arrives_with_lines_that_begin_with_dots_as_they_were() -> None:
    with SmtpServer() as server:
        receipt = a_channel(server.port).send(MESSAGE)

        [email] = server.emails
        assert receipt == "<ntf-0001@steward.example.org>" == email["Message-ID"]
        assert email.get_content().splitlines() == MESSAGE.body.splitlines()
        assert email["Date"] == "Mon, 02 Mar 2026 09:00:00 +0000"


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param({"RCPT": "550 no such user"}, ChannelRefused, id="an unknown recipient is final"),
        pytest.param({"RCPT": "451 greylisted"}, ChannelAway, id="a recipient put off may pass"),
        pytest.param({"END": "554 refused"}, ChannelRefused, id="a refused message is final"),
        pytest.param({"END": "452 disk full"}, ChannelAway, id="a full disk may pass"),
        pytest.param({"MAIL": "550 not your domain"}, ChannelAway, id="a refused sender is our own fault and may pass"),
        pytest.param({"EHLO": "421 later", "HELO": "421 later"}, ChannelAway, id="a closing server may pass"),
    ],
)
def test_the_servers_answers_are_told_apart(answers: dict[str, str], expected: type[Exception]) -> None:
    with SmtpServer(answers=answers) as server, pytest.raises(expected):
        a_channel(server.port).send(MESSAGE)

    assert server.emails == []


def test_without_a_server_the_channel_is_away() -> None:
    with nobody_listens() as port, pytest.raises(ChannelAway):
        a_channel(port).send(MESSAGE)


def test_a_server_that_says_nothing_is_left_after_the_timeout() -> None:
    with SmtpServer(silent=True) as server, pytest.raises(ChannelAway):
        a_channel(server.port, timeout=0.2).send(MESSAGE)


def test_without_tls_on_offer_nothing_is_sent_in_the_clear() -> None:
    with SmtpServer() as server, pytest.raises(ChannelAway):
        a_channel(server.port, tls="starttls").send(MESSAGE)

    assert server.emails == []
    assert server.recipients == []


def test_a_login_that_the_server_does_not_take_sends_nothing() -> None:
    with SmtpServer() as server, pytest.raises(ChannelAway):
        a_channel(server.port, user="steward", password="sample").send(MESSAGE)

    assert server.emails == []


def test_a_problem_says_nothing_of_the_recipient() -> None:
    with (
        SmtpServer(answers={"RCPT": "550 person@example.org unknown"}) as server,
        pytest.raises(ChannelRefused) as refused,
    ):
        a_channel(server.port).send(MESSAGE)

    assert "person" not in str(refused.value)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"STEWARD_SMTP_HOST": "mail.example.org"},
        {"STEWARD_SMTP_HOST": "m", "STEWARD_SMTP_FROM": "a@b.org", "STEWARD_SMTP_TLS": "maybe"},
    ],
    ids=["nothing set", "no sender", "unknown tls"],
)
def test_a_half_configured_server_stops_the_start_with_a_sentence(environment: dict[str, str]) -> None:
    with pytest.raises(BadSetting, match="STEWARD_SMTP"):
        build(environment=environment, data_dir="unused")
