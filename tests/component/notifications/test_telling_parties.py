from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from services.notifications.plugin import PLUGIN
from services.safeguarding.plugin import PLUGIN as SAFEGUARDING
from shared.context import Caller
from shared.events.envelope import Envelope
from shared.events.language import Event
from shared.events.ledger import FundOpened, SpendRefused
from shared.events.pa_registry import ListingSuspended, PersonalAssistantContactRecorded
from shared.events.referrals import ContactRecorded, OfferSent, ReferralRefused
from shared.messaging.broker.topology import ServiceDeclaration, build
from shared.messaging.calls.client import ServiceRefusal
from tests.support.running import RunningPlatform
from tests.support.smtp_server import SmtpServer
from tests.support.waiting import eventually
from tests.unit.notifications.builders import PERSON, a_contact, a_referral_accepted, an_envelope

COUNCIL = "cheshire-east"
OPS = Caller(actor_id="ops-1", roles=("ops",), councils=(COUNCIL,))
ADVISER = Caller(actor_id="adviser-1", roles=("adviser",), councils=(COUNCIL,))


class Telling:
    """Notifications and safeguarding, with the test in the place of all other publishers."""

    def __init__(self, data: Path, **settings: Any) -> None:
        self.outbox = data / "outbox"
        self.running = RunningPlatform(data, services=["notifications", "safeguarding"], **settings)
        self.sequences: dict[str, int] = {}

    def happens(self, event: Event, *, subject: str) -> Envelope:
        """The event is published, next in its stream."""
        key = f"{event.stream.name}:{subject}"
        self.sequences[key] = self.sequences.get(key, 0) + 1
        envelope = an_envelope(event, subject=subject, sequence=self.sequences[key])
        self.publish(envelope)
        return envelope

    def publish(self, envelope: Envelope) -> None:
        self.running.publish(envelope, owner="notifications")

    def know(self, party_id: str = PERSON, **details: Any) -> None:
        """How the party can be reached is published, and taken in."""
        event = ContactRecorded(party_id=party_id, kind="person", details=a_contact(**details))
        self.running.settled("notifications", self.happens(event, subject=party_id))

    def listed(self, caller: Caller = OPS, **filters: Any) -> list[dict[str, Any]]:
        answer = self.running.call("notifications", "list_notifications", filters, caller)
        items: list[dict[str, Any]] = answer["items"]
        return items

    def ended(self, count: int) -> list[dict[str, Any]]:
        """That many messages, once each is sent or failed."""
        return eventually(lambda: _all_ended(self.listed(), count))

    def files(self, folder: str) -> list[Path]:
        return sorted((self.outbox / folder).glob("*"))

    def emails(self) -> list[Any]:
        return [message_from_bytes(path.read_bytes(), policy=default) for path in self.files("email")]


