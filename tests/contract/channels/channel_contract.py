"""What every channel must keep. A plugin's tests inherit `ChannelContract` and fill in the four things it asks for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

import pytest

from shared.events.contacts import Channel as Kind
from shared.plugins.points import Channel, ChannelRefused, OutgoingMessage


class ChannelContract(ABC):
    """`channel` is a fixture; `good_address` reaches someone, `bad_address` never will."""

    good_address: str
    bad_address: str

    @pytest.fixture
    @abstractmethod
    def channel(self) -> Channel:
        """The channel under test."""

    @abstractmethod
    def handed_on(self, channel: Channel) -> Mapping[str, str]:
        """What it has handed on so far: by message id, the whole of it as text."""

    def a_message(self, **changes: object) -> OutgoingMessage:
        plain = OutgoingMessage(
            message_id="ntf-0001",
            to_name="Sample Person 0007",
            address=self.good_address,
            subject="Your referral",
            body="Your reference is ref-0001.\n\nThe council",
        )
        return replace(plain, **changes)

    def test_it_says_which_kind_of_channel_it_is(self, channel: Channel) -> None:
        assert isinstance(channel, Channel)
        assert channel.kind in get_args(Kind)

    def test_a_message_is_handed_on_whole_and_a_receipt_given(self, channel: Channel) -> None:
        receipt = channel.send(self.a_message())

        assert receipt
        [text] = self.handed_on(channel).values()
        for part in ("Sample Person 0007", "Your referral", "Your reference is ref-0001."):
            assert part in text

    def test_a_repeat_is_the_same_message_to_whoever_gets_it(self, channel: Channel) -> None:
        channel.send(self.a_message())
        channel.send(self.a_message())

        assert len(self.handed_on(channel)) == 1

    def test_two_messages_are_two(self, channel: Channel) -> None:
        channel.send(self.a_message(message_id="ntf-0001"))
        channel.send(self.a_message(message_id="ntf-0002"))

        assert len(self.handed_on(channel)) == 2

    def test_an_address_that_never_will_do_is_refused_for_good(self, channel: Channel) -> None:
        with pytest.raises(ChannelRefused):
            channel.send(self.a_message(address=self.bad_address))

        assert self.handed_on(channel) == {}

    def test_names_beyond_ascii_arrive_as_they_are(self, channel: Channel) -> None:
        channel.send(self.a_message(to_name="Zoë Example-Łukasz"))

        [text] = self.handed_on(channel).values()
        assert "Zoë Example-Łukasz" in text

    def test_a_name_cannot_add_lines_of_its_own(self, channel: Channel) -> None:
        channel.send(self.a_message(to_name="Alex\r\nBcc: someone@example.org\r\n\r\nBody"))

        [text] = self.handed_on(channel).values()
        assert not any(line.startswith(("Bcc:", "Body")) for line in text.splitlines())
