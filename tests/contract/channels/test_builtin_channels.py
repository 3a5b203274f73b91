from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from services.notifications.channels import email_file, email_smtp, letter_file, phone_task
from shared.plugins.points import Channel, ChannelRefused
from tests.contract.channels.channel_contract import ChannelContract
from tests.support.smtp_server import SmtpServer


class FileContract(ChannelContract):
    """A channel that leaves one file per message in a folder of its own."""

    folder: str
    data: Path

    @pytest.fixture(autouse=True)
    def _data(self, tmp_path: Path) -> None:
        self.data = tmp_path / "data"

    def files(self) -> dict[str, bytes]:
        return {path.stem: path.read_bytes() for path in sorted((self.data / "outbox" / self.folder).glob("*"))}

    def handed_on(self, channel: Channel) -> Mapping[str, str]:
        return {name: content.decode() for name, content in self.files().items()}

    def test_the_file_is_named_by_the_message_and_nothing_half_written_is_left(self, channel: Channel) -> None:
        receipt = channel.send(self.a_message())

        assert list(self.files()) == ["ntf-0001"]
        assert receipt.startswith("ntf-0001")

    @pytest.mark.parametrize("message_id", ["../outside", "/outside", "..", "", "a/b", "x" * 200])
    def test_a_message_id_cannot_lead_out_of_the_folder(self, channel: Channel, message_id: str) -> None:
        with pytest.raises(ChannelRefused):
            channel.send(self.a_message(message_id=message_id))

        assert [path for path in self.data.parent.rglob("*") if path.is_file()] == []


class TestEmailFile(FileContract):
    folder = "email"
    good_address = "person@example.org"
    bad_address = "nobody at home"

    @pytest.fixture
    def channel(self) -> Channel:
        return email_file.build(environment={}, data_dir=str(self.data))

    def handed_on(self, channel: Channel) -> Mapping[str, str]:
        return {name: _as_text(content) for name, content in self.files().items()}

    def test_the_file_is_an_email_that_any_reader_opens(self, channel: Channel) -> None:
        channel.send(self.a_message())

        [content] = self.files().values()
        email = message_from_bytes(content, policy=default)
        assert email["To"] == "Sample Person 0007 <person@example.org>"
        assert email["From"] == "no-reply@steward.example.org"
        assert email["Message-ID"] == "<ntf-0001@steward.example.org>"
        assert email["Date"].datetime.tzinfo is not None
        assert not email.defects

    @pytest.mark.parametrize(
        "address",
        [
            "",
            "@example.org",
            "a@b",
            "a b@example.org",
            "a@example.org, b@example.org",
            "ü@example.org",
            "a@x.org\nBcc: b",
        ],
    )
    def test_what_is_not_one_email_address_is_refused(self, channel: Channel, address: str) -> None:
        with pytest.raises(ChannelRefused):
            channel.send(self.a_message(address=address))

    def test_a_subject_of_two_lines_is_refused(self, channel: Channel) -> None:
        with pytest.raises(ChannelRefused):
            channel.send(self.a_message(subject="One\r\nBcc: someone@example.org"))


class TestLetterFile(FileContract):
    folder = "letters"
    good_address = "1 Sample Street\nSampleton\nSA1 1AA"
    bad_address = " \n "

    @pytest.fixture
    def channel(self) -> Channel:
        return letter_file.build(environment={}, data_dir=str(self.data))

    def test_the_print_room_is_told_the_format_and_the_address_stands_alone(self, channel: Channel) -> None:
        channel.send(self.a_message(formats=("large print",)))

        [text] = self.handed_on(channel).values()
        note, address, *_ = text.split("\n\n")
        assert "large print" in note
        assert address == "Sample Person 0007\n1 Sample Street\nSampleton\nSA1 1AA"


class TestPhoneTask(FileContract):
    folder = "calls"
    good_address = "01632 960 001"
    bad_address = "ask the neighbour"

    @pytest.fixture
    def channel(self) -> Channel:
        return phone_task.build(environment={}, data_dir=str(self.data))

    def test_the_task_says_whom_to_call_and_what_they_need(self, channel: Channel) -> None:
        channel.send(self.a_message(formats=("BSL interpreter",)))

        [text] = self.handed_on(channel).values()
        task = json.loads(text)
        assert (task["call"], task["number"], task["needs"]) == (
            "Sample Person 0007",
            "01632 960 001",
            ["BSL interpreter"],
        )


class TestEmailSmtp(ChannelContract):
    good_address = "person@example.org"
    bad_address = "nobody at home"
    server: SmtpServer

    @pytest.fixture
    def channel(self) -> Iterator[Channel]:
        with SmtpServer() as self.server:
            yield email_smtp.build(
                environment={
                    "STEWARD_SMTP_HOST": "127.0.0.1",
                    "STEWARD_SMTP_PORT": str(self.server.port),
                    "STEWARD_SMTP_FROM": "no-reply@steward.example.org",
                    "STEWARD_SMTP_TLS": "none",
                },
                data_dir="unused",
            )

    def handed_on(self, channel: Channel) -> Mapping[str, str]:
        return {str(email["Message-ID"]): _as_text(email.as_bytes()) for email in self.server.emails}

    def test_only_the_one_recipient_gets_it(self, channel: Channel) -> None:
        channel.send(self.a_message(to_name="Alex\r\nBcc: someone@example.org"))

        assert self.server.recipients == ["<person@example.org>"]


def _as_text(content: bytes) -> str:
    """The email as its reader sees it: headers decoded, then the body."""
    email = message_from_bytes(content, policy=default)
    headers = "\n".join(f"{name}: {value}" for name, value in email.items())
    return f"{headers}\n\n{email.get_content()}"
