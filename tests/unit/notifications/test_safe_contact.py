"""The one promise that nothing may break: a channel marked unsafe is never used, whatever happens in which order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.notifications.model.routes import KINDS
from shared.events.contacts import Channel as Kind
from shared.events.contacts import ContactDetails
from shared.events.language import Event
from shared.plugins.points import ChannelAway, ChannelRefused, OutgoingMessage
from tests.support.channels import FakeChannel
from tests.unit.notifications.builders import EVENTS, PERSON, NotificationDesk, a_contact, an_envelope

PARTIES = (PERSON, "rfr-1", "prov-1", "prov-2", "pa-1")
ADDRESSED = ("email", "sms", "phone", "letter")


class SafeContact(RuleBasedStateMachine):
    """Events, changed contacts, broken channels, time and crashes in any order."""

    @initialize()
    def start(self) -> None:
        channels = {f"{kind}-fake": FakeChannel(kind=kind) for kind in KINDS}
        self.desk = NotificationDesk(channels=channels, retry_after_seconds=(30.0,))
        self.desk.open_fund()
        self.known: dict[str, ContactDetails] = {}
        self.sequences: dict[str, int] = {}
        self.events = 0
        self.breaches: list[str] = []
        for fake in channels.values():
            fake.before_send = self._watch(fake.kind)

    def _watch(self, kind: Kind) -> Any:
        def check(message: OutgoingMessage) -> None:
            party_id = self.desk.state(message.message_id).party_id
            if not party_id.startswith("team:"):
                self._note_breach(kind, message, self.known[party_id])

        return check

    def _note_breach(self, kind: Kind, message: OutgoingMessage, contact: ContactDetails) -> None:
        """Noted, not raised: the sender takes whatever a channel raises for the channel's own trouble."""
        if kind in contact.unsafe_channels:
            self.breaches.append(f"{message.message_id} by unsafe {kind}")
        if message.address != getattr(contact, kind):
            self.breaches.append(f"{message.message_id} to an address that is not theirs")

    @invariant()
    def no_unsafe_channel_was_used(self) -> None:
        assert getattr(self, "breaches", []) == []

    @rule(event=st.sampled_from(EVENTS))
    def something_happens(self, event: Event) -> None:
        self.events += 1
        self.desk.tell(event, envelope=an_envelope(event, subject=f"subject-{self.events}"))

    @rule(
        party_id=st.sampled_from(PARTIES),
        preferred=st.sampled_from(KINDS),
        unsafe=st.lists(st.sampled_from(KINDS), unique=True),
        lacking=st.lists(st.sampled_from(ADDRESSED), unique=True),
    )
    def a_contact_changes(self, party_id: str, preferred: Kind, unsafe: list[Kind], lacking: list[str]) -> None:
        details: dict[str, Any] = {
            "preferred_channel": preferred,
            "unsafe_channels": tuple(unsafe),
            **dict.fromkeys(lacking),
        }
        self.sequences[party_id] = self.sequences.get(party_id, 0) + 1
        self.known[party_id] = a_contact(**details)
        self.desk.know(party_id, sequence=self.sequences[party_id], **details)

    @rule(kind=st.sampled_from(KINDS), problem=st.sampled_from([ChannelAway, ChannelRefused, RuntimeError]))
    def a_channel_breaks(self, kind: Kind, problem: type[Exception]) -> None:
        self.desk.channels[f"{kind}-fake"].problems.append(problem("as the test wants"))

    @rule(seconds=st.sampled_from([1, 30, 120, 3600, 86_400]))
    def time_passes(self, seconds: int) -> None:
        self.desk.clock.advance(timedelta(seconds=seconds))
        self.desk.sweep()

    def teardown(self) -> None:
        for _ in range(6):
            self.desk.clock.advance(timedelta(days=1))
            self.desk.sweep()
        assert self.breaches == []
        left = [stored.state for stored in self.desk.notifications.records.find(limit=1000).items]
        assert all(notification.state in ("sent", "failed") for notification in left)


SafeContact.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestSafeContact = SafeContact.TestCase