def _all_ended(items: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    ended = [item for item in items if item["state"] != "pending"]
    return ended if len(ended) == len(items) == count else []


def _with_publishers(services: Any, councils: Any, queue_type: str, **_: Any) -> Any:
    """The two services, and one that stands for all others whose streams notifications takes."""
    declared = [
        ServiceDeclaration(name=plugin.name, publishes=plugin.publishes, handles=plugin.handles)
        for plugin in (PLUGIN, SAFEGUARDING)
    ]
    others = tuple(stream for stream in PLUGIN.handles if stream.owner != "safeguarding")
    return build([*declared, ServiceDeclaration(name="others", publishes=others, handles=())], councils)


@pytest.fixture(autouse=True)
def _topology(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.runtime.platform.topology_of", _with_publishers)


@pytest.fixture
def telling(tmp_path: Path) -> Iterator[Telling]:
    """Everything running, emails, letters and call tasks as files."""
    told = Telling(tmp_path, retry_after_seconds=(0.1, 0.2, 0.5, 1.0))
    told.running.start()
    yield told
    told.running.stop()


def test_a_person_is_told_by_the_channel_they_chose(telling: Telling) -> None:
    telling.know()
    telling.happens(a_referral_accepted(), subject="ref-1")

    [told] = telling.ended(1)

    assert (told["state"], told["channel"], told["template"]) == ("sent", "email", "referral-accepted")
    [email] = telling.emails()
    assert email["To"] == "Sample Person 0007 <person-0007@example.org>"
    assert "ref-1" in email.get_content()
    [sent] = eventually(lambda: telling.running.published("notifications", stream="notification", subject=told["id"]))
    assert (sent.type, sent.data["channel"], sent.correlationid) == ("notification.sent", "email", "cor-1")


def test_duplicates_and_replays_leave_one_message(telling: Telling) -> None:
    telling.know()
    accepted = telling.happens(a_referral_accepted(), subject="ref-1")
    telling.ended(1)

    for _ in range(3):
        telling.publish(accepted)
    later = telling.happens(a_referral_accepted(referral_id="ref-2"), subject="ref-2")
    telling.running.settled("notifications", later)

    ended = telling.ended(2)
    assert len({item["id"] for item in ended}) == 2
    assert len(telling.files("email")) == 2


@pytest.mark.parametrize(
    ("details", "folder"),
    [
        ({"preferred_channel": "email", "unsafe_channels": ("email",)}, "letters"),
        ({"preferred_channel": "letter", "unsafe_channels": ("letter", "email")}, "calls"),
    ],
    ids=["email is unsafe", "email and letters are unsafe"],
)
def test_an_unsafe_channel_is_never_used(telling: Telling, details: dict[str, Any], folder: str) -> None:
    telling.know(**details)
    telling.happens(a_referral_accepted(), subject="ref-1")

    telling.ended(1)

    assert [len(telling.files(name)) for name in ("email", "letters", "calls")] == [
        int(name == folder) for name in ("email", "letters", "calls")
    ]


def test_a_party_with_no_safe_channel_is_left_alone_and_shown_to_operators(telling: Telling) -> None:
    telling.know(unsafe_channels=("email", "sms", "letter", "phone"))
    telling.happens(a_referral_accepted(), subject="ref-1")

    [failed] = telling.ended(1)

    assert (failed["state"], failed["reason"]) == ("failed", "no-safe-channel")
    assert not telling.outbox.exists()
    assert telling.listed(state="failed") == [failed]


def test_a_message_whose_contact_comes_later_goes_out_then(telling: Telling) -> None:
    telling.happens(a_referral_accepted(), subject="ref-1")
    eventually(lambda: [item for item in telling.listed() if item["waiting_for_contact"]])

    telling.know()

    [told] = telling.ended(1)
    assert told["state"] == "sent"


def test_a_refusal_reaches_the_referrer_in_writing_with_the_councils_reason(telling: Telling) -> None:
    telling.know()
    telling.know("rfr-1", name="Alex Example", email="worker@council.example.org")
    refused = ReferralRefused(referral_id="ref-1", person_id=PERSON, referrer_id="rfr-1", reason="not-resident")
    telling.happens(refused, subject="ref-1")

    telling.ended(2)

    [letter] = [email for email in telling.emails() if "worker@council" in email["To"]]
    assert "Does not live in the area" in letter.get_content()
    assert "Cheshire East Council" in letter.get_content()


def test_every_provider_of_a_lot_is_told_of_an_offer(telling: Telling) -> None:
    providers = ("prov-1", "prov-2", "prov-3")
    for number, provider in enumerate(providers):
        telling.know(provider, name=f"Sample Provider {number}", email=f"offers-{number}@example.org")
    offer = OfferSent(referral_id="ref-1", person_id=PERSON, lot=2, provider_ids=providers)
    telling.happens(offer, subject="ref-1")

    told = telling.ended(3)

    assert {item["party_id"] for item in told} == set(providers)


def test_a_refused_spend_reaches_person_and_provider_even_before_the_funds_opening_is_known(telling: Telling) -> None:
    telling.know()
    telling.know("prov-1", name="Sample Provider 1", email="books@example.org")
    spend = SpendRefused(fund_id="fund-1", person_id=PERSON, spend_id="spd-1", outcome="refuse", clause="CP 6.17(e)")
    telling.happens(spend, subject="spd-1")
    opened = FundOpened(fund_id="fund-1", person_id=PERSON, provider_id="prov-1", weekly_budget_pence=25_000)
    telling.happens(opened, subject="fund-1")

    told = telling.ended(4)

    refusals = {item["party_id"] for item in told if item["template"].startswith("spend-refused")}
    assert refusals == {PERSON, "prov-1"}
    assert any("CP 6.17(e)" in email.get_content() for email in telling.emails())


def test_a_suspended_personal_assistant_is_told_no_cause(telling: Telling) -> None:
    contact = PersonalAssistantContactRecorded(party_id="pa-1", details=a_contact(name="Alex Example"))
    telling.happens(contact, subject="pa-1")
    telling.happens(ListingSuspended(personal_assistant_id="pa-1"), subject="pa-1")

    telling.ended(1)

    [email] = telling.emails()
    for hint in ("safeguarding", "concern", "alleg"):
        assert hint not in email.get_content().lower()


def test_a_concern_reaches_the_safeguarding_team_with_ids_only_and_no_one_else_sees_that_it_did(
    telling: Telling,
) -> None:
    payload = {
        "council_id": COUNCIL,
        "person_id": PERSON,
        "categories": ["neglect"],
        "description": "Sample Person 0007 was left without meals",
        "alleged_kind": "personal_assistant",
        "alleged_id": "pa-1",
        "urgent": True,
        "consent_sought": True,
        "wishes": "To stay at home",
    }

    with capture_logs() as logs:
        receipt = telling.running.call("safeguarding", "raise_concern", payload, ADVISER)
        [told] = telling.ended(1)

    [email] = telling.emails()
    body = email.get_content()
    assert email["To"] == "safeguarding-adults@cheshire-east.example.org"
    assert receipt["id"] in body
    assert "urgent" in body
    for detail in ("Sample Person", "meals", "neglect", "pa-1", PERSON, "stay at home"):
        assert detail not in str(email)
    assert telling.listed(ADVISER) == []
    with pytest.raises(ServiceRefusal) as refused:
        telling.running.call("notifications", "get_notification", {"id": told["id"]}, ADVISER)
    assert refused.value.problem()["kind"] == "not-found"
    assert not any(word in str(logs) for word in ("Sample Person", "meals", "example.org"))


def test_messages_left_by_a_stopped_process_go_out_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEWARD_NOTIFY_RETRY_WAITS", ",".join(["0.2"] * 200))
    blocked = tmp_path / "outbox"
    blocked.write_text("in the way of the outbox folder", encoding="utf-8")
    first = Telling(tmp_path)
    first.running.start()
    first.know()
    first.happens(a_referral_accepted(), subject="ref-1")
    [waiting] = eventually(lambda: [item for item in first.listed() if item["attempts"]])
    first.running.stop()

    blocked.unlink()
    second = Telling(tmp_path)
    second.running.start()
    try:
        [told] = second.ended(1)
    finally:
        second.running.stop()

    assert (told["id"], told["state"], told["channel"]) == (waiting["id"], "sent", "email")
    assert [path.stem for path in second.files("email")] == [waiting["id"]]


def test_real_smtp_carries_the_message_id_as_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SmtpServer() as server:
        monkeypatch.setenv("STEWARD_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("STEWARD_SMTP_PORT", str(server.port))
        monkeypatch.setenv("STEWARD_SMTP_FROM", "no-reply@steward.example.org")
        monkeypatch.setenv("STEWARD_SMTP_TLS", "none")
        told = Telling(tmp_path, channels=("email-smtp",))
        told.running.start()
        try:
            told.know()
            told.happens(a_referral_accepted(), subject="ref-1")
            [sent] = told.ended(1)
        finally:
            told.running.stop()

    [email] = server.emails
    assert email["Message-ID"] == f"<{sent['id']}@steward.example.org>"
    assert sent["sent_through"] == "email-smtp"


def test_bad_questions_are_named(telling: Telling) -> None:
    for payload, field in (
        ({"limit": 1_000_000}, "limit"),
        ({"state": "lost"}, "state"),
        ({"party_id": "a b"}, "party_id"),
    ):
        with pytest.raises(ServiceRefusal) as refused:
            telling.running.call("notifications", "list_notifications", payload, OPS)
        assert [error["field"] for error in refused.value.problem()["errors"]] == [field]
