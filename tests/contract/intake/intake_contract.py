"""What every intake format must keep. A plugin's tests inherit `IntakeContract` and say what it reads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import StewardError
from shared.events.intake import INCOMING
from shared.events.schemas import schema_of
from shared.plugins.points import IntakeFormat

COUNCIL = "cheshire-east"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A message as a council's system sends it."""

    body: bytes
    content_type: str
    headers: Mapping[str, Any] = field(default_factory=dict)


class IntakeContract(ABC):
    """`intake_format` is the format under test; `good_messages` are messages that it reads, one of each kind."""

    @property
    @abstractmethod
    def intake_format(self) -> IntakeFormat:
        """The format under test."""

    @property
    @abstractmethod
    def good_messages(self) -> list[Sent]:
        """At least one message of each content type."""

    def read(self, sent: Sent) -> list[Any]:
        return self.intake_format.read(
            sent.body, content_type=sent.content_type, headers=dict(sent.headers), council_id=COUNCIL
        )

    def test_it_says_which_content_types_it_reads(self) -> None:
        assert isinstance(self.intake_format, IntakeFormat)
        assert {sent.content_type for sent in self.good_messages} == set(self.intake_format.content_types)
        assert all(kind == kind.lower() and ";" not in kind for kind in self.intake_format.content_types)

    def test_what_it_reads_are_events_that_referrals_takes_in(self) -> None:
        for sent in self.good_messages:
            documents = self.read(sent)

            assert documents
            for document in documents:
                assert (document["specversion"], document["source"]) == ("1.0", f"/councils/{COUNCIL}")
                assert schema_of(INCOMING[document["type"]]).load(document["data"])

    def test_a_repeat_gives_the_same_events_and_two_events_differ_in_their_id(self) -> None:
        for sent in self.good_messages:
            documents = self.read(sent)

            assert self.read(sent) == documents
            assert len({document["id"] for document in documents}) == len(documents)

    @given(body=st.binary(max_size=60))
    def test_whatever_comes_is_read_or_refused_and_nothing_else(self, body: bytes) -> None:
        for content_type in self.intake_format.content_types:
            read = self.read_or_refusal(Sent(body=body, content_type=content_type, headers={"ce-id": "e-1"}))

            assert isinstance(read, list) or read.detail

    def read_or_refusal(self, sent: Sent) -> list[Any] | StewardError:
        try:
            return self.read(sent)
        except StewardError as refusal:
            return refusal

    def test_a_good_message_cut_short_is_refused(self) -> None:
        for sent in self.good_messages:
            with pytest.raises(StewardError):
                self.read(Sent(body=sent.body[:-2], content_type=sent.content_type, headers=sent.headers))
